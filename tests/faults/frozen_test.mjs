// Each process is frozen for 20 s and goes on, and is killed: answers stay honest and in time
// meanwhile, everything goes on by itself, and each write exists exactly once.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Caller } from '../journeys/lib/http.mjs';
import { eventually, SERVICES, sleep } from '../journeys/lib/system.mjs';
import { communesOf, system } from './lib.mjs';
import { Writing } from './writing.mjs';

const FROZEN = 20_000;
// From the moment on at which it runs again.
const RECOVERY = 12_000;
// What does not go through the frozen process, and must not notice it.
const PATHS = { directory: '/v1/members', agreements: '/v1/agreements?unit=units/60', reporting: '/v1/indicators?unit=units/60&since=2023-10-24&until=2023-10-24' };
let token;
let communes;

before(async () => {
  token = system.token();
  communes = await communesOf(new Caller(system, token), '919');
});

async function through(name, signal) {
  // A frozen gateway keeps no deadline; what it holds, it answers when it goes on.
  const late = name === 'gateway' && signal === 'SIGSTOP' ? FROZEN : undefined;
  const writing = new Writing(system, token, communes, { also: PATHS, late });
  await writing.start();
  const lists = { writes: writing.writes, reads: writing.reads, ...writing.others };
  const began = Date.now();
  system.forgetFailures(name);
  const pid = system.kill(name, signal);
  let goes = began;
  try {
    if (signal === 'SIGSTOP') {
      await sleep(FROZEN);
      goes = Date.now();
      process.kill(pid, 'SIGCONT');
    }
    await eventually(() => Object.values(lists).every((list) => writing.recovered(list, goes + 100) < Infinity), 60_000, 'all goes on');
  } finally {
    await sleep(1000);
    await writing.stop();
  }
  const slowest = Math.max(...Object.values(lists).map((list) => writing.recovered(list, goes + 100)));
  console.log(`${name} ${signal}: all again ${slowest} ms after`);
  for (const [what, list] of Object.entries(lists)) console.log(`  ${what}`, writing.outcomes(list, began, goes + 1), `slowest ${writing.slowest(list, began)} ms`);
  assert.ok(slowest < RECOVERY, `${slowest} ms`);
  // A part that is away takes no other part with it.
  const apart = { agreements: ['writes', 'reads', 'directory'], opinions: ['agreements', 'directory'], reporting: ['writes', 'reads', 'agreements', 'directory'] };
  for (const what of apart[name] ?? []) {
    assert.deepEqual(Object.keys(writing.outcomes(lists[what], began, goes)).filter((outcome) => outcome !== 'OK'), [], what);
  }
  await writing.check();
}

for (const name of [...SERVICES, 'mariadb']) {
  test(`${name} frozen for ${FROZEN / 1000} s`, { timeout: 200_000 }, () => through(name, 'SIGSTOP'));
  test(`${name} killed`, { timeout: 200_000 }, () => through(name, 'SIGKILL'));
}
