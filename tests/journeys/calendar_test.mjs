// The working-day calendar as clients see it: shipped tables, who reads, who writes.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Caller } from './lib/http.mjs';
import { System } from './lib/system.mjs';

const system = System.running();
// Far from every table that other tests count by.
const YEAR = 2190;
const table = (days) => ({
  source: 'Bảng thử',
  holidays: days.map((date) => ({ date, displayName: 'Nghỉ thử' })),
});
let admin;
let viewer;
before(async () => {
  admin = new Caller(system, system.token());
  const { members } = await admin.get('/v1/members', { page_size: 1000 });
  viewer = new Caller(system, system.token(
    members.find((m) => m.displayName === 'Người xem Quận Ninh Kiều').name));
});

test('the shipped tables are there after the first start, and every member reads them', async () => {
  const { calendarYears } = await viewer.get('/v1/calendarYears');
  const years = new Map(calendarYears.map((y) => [y.year, y]));
  for (const year of [2024, 2025, 2026, 2027]) assert.ok(years.has(year), `${year}`);
  assert.deepEqual(years.get(2025).workedDates, ['2025-04-26']);
  assert.equal(years.get(2027).provisional, true);
  const tet = await viewer.get('/v1/calendarYears/2027');
  assert.ok(tet.holidays.some((d) => d.date === '2027-02-06' && d.displayName === 'Tết Nguyên đán'));
});

test('a stranger cannot write a table, and nothing changes', async () => {
  const path = '/v1/calendarYears/2025:set';
  const before2025 = await admin.get('/v1/calendarYears/2025');
  assert.equal((await viewer.call('POST', path, { body: table(['2025-01-01']) })).status, 403);
  assert.equal((await new Caller(system).call('POST', path, { body: table(['2025-01-01']) })).status, 401);
  assert.deepEqual(await admin.get('/v1/calendarYears/2025'), before2025);
});

test('an administrator sets a table; an equal one changes nothing; a wrong day is named', async () => {
  const path = `/v1/calendarYears/${YEAR}:set`;
  const first = await admin.call('POST', path, { body: table([`${YEAR}-01-01`]) });
  assert.equal(first.status, 200, first.text);
  const again = await admin.call('POST', path, { body: table([`${YEAR}-01-01`]) });
  assert.equal(again.text, first.text);
  const wrong = await admin.call('POST', path, { body: table([`${YEAR}-01-01`, '2025-01-01']) });
  assert.equal(wrong.status, 400);
  assert.match(wrong.text, /calendar_?[yY]ear\.holidays\[1\]\.date/);
  assert.deepEqual(await viewer.get(`/v1/calendarYears/${YEAR}`), first.body);
});
