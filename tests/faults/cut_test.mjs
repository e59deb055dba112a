// Links between the machines of a system are cut, one way and both, and slow and lossy, while
// everybody writes: errors are typed and in time, what does not need the link goes on, and
// everything is back within seconds of its end.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import { after, before, test } from 'node:test';
import { Caller } from '../journeys/lib/http.mjs';
import { eventually, sleep } from '../journeys/lib/system.mjs';
import { communesOf, system } from './lib.mjs';
import { Machines } from './machines.mjs';
import { Writing } from './writing.mjs';

const CUT = 12_000;
// From the moment on at which packets pass again.
const RECOVERY = 15_000;
const PATHS = {
  directory: '/v1/members', agreements: '/v1/agreements?unit=units/60', reporting: '/v1/indicators?unit=units/60&since=2023-10-24&until=2023-10-24',
};
const ALL = ['writes', 'reads', ...Object.keys(PATHS)];
let machines;
let token;
let communes;
let failures = 0;

before(async () => {
  machines = new Machines(system.data);
  await machines.up();
  token = system.token();
  communes = await communesOf(new Caller(system, token), '918');
}, { timeout: 180_000 });

after(async () => {
  await machines.down();
  if (failures === 0) fs.rmSync(system.data, { recursive: true, force: true });
}, { timeout: 120_000 });

/** Breaks a link for a while; `apart` is what must not notice. */
async function through(what, breakIt, apart, { ms = CUT, deadline = 5, clients = 6 } = {}) {
  const writing = new Writing(system, token, communes, { also: PATHS, deadline, clients });
  const lists = { writes: writing.writes, reads: writing.reads, ...writing.others };
  failures++;
  await writing.start();
  try {
    const began = Date.now();
    await breakIt();
    await sleep(ms);
    const healed = Date.now();
    machines.network.heal();
    await eventually(() => ALL.every((name) => writing.recovered(lists[name], healed) < Infinity), 60_000, 'all goes on');
    const recovered = Math.max(...ALL.map((name) => writing.recovered(lists[name], healed)));
    console.log(`${what}: all again ${recovered} ms after its end`);
    for (const name of ALL) {
      console.log(`  ${name}`, writing.outcomes(lists[name], began, healed), `slowest ${writing.slowest(lists[name], began, healed)} ms`);
    }
    assert.ok(recovered < RECOVERY, `${recovered} ms`);
    for (const name of apart) assert.deepEqual(Object.keys(writing.outcomes(lists[name], began, healed)), ['OK'], `${name} does not need it`);
  } finally {
    machines.network.heal();
    await writing.stop();
  }
  await writing.check();
  failures--;
}

const others = (...names) => ALL.filter((name) => !names.includes(name));
for (const [one, other, apart] of [
  ['hub', 'agreements', others('agreements')],
  ['hub', 'opinions', others('writes', 'reads')],
  ['hub', 'directory', others('directory')],
  ['agreements', 'directory', others('agreements')],
  ['opinions', 'directory', others('writes', 'reads')],
  ['agreements', 'reporting', others('reporting')],
  ['opinions', 'database', others('writes', 'reads')],
  ['directory', 'database', others('directory')],
]) {
  test(`${one} and ${other} are cut apart`, { timeout: 200_000 }, () =>
    through(`${one} x ${other}`, () => machines.network.cut(one, other), apart));
}

test('nothing from the database arrives at opinions', { timeout: 200_000 }, () =>
  through('database -x opinions', () => machines.network.dropOneWay('database', 'opinions'), others('writes', 'reads')));

test('a tenth of all packets between gateway, opinions and their database is lost', { timeout: 300_000 }, () =>
  through('lossy', () => {
    machines.network.lossy('hub', 'opinions', 0.1);
    machines.network.lossy('opinions', 'database', 0.1);
  }, others('writes', 'reads'), { ms: 20_000, deadline: 30 }));

test('all links are slow, 200 ms there and back: everything works, only later', { timeout: 400_000 }, async () => {
  // slow_link starts from the hub, so that comes first.
  const slow = () => machines.network.delay(['hub', ...Object.keys(machines.network.machines).filter((name) => name !== 'hub')], 100);
  await through('slow', slow, ALL, { ms: 30_000, deadline: 30, clients: 3 });
});
