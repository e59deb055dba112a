// What the issue promises that the demonstration shows, figure by figure.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Caller } from './lib/http.mjs';
import { System, sleep } from './lib/system.mjs';

const DAY = '2023-10-24';
const system = System.running();
let api;
before(() => {
  api = new Caller(system, system.token());
});

const petitions = (overview) => overview.petitions.map((p) => [p.group, p.receivedCount, p.resolvedCount]);
const add = (overviews) => [0, 1].map((group) => [
  overviews[0].petitions[group].group,
  overviews.reduce((sum, o) => sum + o.petitions[group].receivedCount, 0),
  overviews.reduce((sum, o) => sum + o.petitions[group].resolvedCount, 0),
]);
async function below(unit) {
  const { units } = await api.get('/v1/units', { parent: unit, on_date: DAY, page_size: 1000 });
  return units;
}

test('overview of the city shows who signed, what people raised, and the review', async () => {
  const overview = await api.overview('92');
  assert.equal(overview.unit.displayName, 'Thành phố Cần Thơ');
  assert.equal(overview.since, '2020-09-30');
  assert.deepEqual(
    overview.coverage.map((c) => [c.level, c.signedCount, c.expectedCount, c.missing ?? []]),
    [['DISTRICT', 9, 9, []], ['COMMUNE', 83, 83, []]]);
  assert.deepEqual(petitions(overview), [
    ['COMPLAINTS_AND_DENUNCIATIONS', 407, 381], ['RECOMMENDATIONS_AND_FEEDBACK', 2021, 1573]]);
  assert.deepEqual(overview.petitions.map((p) => p.rateText), ['93,6%', '77,8%']);
  assert.match(overview.programmeTitle, /^Chương trình phối hợp giữa Ban Tuyên giáo Thành ủy/);
  assert.ok(overview.opinionCount > 0);
  assert.deepEqual(overview.parts.map((p) => [p.service, p.state]),
    ['directory', 'agreements', 'opinions', 'reporting'].map((service) => [service, 'OK']));
  for (const part of overview.parts) assert.ok(Number(part.position) > 0, `${part.service} has a position`);
});

test('the figures stand in the JSON in the order and spelling promised', async () => {
  const { text } = await api.call('GET', '/v1/overview', { query: { unit_code: '92', on_date: DAY } });
  const bare = text.replace(/\s+/g, '');
  assert.ok(bare.includes('"coverage":[{"level":"DISTRICT","signedCount":9,"expectedCount":9,'), text);
  assert.ok(bare.includes('{"level":"COMMUNE","signedCount":83,"expectedCount":83,'), text);
  assert.ok(bare.includes('"petitions":[{"group":"COMPLAINTS_AND_DENUNCIATIONS","receivedCount":407,' +
    '"resolvedCount":381,"rateText":"93,6%"'), text);
  assert.ok(bare.includes('{"group":"RECOMMENDATIONS_AND_FEEDBACK","receivedCount":2021,' +
    '"resolvedCount":1573,"rateText":"77,8%"'), text);
});

test('communes add up to districts, and those to the city', async () => {
  const city = await api.overview('92');
  const districts = await below(city.unit.name);
  assert.equal(districts.length, 9);
  const ofDistricts = [];
  for (const district of districts) {
    const overview = await api.overview(district.code);
    assert.deepEqual(overview.coverage.map((c) => c.level), ['DISTRICT', 'COMMUNE']);
    const communes = await below(district.name);
    const ofCommunes = await Promise.all(communes.map((commune) => api.overview(commune.code)));
    assert.deepEqual(petitions(overview), add(ofCommunes), district.displayName);
    assert.equal(overview.opinionCount, ofCommunes.reduce((sum, o) => sum + o.opinionCount, 0));
    assert.equal(overview.coverage[1].expectedCount, communes.length);
    ofDistricts.push(overview);
  }
  assert.deepEqual(petitions(city), add(ofDistricts));
  assert.equal(city.opinionCount, ofDistricts.reduce((sum, o) => sum + o.opinionCount, 0));
  assert.equal(ofDistricts.reduce((sum, o) => sum + o.coverage[1].signedCount, 0), 83);
});

