// Who sees what: scope by unit subtree, one answer for what is outside it and what is not there.
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { Caller } from './lib/http.mjs';
import { eventually, System } from './lib/system.mjs';

const DAY = '2023-10-24';
const system = System.running();
const units = {};
let admin;
let viewer;
let viewerName;
before(async () => {
  admin = new Caller(system, system.token());
  for (const code of ['92', '916', '917', '920']) {
    units[code] = (await admin.get('/v1/units:resolve', { code, on_date: DAY }).catch(() => ({}))).name;
  }
  const { members } = await admin.get('/v1/members', { page_size: 1000 });
  viewerName = members.find((m) => m.displayName === 'Người xem Quận Ninh Kiều').name;
  viewer = new Caller(system, system.token(viewerName));
});

/** Status and body without what names the thing asked for. */
function shape({ status, body }, ...named) {
  let text = JSON.stringify(body);
  for (const name of named) text = text.replaceAll(name, 'X');
  return `${status} ${text}`;
}

test('a member of district 916 reads its figures and those of its communes', async () => {
  const overview = await viewer.overview('916');
  assert.equal(overview.coverage.find((c) => c.level === 'COMMUNE').signedCount, 11);
  const { units: communes } = await viewer.get('/v1/units', { parent: units['916'], on_date: DAY });
  for (const commune of communes) {
    assert.equal((await viewer.overview(commune.code)).unit.name, commune.name);
  }
});

test('district 917 and a unit that does not exist get the same NOT_FOUND', async () => {
  const missing = 'units/99999999';
  const paths = [
    ['/v1/overview', (unit) => ({ unit, on_date: DAY })],
    ['/v1/coverage', (unit) => ({ unit, on_date: DAY })],
    ['/v1/petitions:count', (unit) => ({ unit, since: '2021-01-01', until: DAY })],
    ['/v1/petitions', (unit) => ({ unit })],
    ['/v1/opinionEntries', (unit) => ({ unit })],
    ['/v1/opinionEntries:count', (unit) => ({ unit, since: '2021-01-01', until: DAY })],
    ['/v1/agreements', (unit) => ({ unit })],
    ['/v1/reports', (unit) => ({ unit })],
    ['/v1/indicators', (unit) => ({ unit, until: DAY })],
  ];
  for (const [path, query] of paths) {
    const outside = await viewer.call('GET', path, { query: query(units['917']) });
    const absent = await viewer.call('GET', path, { query: query(missing) });
    assert.equal(outside.status, 404, `${path} ${outside.text}`);
    assert.equal(shape(outside, units['917']), shape(absent, missing), path);
  }
});

test('the city above is outside a district member\'s scope too', async () => {
  const answer = await viewer.call('GET', '/v1/overview', { query: { unit: units['92'], on_date: DAY } });
  assert.equal(answer.status, 404);
});

test('a petition of another district is as absent as none', async () => {
  const { units: communes } = await admin.get('/v1/units', { parent: units['917'], on_date: DAY });
  const { petitions } = await admin.get('/v1/petitions', { unit: communes[0].name, page_size: 1 });
  const theirs = await viewer.call('GET', `/v1/${petitions[0].name}`);
  const invented = petitions[0].name.slice(0, -4) + '0000';
  const none = await viewer.call('GET', `/v1/${invented}`);
  assert.equal(theirs.status, 404);
  assert.equal(shape(theirs, petitions[0].name), shape(none, invented));
  assert.equal((await viewer.call('PATCH', `/v1/${petitions[0].name}`,
    { body: { resolvedDate: DAY } })).status, 403, 'a viewer may not write at all');
});

