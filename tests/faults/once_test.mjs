// One request id is one write, however many ask and however they ask.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { before, test } from 'node:test';
import { Caller } from '../journeys/lib/http.mjs';
import { eventually } from '../journeys/lib/system.mjs';
import { communesOf, entriesOf, system, Writer } from './lib.mjs';

const CALLERS = 50;
let token;
let api;
let unit;
before(async () => {
  token = system.token();
  api = new Caller(system, token);
  unit = (await communesOf(api, '916'))[0].name;
});

/** All callers at once, every second one over gRPC. */
async function all(text, requestId) {
  const writers = Array.from({ length: CALLERS }, (_, i) => new Writer(token, i % 2 === 1));
  const answers = await Promise.all(writers.map((writer) => writer.write(unit, text, requestId)));
  for (const writer of writers) writer.close();
  return answers;
}

function sameAnswers(answers) {
  assert.equal(answers.length, CALLERS);
  assert.equal(new Set(answers.map((a) => a.name)).size, 1, 'one name');
  // Byte for byte the same within a protocol.
  for (const remainder of [0, 1]) {
    assert.equal(new Set(answers.filter((_, i) => i % 2 === remainder).map((a) => a.answer)).size, 1);
  }
}

test('50 callers with one request id make one row and get 50 equal answers, also after restarts', async () => {
  const text = `một lần ${crypto.randomUUID()}`;
  const requestId = crypto.randomUUID();
  const first = await all(text, requestId);
  sameAnswers(first);
  const count = async () => (await entriesOf(api, unit)).filter((entry) => entry.text === text).length;
  assert.equal(await count(), 1);

  for (const process of ['opinions', 'mariadb']) {
    system.forgetFailures(process);
    const pid = system.kill(process, 'SIGKILL');
    await eventually(() => system.pid(process) !== undefined && system.pid(process) !== pid, 20_000, 'restarted');
    await system.healthy('30s');
    const again = await all(text, requestId);
    sameAnswers(again);
    assert.equal(again[0].answer, first[0].answer, `REST after ${process}`);
    assert.equal(again[1].answer, first[1].answer, `gRPC after ${process}`);
    assert.equal(await count(), 1);
  }
});

test('the same id with another body is refused for each of 50 at once', async () => {
  const requestId = crypto.randomUUID();
  const text = `gốc ${requestId}`;
  await new Writer(token, false).write(unit, text, requestId);
  const answers = await Promise.all(Array.from({ length: CALLERS }, () =>
    api.call('POST', '/v1/opinionEntries', {
      query: { request_id: requestId },
      body: { unit, topic: 'Y tế', channel: 'PRESS', text, heardDate: '2023-10-24' },
    })));
  for (const { status, body } of answers) {
    assert.ok(status >= 400 && status < 500, String(status));
    assert.ok(body.details.some((d) => d.reason === 'REQUEST_ID_REUSED'));
  }
  assert.equal((await entriesOf(api, unit)).filter((entry) => entry.text === text).length, 1);
});

test('two members may use the same request id, each for a write of his own', async () => {
  const requestId = crypto.randomUUID();
  const { name: member } = await api.post('/v1/members', { displayName: 'Người thứ hai' });
  await api.post('/v1/grants', { member, role: 'CONTRIBUTOR', unit });
  const other = new Writer(system.token(member), false);
  const mine = await new Writer(token, false).write(unit, `của tôi ${requestId}`, requestId);
  const theirs = await eventually(async () => {
    // The grant reaches the service within a second.
    const result = await other.try(unit, `của bạn ${requestId}`, requestId);
    return result.name === undefined ? undefined : result;
  }, 5000, 'the other member writes');
  assert.notEqual(mine.name, theirs.name);
});