test('district 916 and a commune of it show their own figures', async () => {
  const district = await api.overview('916');
  assert.equal(district.unit.displayName, 'Quận Ninh Kiều');
  assert.deepEqual(district.coverage.map((c) => [c.level, c.signedCount, c.expectedCount]),
    [['DISTRICT', 1, 1], ['COMMUNE', 11, 11]]);
  const [commune] = await below(district.unit.name);
  const overview = await api.overview(commune.code);
  assert.equal(overview.unit.name, commune.name);
  assert.deepEqual(overview.coverage.map((c) => [c.level, c.signedCount, c.expectedCount])
    .filter(([, , expected]) => expected > 0), [['COMMUNE', 1, 1]]);
  assert.ok(overview.petitions[0].receivedCount < district.petitions[0].receivedCount);
});

test('one code means two units on two days, and the successions connect them', async () => {
  const resolve = (day) => api.get('/v1/units:resolve', { code: '92', on_date: day });
  const [old, merged] = [await resolve(DAY), await resolve('2026-01-01')];
  assert.notEqual(old.name, merged.name);
  const { successions } = await api.get(`/v1/${old.name}/successions`);
  assert.ok(successions.some((s) => s.fromUnit === old.name && s.toUnit === merged.name && s.date === '2025-07-01'));
});

test('the register counts what was published for its three days', async () => {
  const published = {
    [DAY]: { PROVINCE: 63, DISTRICT: 705, COMMUNE: 10599 },
    '2025-03-01': { PROVINCE: 63, DISTRICT: 696, COMMUNE: 10051 },
    '2026-01-01': { PROVINCE: 34, COMMUNE: 3321 },
  };
  for (const [day, expected] of Object.entries(published)) {
    const { counts } = await api.get('/v1/units:count', { on_date: day });
    const found = Object.fromEntries(counts.map((c) => [c.level, c.count]));
    delete found.COUNTRY;
    assert.deepEqual(found, expected, day);
  }
});

test('coverage on 2025-03-01 expects the 80 communes of that day', async () => {
  const city = await api.get('/v1/units:resolve', { code: '92', on_date: '2025-03-01' });
  const { levels } = await api.get('/v1/coverage', { unit: city.name, on_date: '2025-03-01' });
  const communes = levels.find((l) => l.level === 'COMMUNE');
  assert.equal(communes.expectedCount, 80);
  assert.ok(communes.signedCount <= 80);
});

test('the review report says that 88,1% is 93,6%', async () => {
  const { latestReport } = await api.overview('92');
  assert.deepEqual([latestReport.since, latestReport.until], ['2020-09-30', DAY]);
  const rates = latestReport.findings.filter((f) => f.kind === 'RATE_DISAGREES_WITH_PARTS');
  assert.equal(rates.length, 1);
  assert.deepEqual([rates[0].typedText, rates[0].computedText, rates[0].computation],
    ['88,1%', '93,6%', '381/407']);
  assert.match(rates[0].message, /88,1%.*93,6%/);
  assert.ok(!latestReport.findings.some((f) => f.typedText === '77,8%'), 'the right figure has no finding');
  const report = await api.get(`/v1/${latestReport.name}`);
  const received = (row) => Number(row.values.find(
    (v) => v.indicator === 'petitions.complaints_and_denunciations.resolved').denominator);
  assert.equal(received(report.total), 407);
  assert.equal(report.children.reduce((sum, row) => sum + received(row), 0), 407);
  for (const level of report.levelTotals) assert.equal(received(level), 407, level.level);
});

test('loading the demonstration again changes nothing', async () => {
  const positions = async () => (await api.overview('92')).parts
    .filter((p) => p.service !== 'reporting').map((p) => [p.service, p.position]);
  // The past was entered just now: let the worker of due days, which looks every 5 s, say
  // what it has to say first.
  let earlier = await positions();
  for (let quiet = 0, waited = 0; quiet < 7 && waited < 60; waited++) {
    await sleep(1000);
    const now = await positions();
    quiet = JSON.stringify(now) === JSON.stringify(earlier) ? quiet + 1 : 0;
    earlier = now;
  }
  const again = system.up('--demo', 'can-tho');
  assert.equal(again.status, 0, again.stderr);
  assert.deepEqual(await positions(), earlier);
});
