// 1.000 writes from 8 clients while MariaDB, the service and the gateway are killed: each
// write exists exactly once, and nothing that was acknowledged is missing.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { before, test } from 'node:test';
import { Caller } from '../journeys/lib/http.mjs';
import { eventually, sleep } from '../journeys/lib/system.mjs';
import { communesOf, entriesOf, follow, head, system, whole, Writer } from './lib.mjs';

const WRITES = 1000;
const CLIENTS = 8;
let token;
let api;
let communes;
before(async () => {
  token = system.token();
  api = new Caller(system, token);
  communes = await communesOf(api, '918');
});

/** Kills one process after another when so many writes are acknowledged. */
async function killer(acknowledged, plan) {
  for (const [count, process] of plan) {
    await eventually(() => acknowledged.size >= count, 120_000, `${count} acknowledged`);
    system.forgetFailures(process);
    const pid = await eventually(() => system.pid(process), 30_000, `${process} runs`);
    system.kill(process, 'SIGKILL');
    console.log(`killed ${process} (${pid}) after ${acknowledged.size}`);
  }
}

test(`${WRITES} writes from ${CLIENTS} clients survive the death of any process, each exactly once`, async () => {
  const run = crypto.randomUUID();
  const before = head('opinions');
  const acknowledged = new Map();
  const writers = Array.from({ length: CLIENTS }, (_, i) => new Writer(token, i % 2 === 1));
  const clients = writers.map(async (writer, client) => {
    for (let i = client; i < WRITES; i += CLIENTS) {
      const text = `${run} số ${i}`;
      const { name } = await writer.write(communes[i % communes.length].name, text, crypto.randomUUID(), 120_000);
      acknowledged.set(text, name);
    }
  });
  const kills = killer(acknowledged, [
    [100, 'mariadb'], [250, 'opinions'], [400, 'mariadb'], [550, 'gateway'], [700, 'opinions'], [850, 'mariadb'],
  ]);
  await Promise.all([...clients, kills]);
  for (const writer of writers) writer.close();
  const tries = writers.reduce((sum, writer) => sum + writer.tries, 0);
  console.log(`${tries} tries for ${WRITES} writes`);
  assert.ok(tries > WRITES, 'the kills were felt');

  await system.healthy('60s');
  const found = (await Promise.all(communes.map((unit) => entriesOf(api, unit.name)))).flat()
    .filter((entry) => entry.text.startsWith(run));
  assert.equal(found.length, WRITES, 'each write exists exactly once');
  for (const entry of found) assert.equal(acknowledged.get(entry.text), entry.name, 'under the name that was acknowledged');
  const records = await follow('opinions', before, head('opinions'));
  const names = new Set(found.map((entry) => entry.name));
  assert.equal(records.filter((r) => names.has(r.resource)).length, WRITES, 'and once in the ledger');
  await whole();
});

test('a batch that is cut off by a kill is there whole or not at all', async () => {
  const unit = communes[0].name;
  for (const process of ['opinions', 'mariadb']) {
    const requestId = crypto.randomUUID();
    const references = Array.from({ length: 500 }, (_, i) => `${requestId.slice(0, 8)}-${i}`);
    const post = () => api.call('POST', '/v1/petitions:batchCreate', {
      body: {
        unit, requestId,
        petitions: references.map((reference) => ({ reference, kind: 'COMPLAINT', receivedDate: '2023-03-03' })),
      },
    }).catch((error) => ({ status: 0, text: error.message }));
    const count = () => Number(system.sql('SELECT COUNT(*) FROM phoihop_opinions.petitions ' +
      `WHERE reference LIKE '${requestId.slice(0, 8)}-%'`).trim());
    const first = post();
    await sleep(process === 'opinions' ? 15 : 25);
    system.forgetFailures(process);
    system.kill(process, 'SIGKILL');
    const { status } = await first;
    await system.healthy('60s');
    const stored = await eventually(() => [count()], 20_000, 'the database answers');
    console.log(`${process}: answer ${status}, ${stored[0]} stored`);
    assert.ok([0, 500].includes(stored[0]), `${stored[0]} of 500`);
    const again = await eventually(async () => {
      const answer = await post();
      return answer.status === 200 ? answer : undefined;
    }, 30_000, 'the retry succeeds');
    assert.equal(again.body.petitions.length, 500);
    assert.equal(count(), 500);
  }
  await whole();
});
