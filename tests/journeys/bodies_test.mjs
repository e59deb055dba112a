// A party of an agreement in force is renamed, then merged into another body: what was stays as it
// was, and what is due falls to the successor.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { before, test } from 'node:test';
import { Caller } from './lib/http.mjs';
import { eventually, System } from './lib/system.mjs';

const system = System.running();
const inDays = (n) => new Date(Date.now() + (7 + 24 * n) * 3600e3).toISOString().slice(0, 10);
const today = inDays(0);
const renamed = inDays(-20);
const merged = inDays(-5);
const names = {
  masses: 'Ban Dân vận', council: 'Hội đồng nhân dân', heir: 'Ban Tuyên giáo', outsider: 'Tòa án nhân dân',
};
const newName = 'Ban Dân vận Thành ủy';
const body = {};
const leader = {};
let api;
let unit;
let agreement;
let led;
let supported;

const answerOf = async (caller, method, path, given) => {
  const { status, body: answer, text } = await caller.call(method, path, { body: given });
  const details = answer?.details ?? [];
  return {
    status,
    reason: details.map((d) => d.reason).find(Boolean) ?? text,
    fields: details.flatMap((d) => d.fieldViolations ?? []).map((v) => v.field),
  };
};
const refused = async (caller, path, given, reason, fields) => {
  const answer = await answerOf(caller, 'POST', path, given);
  assert.equal(answer.reason, reason, path);
  if (fields !== undefined) assert.deepEqual(answer.fields, fields, path);
};
const party = async (caller, onDate) => (await caller.get(`/v1/${agreement}`, onDate ? { on_date: onDate } : {})).parties[0];
const dueOf = async (caller) => (await caller.get('/v1/due', { filter: `agreement = "${agreement}"`, page_size: 100 }))
  .items.map((i) => i.obligation);

before(async () => {
  api = new Caller(system, system.token());
  unit = (await api.get('/v1/units:resolve', { code: '92', on_date: today })).name;
  for (const [key, displayName] of Object.entries(names)) {
    body[key] = (await api.post('/v1/bodies', { displayName, unit })).name;
    // The member of the party that will end says so in the token.
    const { name: member } = await api.post('/v1/members', {
      displayName: `Lãnh đạo ${displayName}`, ...(key === 'masses' ? { body: body[key] } : {}),
    });
    await api.post('/v1/grants', { member, role: 'LEADER', unit, body: body[key] });
    leader[key] = new Caller(system, system.token(member.split('/')[1]));
  }
  agreement = (await api.post('/v1/agreements', {
    title: 'Chương trình phối hợp trước sáp nhập', unit, termStart: inDays(-40), termEnd: inDays(300),
    parties: [{ body: body.masses }, { body: body.council }],
  })).name;
  const { textSha256 } = await api.post(`/v1/${agreement}:startSigning`, {});
  const paper = Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n');
  const upload = await api.post('/v1/uploads', {
    fileName: 'Bản ký.pdf', mediaType: 'application/pdf', sizeBytes: paper.length, unit,
    sha256: crypto.createHash('sha256').update(paper).digest('hex'),
  });
  await api.post(`/v1/${upload.name}:uploadChunk`, { offset: 0, data: paper.toString('base64') });
  const { name: scan } = await api.post(`/v1/${upload.name}:finish`, {});
  for (const signer of [body.masses, body.council]) {
    await api.post(`/v1/${agreement}:sign`, {
      party: signer, signerName: 'Người ký', signerTitle: 'Trưởng ban', signDate: inDays(-40), kind: 'PAPER', scan, textSha256,
    });
  }
  const due = inDays(-3);
  const plan = await api.post('/v1/plans', { agreement, year: Number(due.slice(0, 4)), title: 'Kế hoạch năm' });
  const commitment = (title, lead, supporting) => api.post('/v1/commitments', {
    plan: plan.name, title, area: 'DUTIES', lead, supporting: [supporting], rhythm: { kind: 'ONCE', date: due },
  });
  led = await commitment('Tiếp xúc nhân dân', body.masses, body.council);
  supported = await commitment('Giám sát chuyên đề', body.council, body.masses);
  await api.post(`/v1/${plan.name}:submit`, { submitDate: inDays(-20) });
  for (const key of ['masses', 'council']) {
    await eventually(() => leader[key].post(`/v1/${plan.name}:approve`, {
      party: body[key], approverName: 'Người duyệt', approverTitle: 'Trưởng ban', approveDate: inDays(-20),
    }), 5_000, `${key} approves`);
  }
});

