// A transaction that stays open while a thousand others commit: a follower misses nothing,
// and sees the revisions of each resource in order.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import crypto from 'node:crypto';
import { before, test } from 'node:test';
import { Caller } from '../journeys/lib/http.mjs';
import { sleep } from '../journeys/lib/system.mjs';
import { communesOf, follow, head, system } from './lib.mjs';

const HELD = 10_000;
const OTHERS = 1000;
const CLIENTS = 8;
let api;
let communes;
before(async () => {
  api = new Caller(system, system.token());
  communes = await communesOf(api, '917');
});

const create = (unit) => api.post('/v1/petitions',
  { unit, reference: `H-${crypto.randomInt(1e9)}`, kind: 'FEEDBACK', receivedDate: '2023-05-05' });

/** Locks a petition's row from outside until release() is called. */
function hold(name) {
  const client = spawn('mariadb', ['--no-defaults', `--socket=${system.config('mysql_socket')}`,
    `--user=${process.env.USER ?? 'root'}`, '--skip-column-names', '--unbuffered'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const locked = new Promise((resolve) => client.stdout.once('data', resolve));
  client.stdin.write('BEGIN; SELECT petition_id FROM phoihop_opinions.petitions ' +
    `WHERE petition_id = '${name.split('/')[1]}' FOR UPDATE;\n`);
  return {
    locked,
    release: () => new Promise((resolve) => {
      client.on('close', resolve);
      client.stdin.end('ROLLBACK;\n');
    }),
  };
}

/** Sets the due date until it is acknowledged. */
async function update(name, dueDate, timeout) {
  const requestId = crypto.randomUUID();
  for (;;) {
    const answer = await api.call('PATCH', `/v1/${name}`, {
      query: { update_mask: 'dueDate', request_id: requestId }, body: { dueDate }, timeout,
    });
    if (answer.status === 200) return answer.body;
    assert.ok([409, 429, 503, 504].includes(answer.status), answer.text);
    await sleep(100);
  }
}

test(`a transaction open for ${HELD / 1000} s while ${OTHERS} others commit: the follower sees all`, async () => {
  const held = await create(communes[0].name);
  const others = await Promise.all(Array.from({ length: 40 }, (_, i) =>
    create(communes[1 + (i % (communes.length - 1))].name)));
  const start = head('opinions');
  const lock = hold(held.name);
  await lock.locked;
  const began = Date.now();
  let blockedDone = false;
  const blocked = update(held.name, '2023-08-08', 60_000).then((answer) => {
    blockedDone = true;
    return answer;
  });
  await sleep(300);

  // What shares a write lane with the held one waits with it; the others go on.
  const free = [];
  const waiting = [];
  await Promise.all(others.map(async ({ name }) => {
    const first = update(name, '2023-06-01', 60_000);
    waiting.push(first);
    const quick = await Promise.race([first.then(() => true), sleep(2500).then(() => false)]);
    if (quick) free.push(name);
  }));
  assert.ok(free.length >= 10, `only ${free.length} of ${others.length} go on`);
  const committed = { count: 0 };
  await Promise.all(Array.from({ length: CLIENTS }, async (_, client) => {
    for (let i = client; i < OTHERS; i += CLIENTS) {
      // Another day each time: what changes nothing leaves no record.
      const day = new Date(Date.UTC(2023, 6, 1 + Math.floor(i / free.length)));
      await update(free[i % free.length], day.toISOString().slice(0, 10));
      committed.count++;
    }
  }));
  const took = Date.now() - began;
  assert.equal(blockedDone, false, 'the held one is still open');
  assert.equal(committed.count, OTHERS);
  console.log(`${OTHERS} committed after ${took} ms on ${free.length} petitions`);
  await sleep(Math.max(0, HELD - took));
  assert.equal(blockedDone, false, 'the held one is still open');
  await lock.release();
  assert.equal((await blocked).dueDate, '2023-08-08');
  await Promise.all(waiting);

  const end = head('opinions');
  const records = await follow('opinions', start, end);
  assert.deepEqual(records.map((r) => r.position), Array.from({ length: end - start }, (_, i) => start + 1 + i));
  assert.ok(records.length >= OTHERS + others.length + 1);
  const revisions = new Map();
  for (const { resource, revision } of records) {
    const last = revisions.get(resource);
    if (last !== undefined) assert.equal(revision, last + 1, resource);
    revisions.set(resource, revision);
  }
  assert.ok(revisions.has(held.name));
  for (const { name } of others) assert.ok(revisions.has(name));
});
