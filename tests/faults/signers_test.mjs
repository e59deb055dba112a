// Two last signers at once: the agreement comes into force exactly once.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { before, test } from 'node:test';
import { Caller } from '../journeys/lib/http.mjs';
import { leadersOf } from '../journeys/lib/members.mjs';
import { communesOf, follow, head, system } from './lib.mjs';

const TIMES = 200;
let api;
let unit;
let bodies;
let leaders;
before(async () => {
  api = new Caller(system, system.token());
  unit = (await communesOf(api, '916'))[1].name;
  bodies = [];
  for (const displayName of ['Bên thứ nhất', 'Bên thứ hai', 'Bên thứ ba']) {
    bodies.push((await api.post('/v1/bodies', { displayName, unit })).name);
  }
  leaders = await leadersOf(system, api, unit, bodies.length);
});

const today = new Date(Date.now() + 7 * 3600e3).toISOString().slice(0, 10);
const nextDay = new Date(Date.now() + 31 * 3600e3).toISOString().slice(0, 10);
const START = '2023-01-01', END = '2099-12-31';
const sign = ({ name, textSha256 }, party, requestId = crypto.randomUUID()) =>
  leaders[bodies.indexOf(party)].call('POST', `/v1/${name}:sign`, {
    body: { party, textSha256, signerName: 'Người ký', signerTitle: 'Trưởng ban', requestId },
  });

test(`of two last signers at once, ${TIMES} times, one brings it into force`, async () => {
  const before = head('agreements');
  const names = [];
  for (let i = 0; i < TIMES; i++) {
    const { name } = await api.post('/v1/agreements', {
      title: `Chương trình ${i}`, unit, termStart: START, termEnd: END,
      parties: bodies.map((body) => ({ body })),
    });
    const open = await api.post(`/v1/${name}:startSigning`, {});
    assert.equal((await sign(open, bodies[0])).status, 200);
    const answers = await Promise.all([sign(open, bodies[1]), sign(open, bodies[2])]);
    for (const answer of answers) assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(answers.map((a) => a.body.state).sort(), ['IN_FORCE', 'SIGNING'], name);
    names.push(name);
  }
  const records = await follow('agreements', before, head('agreements'));
  for (const name of names) {
    const agreement = await api.get(`/v1/${name}`);
    assert.equal(agreement.state, 'IN_FORCE');
    // Begun before midnight and ended after it is fine.
    assert.ok([today, nextDay].includes(agreement.inForceDate), agreement.inForceDate);
    assert.equal(agreement.parties.filter((party) => party.signature).length, 3);
    assert.deepEqual(records.filter((r) => r.resource === name).map((r) => r.revision), [1, 2, 3, 4, 5]);
  }
});

test('of two who could each be the last of a group, one is, and the other finds it complete', async () => {
  for (let i = 0; i < 60; i++) {
    const { name } = await api.post('/v1/agreements', {
      title: `Theo nhóm ${i}`, unit, termStart: START, termEnd: END,
      parties: bodies.map((body) => ({ body })),
      signingPlan: { groups: [{ parties: [bodies[0]] }, { parties: [bodies[1], bodies[2]], requiredCount: 1 }] },
    });
    const open = await api.post(`/v1/${name}:startSigning`, {});
    const early = await sign(open, bodies[1]);
    assert.ok(early.body.details?.some((d) => d.reason === 'NOT_YET_TO_SIGN'), early.text);
    assert.equal((await sign(open, bodies[0])).status, 200);
    const answers = await Promise.all([sign(open, bodies[1]), sign(open, bodies[2])]);
    assert.deepEqual(answers.map((a) => a.status).sort(), [200, 400], answers.map((a) => a.text).join());
    const refused = answers.find((a) => a.status !== 200);
    assert.ok(refused.body.details.some((d) => d.reason === 'SIGNING_COMPLETE'), refused.text);
    const agreement = await api.get(`/v1/${name}`);
    assert.equal(agreement.state, 'IN_FORCE');
    assert.equal(agreement.parties.filter((party) => party.signature).length, 2);
  }
});

test('one party that signs twice at once has signed once', async () => {
  for (let i = 0; i < 20; i++) {
    const { name } = await api.post('/v1/agreements', {
      title: `Hai lần ${i}`, unit, termStart: START, termEnd: END,
      parties: bodies.map((body) => ({ body })),
    });
    const open = await api.post(`/v1/${name}:startSigning`, {});
    const answers = await Promise.all([sign(open, bodies[0]), sign(open, bodies[0])]);
    assert.deepEqual(answers.map((a) => a.status).sort(), [200, 400], answers.map((a) => a.text).join());
    const refused = answers.find((a) => a.status !== 200);
    assert.ok(refused.body.details.some((d) => d.reason === 'PARTY_HAS_SIGNED'), refused.text);
  }
});
