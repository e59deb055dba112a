// The gateway's strictness and its protocols, as a client meets them.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { before, test } from 'node:test';
import { GrpcClient, message } from '../faults/grpc.mjs';
import { Caller } from './lib/http.mjs';
import { root, System } from './lib/system.mjs';

const system = System.running();
let api;
before(() => {
  api = new Caller(system, system.token());
});

const petition = '"reference":"Z-1","kind":"FEEDBACK","receivedDate":"2023-05-05"';
const SECRET = 'đừngnhắclại';

test('what is wrong in a body is refused with the field and without the body', async () => {
  const cases = {
    'unknown field': [`{${petition},"unit":"units/1","nope":"${SECRET}"}`, /nope/],
    'duplicate field': [`{${petition},"unit":"units/1","unit":"${SECRET}"}`, /unit/],
    'both spellings': [`{${petition},"unit":"units/1","received_date":"${SECRET}"}`, /received_?[dD]ate/],
    'wrong type': [`{${petition},"unit":{"a":"${SECRET}"}}`, /unit/],
    'deep nesting': [`{"a":${'['.repeat(5000)}"${SECRET}"${']'.repeat(5000)}}`, /./],
    'trailing comma': [`{${petition},"unit":"${SECRET}",}`, /./],
    'NUL': [`{${petition},"unit":"units/1\\u0000${SECRET}"}`, /unit/],
  };
  for (const [name, [body, field]] of Object.entries(cases)) {
    const answer = await api.call('POST', '/v1/petitions', { body });
    assert.equal(answer.status, 400, `${name}: ${answer.status} ${answer.text}`);
    assert.equal(answer.body.code, 3, name);
    assert.ok(!answer.text.includes(SECRET), `${name}: ${answer.text}`);
    const violations = answer.body.details.flatMap((d) => d.fieldViolations ?? []);
    assert.match(JSON.stringify(violations), field, `${name}: ${answer.text}`);
    assert.ok(answer.body.details.some((d) => d.locale === 'vi-VN' && d.message), name);
  }
});

test('invalid UTF-8 and a body over the limit are refused', async () => {
  const bad = Buffer.concat([Buffer.from(`{${petition},"unit":"`), Buffer.from([0xc3, 0x28]), Buffer.from('"}')]);
  assert.equal((await api.call('POST', '/v1/petitions', { body: bad })).status, 400);
  const large = `{"unit":"${'x'.repeat(20 << 20)}"}`;
  const answer = await api.call('POST', '/v1/petitions', { body: large }).catch((error) => error);
  assert.ok(answer instanceof Error || [400, 413].includes(answer.status), answer.status);
});

test('an unknown path and an unknown query parameter say so', async () => {
  assert.equal((await api.call('GET', '/v1/nothing')).status, 404);
  const answer = await api.call('GET', '/v1/overview', { query: { unit_code: '92', nope: '1' } });
  assert.equal(answer.status, 400);
  assert.match(answer.text, /nope/);
});

test('a bad day is refused with its field, in both languages', async () => {
  const answer = await api.call('GET', '/v1/overview', { query: { unit_code: '92', on_date: '2023-13-40' } });
  assert.equal(answer.status, 400);
  const violations = answer.body.details.flatMap((d) => d.fieldViolations ?? []);
  assert.deepEqual(violations.map((v) => v.field), ['on_date']);
});

test('Connect in JSON gives what REST gives', async () => {
  const rest = await api.overview('92');
  const connect = await api.call('POST', '/phoihop.gateway.v1.OverviewService/GetUnitOverview', {
    body: { unitCode: '92', onDate: '2023-10-24' }, headers: { 'connect-protocol-version': '1' },
  });
  assert.equal(connect.status, 200, connect.text);
  assert.deepEqual(connect.body.petitions, rest.petitions);
  assert.deepEqual(connect.body.coverage, rest.coverage);
});

test('Connect errors have a code and a message', async () => {
  const answer = await api.call('POST', '/phoihop.directory.v1.DirectoryService/ResolveUnit', {
    body: { code: '', onDate: 'x' }, headers: { 'connect-protocol-version': '1' },
  });
  assert.equal(answer.status, 400);
  assert.equal(answer.body.code, 'invalid_argument');
});

test('buf curl calls the gRPC port by reflection', () => {
  const output = execFileSync(path.join(root, 'node_modules/.bin/buf'), [
    'curl', '--protocol', 'grpc', '--http2-prior-knowledge',
    '-H', `Authorization: Bearer ${system.token()}`,
    '-d', '{"code":"92","onDate":"2023-10-24"}',
    `http://127.0.0.1:${system.grpcPort}/phoihop.directory.v1.DirectoryService/ResolveUnit`,
  ], { encoding: 'utf8' });
  assert.equal(JSON.parse(output).displayName, 'Thành phố Cần Thơ');
});

test('pages follow one another, and a token of another query is refused', async () => {
  const query = { level: 'PROVINCE', on_date: '2023-10-24', page_size: 20 };
  const codes = [];
  let page_token = '';
  do {
    const page = await api.get('/v1/units', { ...query, page_token });
    codes.push(...page.units.map((u) => u.code));
    page_token = page.nextPageToken;
  } while (page_token);
  assert.equal(codes.length, 63);
  assert.deepEqual(codes, [...new Set(codes)].sort());
  const { nextPageToken } = await api.get('/v1/units', query);
  const other = await api.call('GET', '/v1/units', { query: { ...query, level: 'COMMUNE', page_token: nextPageToken } });
  assert.equal(other.status, 400, other.text);
});

test('a list of long texts comes in short pages that fit into a message, and nothing is left out', async () => {
  // Far from the demonstration, whose figures others look at.
  const on_date = '2023-10-24';
  const { units: [province] } = await api.get('/v1/units', { query: 'dien bien', level: 'PROVINCE', on_date });
  const text = 'ậ'.repeat(5000);
  const names = [];
  const write = async (number) => {
    for (let i = number; i < 300; i += 10) {
      names.push((await api.post('/v1/opinionEntries', { unit: province.name, topic: 'Giao thông', channel: 'PRESS', text, heardDate: on_date })).name);
    }
  };
  await Promise.all(Array.from({ length: 10 }, (_, i) => write(i)));
  const query = { unit: province.name, since: on_date, until: on_date, page_size: 1000 };
  const found = [];
  const pages = [];
  let page_token = '';
  do {
    const page = await api.get('/v1/opinionEntries', { ...query, page_token });
    found.push(...page.opinionEntries);
    pages.push(page.opinionEntries.length);
    page_token = page.nextPageToken;
  } while (page_token);
  assert.ok(pages.length === 2 && pages[0] > 150, pages.join());
  assert.deepEqual(found.map((entry) => entry.name).sort(), names.sort());
  assert.ok(found.every((entry) => entry.text === text));
  // A client of gRPC takes 4 MiB unless it was told otherwise.
  const grpc = new GrpcClient(system.grpcPort, system.token());
  const { code, bytes } = await grpc.call('phoihop.opinions.v1.OpinionsService/ListOpinionEntries', message([1, province.name], [4, 1000]));
  grpc.close();
  assert.equal(code, 0);
  assert.ok(bytes.length > 2 << 20 && bytes.length < 4 << 20, `${bytes.length}`);
});

test('search finds names without marks', async () => {
  const { units } = await api.get('/v1/units', { query: 'dien bien', level: 'PROVINCE', on_date: '2023-10-24' });
  assert.deepEqual(units.map((u) => u.displayName), ['Tỉnh Điện Biên']);
});
