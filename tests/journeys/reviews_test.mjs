// Visits, a review with its figures and follow-up, and an evaluation over REST, from what the
// rooms of plans and dissemination have recorded.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { before, test } from 'node:test';
import { Caller } from './lib/http.mjs';
import { leadersOf } from './lib/members.mjs';
import { eventually, System } from './lib/system.mjs';

const system = System.running();
const inDays = (n) => new Date(Date.now() + (7 + 24 * n) * 3600e3).toISOString().slice(0, 10);
const today = inDays(0);
const interval = { firstDate: inDays(-30), lastDate: inDays(-1) };
let api;
let confirmer;
let unit;
let bodies;
let agreement;

const refused = async (method, path, body, reason) => {
  const answer = await api.call(method, path, { body });
  assert.ok(answer.body.details?.some((d) => d.reason === reason), `${path}: ${answer.text}`);
};
const figure = (review, kind) => {
  const found = review.figures.find((f) => f.kind === kind);
  return found.denominator === undefined ? found.numerator : `${found.numerator}/${found.denominator} ${found.rateText}`;
};

before(async () => {
  api = new Caller(system, system.token());
  unit = (await api.get('/v1/units:resolve', { code: '92', on_date: today })).name;
  bodies = [];
  for (const displayName of ['Ban Tuyên giáo và Dân vận', 'Hội đồng nhân dân', 'Tòa án nhân dân']) {
    bodies.push((await api.post('/v1/bodies', { displayName, unit })).name);
  }
  agreement = (await api.post('/v1/agreements', {
    title: 'Chương trình phối hợp để sơ kết', unit, termStart: inDays(-40), termEnd: inDays(300),
    parties: bodies.map((body) => ({ body })),
  })).name;
  const { textSha256 } = await api.post(`/v1/${agreement}:startSigning`, {});
  // Signed on paper some time ago.
  const paper = Buffer.from('%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n');
  const upload = await api.post('/v1/uploads', {
    fileName: 'Bản ký.pdf', mediaType: 'application/pdf', sizeBytes: paper.length, unit,
    sha256: crypto.createHash('sha256').update(paper).digest('hex'),
  });
  await api.post(`/v1/${upload.name}:uploadChunk`, { offset: 0, data: paper.toString('base64') });
  const { name: scan } = await api.post(`/v1/${upload.name}:finish`, {});
  for (const party of bodies) {
    await api.post(`/v1/${agreement}:sign`, {
      party, signerName: 'Người ký', signerTitle: 'Trưởng ban', signDate: inDays(-40), kind: 'PAPER', scan, textSha256,
    });
  }
  // A commitment that was kept late, and a session.
  const due = inDays(-3);
  const plan = await api.post('/v1/plans', { agreement, year: Number(due.slice(0, 4)), title: 'Kế hoạch năm' });
  const commitment = await api.post('/v1/commitments', {
    plan: plan.name, title: 'Điều tra dư luận xã hội', area: 'PROMINENT_ISSUES', lead: bodies[0],
    supporting: [bodies[1]], rhythm: { kind: 'ONCE', date: due },
  });
  await api.post(`/v1/${plan.name}:submit`, { submitDate: inDays(-20) });
  const leaders = await leadersOf(system, api, unit, bodies.length);
  for (const [i, party] of bodies.entries()) {
    await leaders[i].post(`/v1/${plan.name}:approve`, {
      party, approverName: 'Người duyệt', approverTitle: 'Trưởng ban', approveDate: inDays(-20),
    });
  }
  await api.post(`/v1/${commitment.name}:fulfil`, { evidence: [{ documentNumber: '15-BC/BTG' }] });
  // Who reported it does not confirm it, in whose name ever.
  await refused('POST', `/v1/${commitment.name}:confirm`, { body: bodies[1] }, 'CONFIRMER_IS_REPORTER');
  const { name: member } = await api.post('/v1/members', { displayName: 'Người xác nhận' });
  await api.post('/v1/grants', { member, role: 'LEADER', unit });
  confirmer = new Caller(system, system.token(member.split('/')[1]));
  await eventually(() => confirmer.post(`/v1/${commitment.name}:confirm`, { body: bodies[1] }), 5_000, 'confirmed');
  await api.post('/v1/disseminationSessions', {
    agreement, unit, sessionDate: inDays(-5), kind: 'CONFERENCE', title: 'Hội nghị quán triệt', attendanceCount: 412,
  });
});