test('a renamed body is called by the name of the day, everywhere', async () => {
  assert.equal((await party(api)).nameOnDate, '', 'nothing has changed yet');
  const wrong = system.ctlResult('bodies', 'rename', body.masses, `--display_name=${newName}`, `--from_date=${inDays(800)}`, '--decision=7-QĐ/TU');
  assert.equal(wrong.status, 1);
  assert.match(wrong.stderr, /DATE_TOO_FAR|một năm/);
  await system.ctl('bodies', 'rename', body.masses, `--display_name=${newName}`, '--abbreviation=BDVTU',
    `--from_date=${renamed}`, '--decision=07-QĐ/TU');
  assert.equal((await api.get(`/v1/${body.masses}`)).displayName, newName);
  assert.equal((await api.get(`/v1/${body.masses}`, { on_date: inDays(-21) })).displayName, names.masses);
  await eventually(async () => (await party(api)).nameOnDate === newName, 5_000, 'agreements know the name');
  assert.equal((await party(api, inDays(-21))).nameOnDate, names.masses);
  assert.equal((await party(api, renamed)).nameOnDate, newName);
  assert.equal((await party(api)).displayName, names.masses, 'what was signed stays');
});

test('bodies merge at once, with the etag that was read, once for one request', async () => {
  const { etag } = await api.get(`/v1/${body.masses}`);
  const merge = {
    sources: [{ name: body.masses, etag }], successor: body.heir, mergeDate: merged, decisionNumber: '09-QĐ/TU',
    requestId: crypto.randomUUID(),
  };
  await refused(api, '/v1/bodies:merge', { ...merge, mergeDate: inDays(-20), requestId: '' }, 'INVALID_INTERVAL', ['mergeDate']);
  await refused(api, '/v1/bodies:merge', { ...merge, sources: [{ name: body.masses, etag: '"0"' }], requestId: '' }, 'ETAG_MISMATCH');
  // A leader may not; who may is no question of what exists.
  assert.equal((await answerOf(leader.heir, 'POST', '/v1/bodies:merge', merge)).status, 403);
  const answer = await api.post('/v1/bodies:merge', merge);
  assert.deepEqual(await api.post('/v1/bodies:merge', merge), answer, 'a repeat gives the first answer');
  assert.deepEqual(answer.ended.map((b) => [b.name, b.validUntil, b.successors[0].body]), [[body.masses, merged, body.heir]]);
  await refused(api, `/v1/${body.masses}:end`, { endDate: today, decisionNumber: '1' }, 'BODY_ENDED');

  const { status } = await api.call('GET', `/v1/${body.masses}`, { query: { on_date: merged } });
  assert.equal(status, 404, 'it does not exist on that day');
  const history = await api.get(`/v1/${body.masses}:history`);
  assert.deepEqual(history.carriedBy.map((b) => b.name), [body.heir]);
  const text = await system.ctl('bodies', 'history', body.masses);
  for (const fact of [names.masses, newName, '07-QĐ/TU', `no more since: ${merged}  09-QĐ/TU`, names.heir]) {
    assert.ok(text.includes(fact), `${fact} in ${text}`);
  }
  assert.match(await system.ctl('bodies', 'history', body.heir), new RegExp(`took over from: ${body.masses}`));
  const there = await system.ctl('bodies', 'list', `--unit=${unit}`, `--on_date=${today}`);
  assert.ok(there.includes(body.heir) && !there.includes(body.masses));
});

test('the agreement says who carries on, past days stay, and it is found by the successor', async () => {
  await eventually(async () => (await party(api)).carriedBy.length === 1, 5_000, 'agreements know the successor');
  assert.deepEqual((await party(api)).carriedBy, [{ body: body.heir, displayName: names.heir }]);
  assert.deepEqual((await party(api, inDays(-6))).carriedBy, []);
  assert.equal((await party(api, inDays(-6))).nameOnDate, newName);
  const found = async (of) => (await api.get('/v1/agreements', { unit, on_date: today, filter: `party = "${of}"` }))
    .agreements.map((a) => a.name);
  assert.deepEqual(await found(body.heir), [agreement]);
  assert.deepEqual(await found(body.masses), [agreement]);
  assert.deepEqual(await found(body.outsider), []);
  const { commitments } = await api.get('/v1/commitments', { unit, filter: `lead = "${body.heir}"` });
  assert.deepEqual(commitments.map((c) => c.name), [led.name]);
});

