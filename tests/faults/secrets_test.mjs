// What is secret goes wrong while everything runs: a database password that is not the one in the
// file, and certificates that have ended. It is said clearly, what can be served is, and the right
// one is taken without a restart.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Caller } from '../journeys/lib/http.mjs';
import { eventually, root, SERVICES, sleep } from '../journeys/lib/system.mjs';
import { Clock } from './clock.mjs';
import { communesOf, system } from './lib.mjs';
import { begin, end, logOf } from './own.mjs';
import { Writing } from './writing.mjs';

const HOUR = 3600;
let clock;
let communes;
let good = false;

before(async () => {
  await begin();
  clock = new Clock('machine');
  await clock.giveTo(SERVICES);
  communes = await communesOf(new Caller(system, system.token()), '918');
});

after(() => end(!good));

const pids = () => SERVICES.map((name) => system.pid(name));
const lines = (name, message) => logOf(name).filter((line) => line.message?.startsWith(message));

/** Gives the database user of a service another password than its file has; open sessions end. */
function spoilPassword(service) {
  const user = `phoihop_${service}`;
  const accounts = system.sql(`SELECT CONCAT(QUOTE(User), '@', QUOTE(Host)) FROM mysql.global_priv WHERE User = '${user}'`).trim().split('\n');
  for (const account of accounts) system.sql(`ALTER USER ${account} IDENTIFIED BY 'not-in-the-file'`);
  system.sql(`KILL CONNECTION USER ${user}`);
}

/** Puts that password into the file, as an administrator would. */
function mendPassword(service) {
  const file = path.join(system.data, 'secrets', `mysql-${service}`);
  const { uid, gid } = fs.statSync(file);
  fs.writeFileSync(`${file}.new`, 'not-in-the-file', { mode: 0o600 });
  fs.chownSync(`${file}.new`, uid, gid);
  fs.renameSync(`${file}.new`, file);
}

test('a wrong database password is told, costs its own service, and is mended without a restart', { timeout: 200_000 }, async () => {
  const before = pids();
  const writing = new Writing(system, system.token(), communes, { also: { units: `/v1/${communes[0].name}`, members: '/v1/members', agreements: '/v1/agreements?unit=units/60' } });
  await writing.start();
  try {
    for (const [service, own, apart] of [
      ['opinions', ['writes', 'reads'], ['units', 'members', 'agreements']],
      ['agreements', ['agreements'], ['writes', 'reads', 'units', 'members']],
      // Who may do what is known to the others without it.
      ['directory', ['members'], ['writes', 'reads']],
    ]) {
      const lists = { writes: writing.writes, reads: writing.reads, ...writing.others };
      spoilPassword(service);
      const began = Date.now();
      await sleep(8000);
      const until = Date.now();
      mendPassword(service);
      await eventually(() => own.every((what) => writing.recovered(lists[what], until) < Infinity), 20_000, `${service} goes on`);
      const recovered = Math.max(...own.map((what) => writing.recovered(lists[what], until)));
      // What was answered meanwhile; a write waits as long as it may, and some begin before it is felt.
      const during = (list) => list.filter(({ began: at, ms }) => at >= began + 200 && at + ms < until);
      const seen = Object.fromEntries(Object.entries(lists).map(([what, list]) => [what, writing.outcomes(during(list))]));
      console.log(`${service}: mended after ${recovered} ms;`, JSON.stringify(seen));
      assert.ok(recovered < 10_000);
      for (const what of own) assert.equal(seen[what].OK, undefined, `${what} cannot go on`);
      for (const what of apart) assert.deepEqual(Object.keys(seen[what]), ['OK'], `${what} without the database of ${service}`);
      const [told, ...again] = lines(service, 'the database cannot be used');
      assert.equal(told.number, 1045);
      assert.match(told.error, new RegExp(`Access denied for user 'phoihop_${service}'`));
      assert.match(told.advice, /mysql_password_file/);
      assert.deepEqual(again, [], 'once');
      await eventually(() => lines(service, 'the database answers again').length === 1, 15_000, 'the log says that it is over');
    }
  } finally {
    await writing.stop();
  }
  assert.deepEqual(pids(), before, 'no process has ended');
  await writing.check();
});

test('certificates that have ended: open connections go on, new ones are refused and told, new certificates are taken', { timeout: 300_000 }, async () => {
  const ca = (...args) => execFileSync(path.join(root, 'deploy/ca'), args, { encoding: 'utf8' });
  const tls = path.join(system.data, 'tls');
  ca('renew', tls, ...SERVICES, '--days', '1');
  await sleep(4000);
  // Clients outside sign in again after so many hours.
  const renew = () => clock.token();
  const writing = new Writing(system, await renew(), communes, { renew, also: { agreements: '/v1/agreements?unit=units/60', members: '/v1/members' } });
  const lists = { writes: writing.writes, reads: writing.reads, ...writing.others };
  await writing.start();
  try {
    const before = pids();
    clock.set(25 * HOUR);
    const ended = Date.now();
    await sleep(10_000);
    for (const [what, list] of Object.entries(lists)) {
      const { OK = 0, ...rest } = writing.outcomes(list, ended + 3000);
      console.log(`  over open connections: ${what} ${OK} OK`, rest);
      assert.ok(OK > 10 && Object.keys(rest).length === 0, `${what}: ${JSON.stringify(rest)}`);
    }
    for (const name of SERVICES.filter((other) => other !== 'gateway')) {
      const [told] = lines(name, 'the certificate has ended');
      assert.equal(told.level, 'error', name);
      assert.match(told.advice, /deploy\/rotate certificates/);
    }
    assert.deepEqual(pids(), before);
    // Whoever has to connect anew is refused, and says why.
    const opinions = system.kill('opinions', 'SIGKILL');
    await eventually(() => lines('opinions', 'cannot start').length > 0, 30_000, 'it says why it does not start');
    assert.match(lines('opinions', 'cannot start')[0].error, /cert\.pem.*(expired|has ended)/);
    assert.match(lines('opinions', 'cannot start')[0].error, /deploy\/rotate certificates/);
    await sleep(3000);
    const refused = Date.now();
    await sleep(3000);
    assert.deepEqual(Object.keys(writing.outcomes(lists.writes, refused - 2000, refused)).filter((outcome) => !/^503 /.test(outcome)), []);
    assert.deepEqual(Object.keys(writing.outcomes(lists.agreements, refused)), ['OK'], 'the others go on');
    ca('renew', tls, ...SERVICES);
    const mended = Date.now();
    await eventually(() => writing.recovered(writing.writes, mended) < Infinity, 60_000, 'writes go on');
    console.log(`new certificates: writes go on after ${writing.recovered(writing.writes, mended)} ms`);
    const now = pids();
    for (const [i, name] of SERVICES.entries()) {
      if (name !== 'opinions') assert.equal(now[i], before[i], name);
      else assert.notEqual(now[i], opinions);
    }
    // Back on the machine's own time, so that what follows is.
    clock.set(0);
    await sleep(3000);
    await eventually(() => writing.recovered(writing.writes, Date.now() - 1000) < Infinity, 60_000, 'writes go on');
  } finally {
    await writing.stop();
  }
  await writing.check();
  good = true;
});
