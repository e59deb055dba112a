// The cascade of 2023 as it was and as it is: on the communes of its day and on today's, with the
// difference explained by succession.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Caller } from './lib/http.mjs';
import { System } from './lib/system.mjs';

const DAY = '2023-10-24';
const NOW = '2026-01-01';
const system = System.running();
let api, city;
before(async () => {
  api = new Caller(system, system.token());
  city = (await api.get('/v1/units:resolve', { code: '92', on_date: DAY })).name;
});

const PARTS = ['signedCount', 'partlySignedCount', 'missingCount', 'notExpectedCount', 'notExplainedCount'];
const FATES = ['continuedCount', 'mergedCount', 'splitCount', 'notExplainedCount', 'elsewhereCount', 'endedCount'];
const sum = (object, names) => names.reduce((total, name) => total + object[name], 0);

test('as it was, all districts and communes of the day had signed', async () => {
  const coverage = await api.get('/v1/coverage', { unit: city, on_date: DAY });
  assert.deepEqual(coverage.levels.map((l) => [l.level, l.signedCount, l.expectedCount]),
    [['DISTRICT', 9, 9], ['COMMUNE', 83, 83]]);
});

test('as it is, every commune of today and of then is counted once', async () => {
  const view = await api.get('/v1/coverage:asItIs', { unit: city, on_date: DAY, view_date: NOW });
  const merged = (await api.get('/v1/units:resolve', { code: '92', on_date: NOW })).name;
  assert.deepEqual(view.viewUnits, [merged]);
  assert.deepEqual(view.levels.map((l) => [l.level, l.unitCount]), [['COMMUNE', 103]]);
  for (const level of view.levels) assert.equal(sum(level, PARTS), level.unitCount);
  assert.ok(view.levels[0].signedCount > 0);
  // Two of the three provinces that became the city were not asked to sign.
  assert.ok(view.levels[0].notExpectedCount > 0);
  assert.deepEqual(view.fates.map((f) => [f.level, f.state, f.unitCount]), [
    ['DISTRICT', 'SIGNED', 9], ['DISTRICT', 'MISSING', 0],
    ['COMMUNE', 'SIGNED', 83], ['COMMUNE', 'MISSING', 0]]);
  for (const fate of view.fates) assert.equal(sum(fate, FATES), fate.unitCount);
  // The level of the districts was abolished.
  assert.equal(view.fates[0].endedCount, 9);
});

test('the list says of each commune of today from which it descends', async () => {
  const units = [];
  let pageToken = '';
  do {
    const page = await api.get('/v1/coverage/units',
      { unit: city, on_date: DAY, view_date: NOW, page_size: 40, ...(pageToken && { page_token: pageToken }) });
    assert.equal(page.totalSize, 103);
    units.push(...page.units);
    pageToken = page.nextPageToken;
  } while (pageToken);
  assert.equal(new Set(units.map((u) => u.unit)).size, 103);
  for (const unit of units) {
    const states = new Set(unit.predecessors.map((p) => p.state));
    if (unit.state === 'SIGNED') assert.deepEqual([...states], ['SIGNED'], unit.displayName);
    if (unit.state === 'NOT_EXPECTED') assert.deepEqual([...states], ['NOT_EXPECTED'], unit.displayName);
    if (unit.state === 'PARTLY_SIGNED') assert.ok(states.size > 1 && states.has('SIGNED'), unit.displayName);
  }
});

test('the table has a line for each unit', async () => {
  const then = await api.get('/v1/coverage:export', { unit: city, on_date: DAY });
  assert.equal(then.rowCount, 92);
  const lines = then.csv.split('\r\n');
  assert.equal(lines.length, 94);
  assert.equal(lines[0], 'Cấp,Mã đơn vị,Tên đơn vị,Tình trạng,Kể từ ngày,Số văn bản,Chương trình phối hợp,' +
    'Ký lần đầu (ngày hiệu lực),Ký gần nhất (ngày hiệu lực),Hạn ký,Quá hạn');
  assert.ok(lines.some((line) => line.startsWith('Huyện,916,Quận Ninh Kiều,Đã ký,')), lines[1]);
  const now = await api.get('/v1/coverage:export', { unit: city, on_date: DAY, view_date: NOW, byte_order_mark: true });
  assert.equal(now.rowCount, 103);
  assert.equal(now.csv.charCodeAt(0), 0xfeff);
});