test('a visit is recorded, then what was found, and it is listed', async () => {
  const visit = await api.post('/v1/visits', {
    agreement, visitDate: inDays(-2), unit, body: bodies[2], visitingBodies: [bodies[0]], subject: 'Kiểm tra ở Điện Biên',
  });
  const changed = await api.call('PATCH', `/v1/${visit.name}`, { body: { findings: 'Đã thực hiện', etag: visit.etag } });
  assert.equal(changed.status, 200, changed.text);
  await refused('POST', '/v1/visits', {
    agreement, visitDate: inDays(3), unit, visitingBodies: [bodies[0]], subject: 'Sắp tới', findings: 'Đã thấy',
  }, 'FINDINGS_BEFORE_VISIT');
  const { visits } = await api.get('/v1/visits', { unit, filter: `agreement = "${agreement}" AND subject:"dien bien"` });
  assert.deepEqual(visits.map((v) => v.findings), ['Đã thực hiện']);
});

test('a review counts the records, is approved, and its proposal is followed up', async () => {
  const content = {
    agreement, kind: 'PRELIMINARY', title: 'Sơ kết',
    findings: [{ kind: 'RESULT', text: 'Đã ký' }, { kind: 'PROPOSAL', text: 'Gửi lịch xét xử đúng hạn', area: 'DUTIES' }],
  };
  await refused('POST', '/v1/reviews', { ...content, ...interval, lastDate: today }, 'REVIEW_NOT_ENDED');
  const review = await api.post('/v1/reviews', { ...content, ...interval });
  assert.equal(figure(review, 'COMMITMENTS_KEPT'), '1/1 100,0%');
  assert.equal(figure(review, 'COMMITMENTS_ON_TIME'), '0/1 0,0%');
  assert.equal(figure(review, 'DELIVERIES_MADE'), '0/0 ');
  assert.equal(figure(review, 'DISSEMINATION_SESSIONS'), '1');
  assert.equal(figure(review, 'DISSEMINATION_ATTENDANCES'), '412');
  assert.equal(figure(review, 'VISITS'), '1');
  assert.equal(figure(review, 'COVERAGE'), '0/103 0,0%');

  await refused('POST', `/v1/${review.name}:followUp`, { finding: 2, body: bodies[2], dueDate: inDays(20) }, 'REVIEW_NOT_APPROVED');
  const approved = await api.post(`/v1/${review.name}:approve`, {
    etag: review.etag, approverName: 'Người duyệt', approverTitle: 'Trưởng ban',
  });
  assert.deepEqual(approved.figures, review.figures);
  await refused('POST', `/v1/${review.name}:refresh`, {}, 'REVIEW_NOT_DRAFT');
  const { followUps: [followUp] } = await api.post(`/v1/${review.name}:followUp`, { finding: 2, body: bodies[2], dueDate: inDays(14) });
  await refused('POST', `/v1/${review.name}:completeFollowUp`, { followUp: 1, body: bodies[0], note: 'Xong' }, 'NOT_THE_OWING_BODY');
  // A commitment where the plan is of that year; at the end of a year it is not.
  assert.equal(followUp.commitment !== '', inDays(14).startsWith(inDays(-3).slice(0, 4)));
  const report = { followUp: 1, body: bodies[2], note: 'Đã gửi' };
  if (followUp.commitment === '') {
    await api.post(`/v1/${review.name}:completeFollowUp`, report);
  } else {
    await refused('POST', `/v1/${review.name}:completeFollowUp`, report, 'FOLLOW_UP_IS_COMMITMENT');
    await api.post(`/v1/${followUp.commitment}:fulfil`, { evidence: [{ documentNumber: '16-LXX/TA' }] });
    assert.equal((await api.get(`/v1/${review.name}`)).followUps[0].state, 'OPEN');
    await confirmer.post(`/v1/${followUp.commitment}:confirm`, { body: bodies[0] });
  }
  const done = await api.get(`/v1/${review.name}`);
  assert.deepEqual(done.followUps.map((f) => [f.state, f.doneDate, f.late]), [['DONE', today, false]]);
});

test('the parties are evaluated once by the published formula', async () => {
  const { evaluationFormulas } = await api.get('/v1/evaluationFormulas');
  assert.equal(evaluationFormulas[0].name, 'evaluationFormulas/1');
  const evaluation = await api.post('/v1/evaluations', { agreement, ...interval }, { request_id: crypto.randomUUID() });
  assert.equal(evaluation.formula, 'evaluationFormulas/1');
  assert.deepEqual(evaluation.scores.map((s) => [s.body, s.score]),
    [[bodies[0], 1000], [bodies[1], undefined], [bodies[2], undefined]]);
  await refused('POST', '/v1/evaluations', { agreement, ...interval }, 'EVALUATION_EXISTS');
  const { evaluations } = await api.get('/v1/evaluations', { unit, filter: `agreement = "${agreement}"` });
  assert.deepEqual(evaluations, [evaluation]);
});
