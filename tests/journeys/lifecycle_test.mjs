// The life of an agreement over REST: consultation, signing by groups, rejection, amendment,
// termination, deletion.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { before, test } from 'node:test';
import { Caller } from './lib/http.mjs';
import { leadersOf } from './lib/members.mjs';
import { System } from './lib/system.mjs';

const system = System.running();
const today = new Date(Date.now() + 7 * 3600e3).toISOString().slice(0, 10);
const inDays = (n) => new Date(Date.now() + (7 + 24 * n) * 3600e3).toISOString().slice(0, 10);
let api;
let unit;
let bodies;
let leaders;
before(async () => {
  api = new Caller(system, system.token());
  // A unit of today.
  unit = (await api.get('/v1/units:resolve', { code: '92', on_date: today })).name;
  bodies = [];
  for (const displayName of ['Ban Tuyên giáo và Dân vận', 'Hội đồng nhân dân', 'Ủy ban nhân dân']) {
    bodies.push((await api.post('/v1/bodies', { displayName, unit })).name);
  }
  leaders = await leadersOf(system, api, unit, bodies.length);
});

const create = (more = {}) => api.post('/v1/agreements', {
  title: 'Chương trình phối hợp thử nghiệm', unit, termStart: inDays(-30), termEnd: inDays(300),
  parties: bodies.map((body) => ({ body })), ...more,
});
const textOf = async (name) => (await api.get(`/v1/${name}/text`)).sha256;
const sign = async (name, party, more = {}) => leaders[bodies.indexOf(party)].post(`/v1/${name}:sign`, {
  party, signerName: 'Người ký', signerTitle: 'Phó Trưởng ban', capacity: 'ON_BEHALF',
  textSha256: await textOf(name), requestId: crypto.randomUUID(), ...more,
});
const refused = async (method, path, body, reason) => {
  const answer = await api.call(method, path, { body });
  assert.ok(answer.body.details?.some((d) => d.reason === reason), `${path}: ${answer.text}`);
};
const signed = async (name) => {
  await api.post(`/v1/${name}:startSigning`, {});
  let last;
  for (const body of bodies) last = await sign(name, body);
  return last;
};

test('a draft is commented on, answered, rejected, and then signed in the order of its plan', async () => {
  const { name } = await create({
    signingPlan: { groups: [{ parties: [bodies[1], bodies[2]], requiredCount: 1 }, { parties: [bodies[0]] }] },
    clauses: [{ area: 'DUTIES', heading: 'Trách nhiệm', text: 'Cung cấp thông tin\ntrước ngày 05' }],
    legalBases: [{ documentNumber: '238-QĐ/TW', issueDate: '2020-09-30' }],
  });
  await api.post(`/v1/${name}:startConsultation`, { commentBy: inDays(5) });
  const comment = await api.post('/v1/comments', { agreement: name, body: bodies[1], text: 'Đề nghị bổ sung' });
  await refused('POST', `/v1/${name}:startSigning`, {}, 'COMMENTS_UNANSWERED');
  await api.post(`/v1/${comment.name}:answer`, { answer: 'Tiếp thu' });
  const { comments } = await api.get('/v1/comments', { agreement: name });
  assert.deepEqual(comments.map((c) => c.answer), ['Tiếp thu']);

  const open = await api.post(`/v1/${name}:startSigning`, {});
  assert.equal(open.parties[0].displayName, 'Ban Tuyên giáo và Dân vận');
  const text = await api.get(`/v1/${name}/text`);
  assert.equal(crypto.createHash('sha256').update(text.text).digest('hex'), text.sha256);
  assert.equal(open.textSha256, text.sha256);
  await sign(name, bodies[1], { textSha256: text.sha256 });
  const rejected = await api.post(`/v1/${name}:rejectSigning`, { party: bodies[0], reason: 'Chưa thống nhất' });
  assert.equal(rejected.state, 'DRAFT');
  const { rounds } = await api.get(`/v1/${name}/signingRounds`);
  assert.deepEqual(rounds.map((r) => [r.outcome, r.rejectedBy]), [['REJECTED', bodies[0]]]);
  assert.equal((await api.get(`/v1/${name}/text`, { sha256: text.sha256 })).text, text.text);

  await api.post(`/v1/${name}:startSigning`, {});
  assert.notEqual(await textOf(name), text.sha256, 'each round has a text of its own');
  const early = { party: bodies[0], signerName: 'A', signerTitle: 'B' };
  await refused('POST', `/v1/${name}:sign`, { ...early, textSha256: await textOf(name) }, 'NOT_YET_TO_SIGN');
  const second = { party: bodies[2], signerName: 'A', signerTitle: 'B' };
  await refused('POST', `/v1/${name}:sign`, { ...second, textSha256: text.sha256 }, 'TEXT_CHANGED');
  await refused('POST', `/v1/${name}:sign`,
    { ...second, textSha256: await textOf(name), signDate: inDays(-1) }, 'NOT_OF_THIS_KIND');
  await sign(name, bodies[2]);
  // Nobody signs for two.
  const both = await leaders[2].call('POST', `/v1/${name}:sign`, { body: { ...early, textSha256: await textOf(name) } });
  assert.ok(both.body.details.some((d) => d.reason === 'MEMBER_HAS_SIGNED'), both.text);
  assert.equal((await sign(name, bodies[0])).state, 'IN_FORCE');
});

