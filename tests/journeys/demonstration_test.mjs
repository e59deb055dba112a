// What the demonstration shows of agreements: the city's programmes from their signing to what
// was kept of them, read over the public API.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Caller } from './lib/http.mjs';
import { System } from './lib/system.mjs';

const DAY = '2023-10-24';
const system = System.running();
let api, city, programmes;
before(async () => {
  api = new Caller(system, system.token());
  city = (await api.get('/v1/units:resolve', { code: '92', on_date: DAY })).name;
  const { agreements } = await api.get('/v1/agreements', { unit: city, on_date: DAY });
  programmes = Object.fromEntries(agreements.map((a) => [a.documentNumber.split('-CTr')[0], a]));
});

test('the city has its programmes with council, courts, Social Insurance and Cooperative Alliance', async () => {
  assert.deepEqual(Object.values(programmes).map((p) => [p.documentNumber, p.state, p.termStart, p.termEnd]).sort(), [
    ['02-CTr/BTGTU-ĐĐHĐND-BCSĐUBNDTP', 'IN_FORCE', '2020-09-30', '2026-06-30'],
    ['03-CTr/BTGTU-TAND-VKSND', 'IN_FORCE', '2021-01-15', '2026-06-30'],
    ['04-CTr/BTGTU-BHXH', 'IN_FORCE', '2021-03-10', '2026-06-30'],
    ['05-CTr/BTGTU-LMHTX', 'IN_FORCE', '2021-04-20', '2026-06-30'],
  ]);
  const whole = await api.get(`/v1/${programmes['03'].name}`);
  assert.equal(whole.legalBases[0].documentNumber, '238-QĐ/TW');
  assert.equal(whole.legalBases[0].issueDate, '2020-09-30');
  assert.deepEqual(whole.clauses.map((c) => c.area), ['LAW_ENFORCEMENT_AND_DEVELOPMENT', 'DUTIES']);
  assert.deepEqual(whole.signingPlan.groups.map((g) => g.parties.length), [2, 1]);
  const insurance = programmes['04'].parties[1];
  assert.equal(insurance.displayName, 'Bảo hiểm xã hội thành phố Cần Thơ');
  assert.equal(insurance.signature.capacity, 'ON_BEHALF');
});

test('a list finds them without marks, and by party', async () => {
  const found = async (filter) => (await api.get('/v1/agreements', { unit: city, on_date: DAY, filter }))
    .agreements.map((a) => a.documentNumber);
  assert.deepEqual(await found('title:"hop tac xa"'), ['05-CTr/BTGTU-LMHTX']);
  assert.deepEqual(await found(`party = "${programmes['03'].parties[1].body}"`), ['03-CTr/BTGTU-TAND-VKSND']);
});

test('two districts have not followed the programme with Social Insurance, and that is overdue', async () => {
  const coverage = await api.get('/v1/coverage', { unit: city, on_date: DAY, programme: programmes['04'].name });
  assert.deepEqual(coverage.levels.map((l) => [l.level, l.signedCount, l.expectedCount]), [['DISTRICT', 7, 9]]);
  assert.deepEqual(coverage.levels[0].missing.map((m) => [m.code, m.sinceDate]),
    [['924', '2021-03-10'], ['927', '2021-03-10']]);
  assert.deepEqual([coverage.dueDate, coverage.overdue], ['2021-12-31', true]);
});

test('as it was 9/9 and 83/83; as it is, 32 of the 103 communes of 2026 descend from signed ones', async () => {
  const then = await api.get('/v1/coverage', { unit: city, on_date: DAY });
  assert.equal(then.programme, programmes['02'].name);
  assert.deepEqual(then.levels.map((l) => [l.signedCount, l.expectedCount]), [[9, 9], [83, 83]]);
  const now = await api.get('/v1/coverage:asItIs', { unit: city, on_date: DAY, view_date: '2026-01-01' });
  const [communes] = now.levels;
  assert.deepEqual([communes.unitCount, communes.signedCount], [103, 32]);
  // What no source explains is shown as such, and the rest lay in the other two provinces.
  assert.deepEqual([communes.notExpectedCount, communes.notExplainedCount], [70, 1]);
  const [, , signed] = now.fates;
  assert.deepEqual([signed.unitCount, signed.continuedCount, signed.mergedCount], [83, 4, 79]);
});

test('dissemination is counted in attendances and copies', async () => {
  const totals = await api.get('/v1/disseminationTotals', { unit: city, first_date: '2020-09-30', last_date: DAY });
  assert.deepEqual([totals.figures.attendanceCount, totals.figures.copyCount], ['412', '116250']);
});

test('plans of five years: commitments kept, some late, and one overdue', async () => {
  const list = async (filter) => (await api.get('/v1/commitments', { unit: city, filter, page_size: 1000 })).commitments;
  const { plans } = await api.get('/v1/plans', { unit: city, filter: `agreement = "${programmes['02'].name}"` });
  assert.deepEqual(plans.map((p) => [p.year, p.state]),
    [2025, 2024, 2023, 2022, 2021].map((year) => [year, 'APPROVED']));
  for (const plan of plans) assert.deepEqual(plan.approvals.map((a) => a.party), programmes['02'].parties.map((p) => p.body));
  const open = await list('state = ACTIVE');
  assert.deepEqual(open.map((c) => [c.title, c.nextDueDate]),
    [['Công bố kết quả giải quyết kiến nghị trước khi bàn giao', '2025-06-20']]);
  const late = await list('late = true');
  assert.deepEqual(late.map((c) => [c.year, c.lateCount, c.state]).sort(),
    [[2022, 1, 'CONFIRMED'], [2023, 1, 'CONFIRMED'], [2024, 1, 'CONFIRMED'], [2024, 1, 'CONFIRMED']]);
  const [flooding] = await list('title:"ngap ung" AND late = true');
  const { occurrences } = await api.get(`/v1/${flooding.name}/occurrences`);
  assert.deepEqual(occurrences.map((o) => [o.due.date, o.fulfilDate, o.late]), [['2024-12-20', '2025-01-10', true]]);
  const parts = await list(`parent = "${flooding.name}"`);
  assert.deepEqual(parts.map((c) => [c.occurrenceCount, c.confirmedCount]), [[4, 4]]);
});