test('what is due falls to the successor, who reports it; nobody else may', async () => {
  const [owed] = await eventually(async () => {
    const due = await dueOf(leader.heir);
    return due.length > 0 && due;
  }, 5_000, 'the successor sees what is due');
  assert.deepEqual([owed.kind, owed.body, owed.carriedBy], ['FULFIL', body.masses, [body.heir]]);
  assert.deepEqual(await dueOf(leader.outsider), []);
  assert.deepEqual(await dueOf(leader.masses), [], 'the office that is gone owes nothing');
  const report = { body: body.masses, evidence: [{ documentNumber: '15-BC/BTG' }] };
  await refused(leader.outsider, `/v1/${led.name}:fulfil`, report, 'PERMISSION_MISSING');
  await refused(leader.masses, `/v1/${led.name}:fulfil`, report, 'PERMISSION_MISSING');
  const done = await leader.heir.post(`/v1/${led.name}:fulfil`, report);
  assert.equal(done.state, 'FULFILLED');
  // It carries the lead's part: it cannot confirm what it reported.
  await refused(leader.heir, `/v1/${led.name}:confirm`, { body: body.masses }, 'CONFIRMER_IS_LEAD', ['body']);
  await leader.council.post(`/v1/${led.name}:confirm`, { body: body.council });
  // Reading is still for those who acted for it.
  assert.equal((await leader.masses.get(`/v1/${agreement}`)).name, agreement);
});

test('the successor confirms what the other side has done', async () => {
  await leader.council.post(`/v1/${supported.name}:fulfil`, { evidence: [{ documentNumber: '16-BC/HĐND' }] });
  await refused(leader.outsider, `/v1/${supported.name}:confirm`, { body: body.masses }, 'PERMISSION_MISSING');
  await refused(leader.masses, `/v1/${supported.name}:confirm`, { body: body.masses }, 'PERMISSION_MISSING');
  const confirmed = await leader.heir.post(`/v1/${supported.name}:confirm`, { body: body.masses });
  assert.equal(confirmed.state, 'CONFIRMED');
});

test('a new agreement names bodies that exist on its day', async () => {
  const draft = (first, termStart = today) => ({
    title: 'Chương trình mới', unit, termStart, termEnd: inDays(300), parties: [{ body: body.council }, { body: first }],
  });
  await refused(api, '/v1/agreements', draft(body.masses), 'BODY_NOT_VALID', ['agreement.parties[1].body']);
  const { name: later } = await api.post('/v1/bodies', { displayName: 'Ban sắp lập', unit, validFrom: inDays(30) });
  await refused(api, '/v1/agreements', draft(later), 'BODY_NOT_VALID', ['agreement.parties[1].body']);
  await api.post('/v1/agreements', draft(body.heir));
  // What the old body agreed to before its end may still be recorded.
  await api.post('/v1/agreements', draft(body.masses, inDays(-30)));
});

test('nobody signs for a party after its end; the draft goes back and names the successor', async () => {
  const { name } = await api.post('/v1/agreements', {
    title: 'Chương trình đang ký', unit, termStart: today, termEnd: inDays(300), parties: [{ body: body.council }, { body: body.outsider }],
  });
  const { textSha256 } = await api.post(`/v1/${name}:startSigning`, {});
  await api.post(`/v1/${body.outsider}:end`, { endDate: today, successors: [body.heir], decisionNumber: '11-QĐ/TU' });
  const sign = { party: body.outsider, signerName: 'Người ký', signerTitle: 'Trưởng ban', textSha256 };
  await eventually(async () => (await answerOf(leader.heir, 'POST', `/v1/${name}:sign`, sign)).reason === 'PARTY_ENDED', 5_000, 'refused');
  // Whoever carries on says so in its name.
  await leader.heir.post(`/v1/${name}:rejectSigning`, { party: body.outsider, reason: 'Đã sáp nhập', textSha256 });
  const back = await api.get(`/v1/${name}`);
  assert.equal(back.state, 'DRAFT');
  const changed = await api.call('PATCH', `/v1/${name}`, {
    body: { parties: [{ body: body.council }, { body: body.heir }], etag: back.etag }, query: { update_mask: 'parties' },
  });
  assert.equal(changed.status, 200, changed.text);
  const again = await api.post(`/v1/${name}:startSigning`, {});
  for (const key of ['council', 'heir']) {
    await leader[key].post(`/v1/${name}:sign`, {
      party: body[key], signerName: 'Người ký', signerTitle: 'Trưởng ban', textSha256: again.textSha256,
    });
  }
  assert.equal((await api.get(`/v1/${name}`)).state, 'IN_FORCE');
});
