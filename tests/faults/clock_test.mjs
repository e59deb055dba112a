// The wall clock is set forward and back by an hour while everybody writes: that of the machine
// with everything on it, and that of a database elsewhere.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Caller } from '../journeys/lib/http.mjs';
import { eventually, SERVICES, sleep } from '../journeys/lib/system.mjs';
import { Clock } from './clock.mjs';
import { communesOf, system } from './lib.mjs';
import { begin, end, logOf } from './own.mjs';
import { Writing } from './writing.mjs';

const HOUR = 3600;
let machine;
let database;
let communes;
let failures = 0;

before(async () => {
  await begin();
  machine = new Clock('machine');
  database = new Clock('database');
  await database.giveTo(['mariadb']);
  await machine.giveTo(SERVICES);
  communes = await communesOf(new Caller(system, await machine.token()), '918');
});

after(() => end(failures > 0));

/** Sets clocks while clients write; `within`: the longest pause of writes, in ms. */
async function step(what, writing, clocks, seconds, within) {
  await sleep(4000);
  const began = Date.now();
  for (const clock of clocks) clock.set(seconds);
  // What is under way may still end well: from a second later on.
  await eventually(() => writing.recovered(writing.writes, began + 1000) < Infinity, 60_000, `writes go on after ${what}`);
  await sleep(8000);
  // Whoever ends for it has ended by now.
  const later = Date.now();
  await eventually(() => writing.recovered(writing.writes, later) < Infinity, 60_000, `writes go on after ${what}`);
  const until = Date.now();
  const longest = pause(writing, began, until);
  console.log(`${what}: longest pause ${longest} ms; writes`, writing.outcomes(writing.writes, began, until),
    'reads', writing.outcomes(writing.reads, began, until));
  assert.ok(longest < within, `${longest} ms`);
}

/** The longest time without an acknowledged write in [from, until), in ms. */
function pause(writing, from, until) {
  const ends = writing.writes.filter(({ outcome }) => outcome === 'OK').map(({ began, ms }) => began + ms)
    .filter((time) => time > from && time < until).sort((a, b) => a - b);
  return Math.max(...[...ends, until].map((time, i) => time - (ends[i - 1] ?? from)));
}

async function writingThrough(steps) {
  const renew = () => machine.token();
  const writing = new Writing(system, await renew(), communes, { renew });
  await writing.start();
  try {
    await steps(writing);
  } catch (error) {
    failures++;
    throw error;
  } finally {
    await writing.stop();
  }
  failures++;
  await writing.check();
  failures--;
}

test('the database\'s clock is an hour ahead, then right again', { timeout: 300_000 }, async () => {
  await writingThrough(async (writing) => {
    await step('the database an hour ahead', writing, [database], HOUR, 5000);
    await step('the database set back', writing, [database], 0, 5000);
    // Nobody is told to sign in for it.
    assert.deepEqual(Object.keys(writing.outcomes(writing.writes)).filter((outcome) => outcome.startsWith('401')), []);
  });
});

test('the machine\'s clock is set an hour ahead: tokens end, nothing else does', { timeout: 300_000 }, async () => {
  const pids = () => SERVICES.map((name) => system.pid(name));
  const before = pids();
  await writingThrough(async (writing) => {
    await step('the machine an hour ahead', writing, [machine, database], HOUR, 8000);
    assert.deepEqual(pids(), before, 'no process has ended');
    await back(writing);
  });
});

/** The same, set back: each service says so, ends and is started again, since waits would hang. */
async function back(writing) {
  await step('the machine set back by an hour', writing, [machine, database], 0, 30_000);
  for (const name of SERVICES) {
    const told = logOf(name).filter((line) => line.message?.startsWith('the machine\'s clock was set back'));
    assert.equal(told.length, 1, name);
    assert.match(told[0].by, /^1h|^59m59/);
    assert.deepEqual(logOf(name).filter((line) => line.message?.startsWith('waits hang')), [], name);
  }
}
