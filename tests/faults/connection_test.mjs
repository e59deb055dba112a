// The services' connections to the database are killed at any moment, between the last statement
// and COMMIT too, while everybody writes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Caller } from '../journeys/lib/http.mjs';
import { sleep } from '../journeys/lib/system.mjs';
import { communesOf, system } from './lib.mjs';
import { Writing } from './writing.mjs';

const ROUNDS = 25;

/** Kills every session of a service; how many there were. */
function killSessions(service) {
  const user = `phoihop_${service}`;
  return Number(system.sql(`SELECT COUNT(*) FROM information_schema.processlist WHERE user = '${user}'; KILL CONNECTION USER ${user}`).trim());
}

test('connections killed at any moment: each write exists once, and no client sees an error that lasts', async () => {
  const token = system.token();
  const writing = new Writing(system, token, await communesOf(new Caller(system, token), '917'));
  await writing.start();
  let killed = 0;
  try {
    await sleep(300);
    for (let i = 0; i < ROUNDS; i++) {
      killed += killSessions(i % 5 === 0 ? 'reporting' : 'opinions');
      await sleep(40 + 17 * (i % 7));
    }
  } finally {
    await writing.stop();
  }
  console.log(`${killed} sessions killed; writes`, writing.outcomes(writing.writes), 'reads', writing.outcomes(writing.reads),
    `slowest write ${writing.slowest(writing.writes)} ms`);
  assert.ok(killed > ROUNDS);
  assert.ok(writing.acknowledged.size > 50, `${writing.acknowledged.size}`);
  await writing.check();
});
