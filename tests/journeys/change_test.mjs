// One petition more changes exactly the units it belongs to, and other provinces work alike.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { before, test } from 'node:test';
import { Caller } from './lib/http.mjs';
import { System } from './lib/system.mjs';

const DAY = '2023-10-24';
const SINCE = '2020-09-30';
const system = System.running();
let api;
before(() => {
  api = new Caller(system, system.token());
});

const unitOf = (code) => api.get('/v1/units:resolve', { code, on_date: DAY });
const below = async (unit) => (await api.get('/v1/units', { parent: unit.name, on_date: DAY, page_size: 1000 })).units;
const received = async (unit) => {
  const { groups } = await api.get('/v1/petitions:count', { unit: unit.name, since: SINCE, until: DAY });
  return groups.map((g) => [g.receivedCount, g.resolvedCount]);
};
const petition = (unit, more = {}) => api.post('/v1/petitions',
  { unit: unit.name, reference: `T-${crypto.randomInt(1e9)}`, kind: 'FEEDBACK', receivedDate: '2023-05-05', ...more });

test('one petition in a commune changes that commune, its district and the city by one', async () => {
  const city = await unitOf('92');
  const districts = await below(city);
  const communes = (await Promise.all(districts.map(below))).flat();
  const all = [city, ...districts, ...communes];
  const earlier = await Promise.all(all.map(received));
  const commune = communes.find((u) => u.code === '31117') ?? communes[0];
  await petition(commune);
  const later = await Promise.all(all.map(received));
  const changed = all.filter((_, i) => JSON.stringify(earlier[i]) !== JSON.stringify(later[i]));
  assert.deepEqual(changed.map((u) => u.name).sort(),
    [city.name, commune.parent, commune.name].sort());
  for (const unit of changed) {
    const i = all.indexOf(unit);
    assert.deepEqual(later[i][0], earlier[i][0], 'complaints stay');
    assert.deepEqual(later[i][1], [earlier[i][1][0] + 1, earlier[i][1][1]]);
  }
  const overview = await api.overview('92');
  assert.equal(overview.petitions[1].receivedCount, later[0][1][0]);
});

test('resolving it later changes only what is counted up to that day', async () => {
  const commune = (await below(await unitOf('917')))[0];
  const made = await petition(commune, { kind: 'COMPLAINT' });
  const count = async (until) => (await api.get('/v1/petitions:count',
    { unit: commune.name, since: SINCE, until })).groups[0].resolvedCount;
  const [onDay, next] = [await count('2023-10-24'), await count('2023-10-31')];
  const answer = await api.call('PATCH', `/v1/${made.name}`,
    { query: { update_mask: 'resolvedDate' }, body: { resolvedDate: '2023-10-31', etag: made.etag } });
  assert.equal(answer.status, 200, answer.text);
  assert.deepEqual([await count('2023-10-24'), await count('2023-10-31')], [onDay, next + 1]);
  const stale = await api.call('PATCH', `/v1/${made.name}`,
    { query: { update_mask: 'resolvedDate' }, body: { resolvedDate: '2023-10-30', etag: made.etag } });
  assert.equal(stale.status, 409);
  assert.ok(stale.body.details.some((d) => d.reason === 'ETAG_MISMATCH'), stale.text);
});

test('any other province works the same way', async () => {
  // Kon Tum, Điện Biên, Hà Nội.
  for (const code of ['62', '11', '01']) {
    const province = await unitOf(code);
    const district = (await below(province))[0];
    const commune = (await below(district))[0];
    const earlier = await Promise.all([province, district, commune].map(received));
    await petition(commune, { kind: 'DENUNCIATION', resolvedDate: '2023-06-01' });
    const later = await Promise.all([province, district, commune].map(received));
    earlier.forEach((groups, i) => assert.deepEqual(later[i],
      [[groups[0][0] + 1, groups[0][1] + 1], groups[1]], province.displayName));
    const overview = await api.overview(code);
    assert.deepEqual(overview.parts.map((p) => p.state), ['OK', 'OK', 'OK', 'OK']);
    assert.equal(overview.programme, '', 'no programme here');
    assert.equal(overview.since, '2023-01-01');
  }
});

test('the same request id gives the first answer, another body is refused', async () => {
  const commune = (await below(await unitOf('918')))[0];
  const requestId = crypto.randomUUID();
  const body = { unit: commune.name, reference: `R-${crypto.randomInt(1e9)}`, kind: 'FEEDBACK', receivedDate: DAY };
  const first = await api.post('/v1/petitions', body, { request_id: requestId });
  const again = await api.post('/v1/petitions', body, { request_id: requestId });
  assert.deepEqual(again, first);
  const other = await api.call('POST', '/v1/petitions',
    { query: { request_id: requestId }, body: { ...body, kind: 'COMPLAINT' } });
  assert.ok(other.status >= 400, other.text);
  assert.ok(other.body.details.some((d) => d.reason === 'REQUEST_ID_REUSED'), other.text);
});

test('a batch with one bad petition stores none', async () => {
  const commune = (await below(await unitOf('919')))[0];
  const earlier = await received(commune);
  const good = { reference: `B-${crypto.randomInt(1e9)}`, kind: 'FEEDBACK', receivedDate: DAY };
  const answer = await api.call('POST', '/v1/petitions:batchCreate', {
    body: { unit: commune.name, petitions: [good, { ...good }] },
  });
  assert.ok([400, 409].includes(answer.status), answer.text);
  assert.deepEqual(await received(commune), earlier);
});