test('answers to voters fall due before each council session', async () => {
  const { events } = await api.get('/v1/events', { unit: city, filter: 'kind = COUNCIL_SESSION' });
  assert.equal(events.length, 7);
  const { commitments } = await api.get('/v1/commitments', { unit: city, filter: 'title:"cu tri truoc ky hop" AND year = 2024' });
  const { occurrences } = await api.get(`/v1/${commitments[0].name}/occurrences`);
  const dates = Object.fromEntries(events.map((e) => [e.name, e.date]));
  assert.deepEqual(occurrences.map((o) => [dates[o.event], o.due.date]),
    [['2024-07-09', '2024-06-25'], ['2024-12-03', '2024-11-19']]);
});

test('what is overdue is one commitment, for the city and for its committee', async () => {
  const { items } = await api.get('/v1/due', { unit: city, bucket: 'OVERDUE' });
  assert.deepEqual(items.map((i) => [i.obligation.kind, i.obligation.due.date, i.overdue]),
    [['FULFIL', '2025-06-20', true]]);
  assert.equal(items[0].obligation.body, programmes['02'].parties[2].body);
  assert.ok(items[0].workingDaysLeft < -100);
  assert.ok(items[0].obligation.title.includes('Công bố kết quả giải quyết kiến nghị'));
});

test('a court schedule came late, by the due date of its day with the way to it', async () => {
  const { deliveries } = await api.get('/v1/deliveries', { unit: city, filter: 'kind = COURT_SCHEDULE AND late = true' });
  assert.deepEqual(deliveries.map((d) => [d.due.date, d.deliveredDate, d.lateWorkingDays, d.receipts.length]),
    [['2024-02-16', '2024-02-21', 3, 1]]);
  assert.match(deliveries[0].due.calculation, /Ngày làm việc thứ 7 của tháng 02\/2024: 16\/02\/2024.*Tết Nguyên đán/s);
  const duty = await api.get(`/v1/${deliveries[0].duty}`);
  assert.deepEqual([duty.figures.occurrenceCount, duty.figures.deliveredCount, duty.figures.lateCount], [12, 12, 1]);
});

test('what was corrected or withdrawn stays readable', async () => {
  const list = async (filter) => (await api.get('/v1/deliveries', { unit: city, filter })).deliveries;
  const [corrected] = await list('state = CORRECTED');
  const after = await api.get(`/v1/${corrected.replacedBy}`);
  assert.deepEqual([after.replaces, after.deliveredDate, after.late], [corrected.name, corrected.deliveredDate, false]);
  assert.match(after.correctReason, /phụ lục 2/);
  const [withdrawn] = await list('state = WITHDRAWN');
  assert.match(withdrawn.withdrawReason, /dự thảo/);
  assert.equal((await list(`duty = "${withdrawn.duty}" AND state = DELIVERED`)).length, 1);
});

test('one request was refused, with the legal ground', async () => {
  const { informationRequests } = await api.get('/v1/informationRequests', { unit: city });
  assert.deepEqual(informationRequests.map((r) => [r.state, r.late]).sort(),
    [['ANSWERED', false], ['ANSWERED', true], ['REFUSED', false]]);
  const { refusal, settledDate, due } = informationRequests.find((r) => r.state === 'REFUSED');
  assert.equal(refusal.legalGround, 'Khoản 2 Điều 38 Luật Báo chí số 103/2016/QH13');
  assert.deepEqual([settledDate, due.date], ['2024-04-09', '2024-04-16']);
});

test('the review of three years has its figures from the records', async () => {
  const { reviews } = await api.get('/v1/reviews', { unit: city });
  const review = await api.get(`/v1/${reviews[0].name}`);
  assert.deepEqual([review.kind, review.state, review.firstDate, review.lastDate],
    ['PRELIMINARY', 'APPROVED', '2020-09-30', DAY]);
  const figures = Object.fromEntries(review.figures.map((f) =>
    [f.level ? `${f.kind} ${f.level}` : f.kind, f.denominator === undefined ? f.numerator : `${f.numerator}/${f.denominator}`]));
  assert.equal(figures['COVERAGE DISTRICT'], '9/9');
  assert.equal(figures['COVERAGE COMMUNE'], '83/83');
  assert.equal(figures.DISSEMINATION_ATTENDANCES, '412');
  assert.equal(figures.VISITS, '2');
  assert.deepEqual(review.findings.map((f) => f.kind), ['RESULT', 'RESULT', 'SHORTCOMING', 'CAUSE', 'PROPOSAL']);
});

test('the parties of a year are evaluated with every numerator and denominator', async () => {
  const { evaluations } = await api.get('/v1/evaluations', { unit: city });
  assert.equal(evaluations.length, 4);
  const court = evaluations.find((e) => e.agreement === programmes['03'].name).scores
    .find((s) => s.body === programmes['03'].parties[1].body);
  const part = (kind) => court.parts.find((p) => p.kind === kind);
  assert.deepEqual([part('DELIVERIES_ON_TIME').numerator, part('DELIVERIES_ON_TIME').denominator], ['11', '12']);
  assert.deepEqual([part('REQUESTS_ANSWERED').numerator, part('REQUESTS_ANSWERED').denominator], ['1', '1']);
});