test('an extension is the next version; both can be read, and a termination ends what is in force', async () => {
  const { name } = await create();
  assert.equal((await signed(name)).version, 1);
  const amendment = await api.post(`/v1/${name}:amend`, {
    kind: 'EXTENSION', effectiveDate: inDays(10), agreement: { termEnd: inDays(500) },
  });
  await refused('POST', `/v1/${name}:amend`, {
    kind: 'EXTENSION', effectiveDate: inDays(10), agreement: { termEnd: inDays(500) },
  }, 'AMENDMENT_OPEN');
  await signed(amendment.name);
  const { versions } = await api.get(`/v1/${name}/versions`);
  assert.deepEqual(versions.map((v) => [v.version, v.endDate, v.amendment]),
    [[1, inDays(9), ''], [2, inDays(500), amendment.name]]);
  // The version that an amendment made can be taken along and verified like the first one.
  const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'phoihop-signed-')), 'signed.json');
  await system.ctl('agreements', 'export', name, `--out=${file}`);
  const verified = system.ctlResult('agreements', 'verify', file);
  // Approvals in the system are nothing that a file can prove.
  assert.equal(verified.status, 3, verified.stdout + verified.stderr);
  assert.match(verified.stdout, /Result: 0 verified, 3 stated and not verifiable, 0 bad/);
  await system.ctl('agreements', 'export', name, '--version_number=1', `--out=${file}`);
  const first = JSON.parse(fs.readFileSync(file, 'utf8'));
  assert.deepEqual([first.version, first.version_end], ['1', inDays(9)]);
  assert.equal(system.ctlResult('agreements', 'verify', file).status, 3);
  await system.ctl('agreements', 'export', name, `--on_date=${inDays(10)}`, `--out=${file}`);
  assert.equal(JSON.parse(fs.readFileSync(file, 'utf8')).version, '2');
  fs.rmSync(path.dirname(file), { recursive: true });
  assert.equal((await api.get(`/v1/${name}`, { on_date: inDays(9) })).termEnd, inDays(300));
  assert.equal((await api.get(`/v1/${name}`, { on_date: inDays(10) })).termEnd, inDays(500));
  await refused('GET', `/v1/${name}?on_date=${inDays(501)}`, undefined, 'NOT_IN_FORCE_ON_DATE');
  const ended = await api.post(`/v1/${name}:terminate`, { reason: 'Sắp xếp lại', decisionNumber: '9-QĐ/TU' });
  assert.equal(ended.state, 'TERMINATED');
  const { notices } = await leaders[0].get('/v1/notices', { page_size: 100 });
  const told = notices.filter((n) => n.kind === 'AGREEMENT_TERMINATED' && n.resource === name).map((n) => n.body);
  assert.deepEqual(told.sort(), [...bodies].sort(), 'every party is told');
  await refused('POST', `/v1/${name}:terminate`, { reason: 'x', decisionNumber: 'y' }, 'AGREEMENT_NOT_IN_FORCE');
});

test('a draft is deleted and comes back; lists find it without marks', async () => {
  const title = `Điện Biên ${crypto.randomInt(1e9)}`;
  const draft = await create({ title });
  const found = async (more = {}) => (await api.get('/v1/agreements', {
    unit, on_date: today, filter: `title:"dien bien" AND title:"${title.slice(10)}" AND party = ${bodies[0]}`, ...more,
  })).agreements.map((a) => a.name);
  assert.deepEqual(await found(), [draft.name]);
  const gone = await api.call('DELETE', `/v1/${draft.name}`, { query: { etag: draft.etag } });
  assert.equal(gone.status, 200, gone.text);
  assert.deepEqual(await found(), []);
  assert.deepEqual(await found({ show_deleted: true }), [draft.name]);
  await api.post(`/v1/${draft.name}:undelete`, {});
  assert.deepEqual(await found(), [draft.name]);
  await signed(draft.name);
  const kept = await api.call('DELETE', `/v1/${draft.name}`);
  assert.ok(kept.body.details.some((d) => d.reason === 'AGREEMENT_NOT_DRAFT'), kept.text);
});