test('the programme of the city may be read below it, the agreement of the neighbour not', async () => {
  const { agreements } = await admin.get('/v1/agreements',
    { unit: units['92'], include_subtree: true, on_date: DAY, page_size: 1000 });
  const at = (unit) => agreements.find((a) => a.unit === unit).name;
  assert.equal((await viewer.call('GET', `/v1/${at(units['92'])}`)).status, 200);
  assert.equal((await viewer.call('GET', `/v1/${at(units['916'])}`)).status, 200);
  assert.equal((await viewer.call('GET', `/v1/${at(units['917'])}`)).status, 404);
});

test('a viewer may not write or administer', async () => {
  for (const [path, body] of [
    ['/v1/petitions', { unit: units['916'], reference: 'X-1', kind: 'FEEDBACK', receivedDate: DAY }],
    ['/v1/members', { displayName: 'Ai đó' }],
    ['/v1/sessions:issue', {}],
  ]) {
    const answer = await viewer.call('POST', path, { body });
    assert.equal(answer.status, 403, `${path} ${answer.text}`);
  }
});

test('without a token, or with a spoilt one, nothing is told', async () => {
  const anonymous = new Caller(system, undefined);
  assert.equal((await anonymous.call('GET', '/v1/overview', { query: { unit_code: '92' } })).status, 401);
  const token = system.token();
  const spoilt = new Caller(system, token.slice(0, -3) + (token.endsWith('AAA') ? 'BBB' : 'AAA'));
  assert.equal((await spoilt.call('GET', '/v1/overview', { query: { unit_code: '92' } })).status, 401);
});

test('what is internal is not offered', async () => {
  for (const path of ['/phoihop.ledger.v1.LedgerService/ListRecords',
    '/phoihop.directory.v1.DirectoryService/GetAccessSnapshot',
    '/phoihop.reporting.v1.ReportingService/RebuildProjection']) {
    const answer = await admin.call('POST', path, { body: {} });
    assert.ok([404, 501].includes(answer.status), `${path} ${answer.status}`);
  }
});

test('a revoked grant is refused within a second, everywhere', async () => {
  const { name: member } = await admin.post('/v1/members', { displayName: 'Người sẽ bị thu hồi' });
  const grant = await admin.post('/v1/grants', { member, role: 'VIEWER', unit: units['916'] });
  const caller = new Caller(system, system.token(member));
  const paths = [['/v1/coverage', { unit: units['916'], on_date: DAY }],
    ['/v1/petitions:count', { unit: units['916'], since: '2021-01-01', until: DAY }],
    ['/v1/indicators', { unit: units['916'], until: DAY }]];
  const statuses = () => Promise.all(paths.map(async ([path, query]) =>
    (await caller.call('GET', path, { query })).status));
  await eventually(async () => (await statuses()).every((s) => s === 200), 5000, 'the grant arrives');
  await admin.post(`/v1/${grant.name}:revoke`, {});
  const revoked = Date.now();
  await eventually(async () => (await statuses()).every((s) => s === 403 || s === 404), 5000, 'refused');
  const took = Date.now() - revoked;
  console.log(`refused after ${took} ms`);
  assert.ok(took < 2000, `took ${took} ms`);
});

test('an administrator\'s password opens a session, a wrong one does not', async () => {
  const anonymous = new Caller(system, undefined);
  const { name: member } = await admin.post('/v1/members', { displayName: 'Người đăng nhập' });
  const login = `nguoi.${Date.now()}`;
  const password = 'một mật khẩu đủ dài';
  await admin.post('/v1/credentials', { member, login, password });
  const session = await anonymous.post('/v1/sessions', { login, password });
  assert.equal(session.member, member);
  const wrong = await anonymous.call('POST', '/v1/sessions', { body: { login, password: 'sai mật khẩu rồi' } });
  const unknown = await anonymous.call('POST', '/v1/sessions', { body: { login: 'khong.co', password } });
  assert.equal(wrong.status, 401);
  assert.equal(shape(wrong), shape(unknown));
  const self = new Caller(system, session.token);
  assert.equal((await self.call('GET', '/v1/units:resolve', { query: { code: '92' } })).status, 200);
});
