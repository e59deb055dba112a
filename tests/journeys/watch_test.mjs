// A member watches what is due while another signs: over gRPC, Connect and REST.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Caller } from './lib/http.mjs';
import { eventually, System } from './lib/system.mjs';
import { watchConnect, watchGrpc, watchRest } from './lib/watch.mjs';

const system = System.running();
const today = new Date(Date.now() + 7 * 3600e3).toISOString().slice(0, 10);
const inDays = (n) => new Date(Date.now() + (7 + 24 * n) * 3600e3).toISOString().slice(0, 10);
let api;
let unit;
let bodies;
let signers;
let watcher;
let grant;
const watches = [];
before(async () => {
  api = new Caller(system, system.token());
  unit = (await api.get('/v1/units:resolve', { code: '92', on_date: today })).name;
  bodies = [];
  for (const displayName of ['Ban Tuyên giáo và Dân vận', 'Mặt trận Tổ quốc']) {
    bodies.push((await api.post('/v1/bodies', { displayName, unit })).name);
  }
  // Nobody signs for two.
  signers = [];
  for (const body of bodies) {
    const { name } = await api.post('/v1/members', { displayName: 'Lãnh đạo ký' });
    await api.post('/v1/grants', { member: name, role: 'LEADER', unit, body });
    signers.push(new Caller(system, system.token(name)));
  }
  const member = (await api.post('/v1/members', { displayName: 'Người theo dõi' })).name;
  grant = (await api.post('/v1/grants', { member, role: 'VIEWER', unit, body: bodies[0] })).name;
  watcher = new Caller(system, system.token(member));
  for (const caller of [...signers, watcher]) {
    await eventually(async () => (await caller.call('GET', '/v1/due')).status === 200, 5000, 'the grant arrives');
  }
});
after(() => {
  for (const watch of watches) watch.close?.();
});

async function toSign() {
  const { name } = await api.post('/v1/agreements', {
    title: 'Chương trình được theo dõi', unit, termStart: inDays(-30), termEnd: inDays(300),
    parties: bodies.map((body) => ({ body })),
  });
  return name;
}

const sign = async (name, party) => signers[bodies.indexOf(party)].post(`/v1/${name}:sign`, {
  party, signerName: 'Người ký', signerTitle: 'Phó Trưởng ban', capacity: 'ON_BEHALF',
  textSha256: (await api.get(`/v1/${name}/text`)).sha256,
});

const first = (watch, what) => eventually(() => watch.messages[0], 5000, `the first message of ${what}`);

test('a signature is seen by whoever watches for its body, and by nobody else', async () => {
  const ways = {
    grpc: watchGrpc(system, watcher.token),
    connect: await watchConnect(watcher),
    rest: await watchRest(watcher),
  };
  watches.push(...Object.values(ways));
  assert.equal(ways.connect.type, 'application/connect+json');
  assert.equal(ways.rest.type, 'application/x-ndjson');
  for (const [what, watch] of Object.entries(ways)) {
    assert.deepEqual((await first(watch, what)).items, [], 'only what changes from now on');
  }
  const name = await toSign();
  await api.post(`/v1/${name}:startSigning`, {});
  for (const [what, watch] of Object.entries(ways)) {
    await eventually(() => watch.of(name).length > 0, 5000, `${what} sees what is to be signed`);
  }
  // The other party's signature is not the watcher's.
  await sign(name, bodies[1]);
  await sign(name, bodies[0]);
  const signed = Date.now();
  for (const [what, watch] of Object.entries(ways)) {
    await eventually(() => watch.of(name).at(-1) === `${bodies[0]} DONE`, 5000, `${what} sees the signature`);
    console.log(`${what}: within ${Date.now() - signed} ms, ${watch.of(name).length} changes`);
    assert.ok(watch.of(name).every((change) => change.startsWith(bodies[0])), watch.of(name).join());
    assert.equal(watch.end, undefined);
  }

  // Whoever was away goes on from where it was.
  const { position, epoch } = ways.grpc.messages[0];
  const later = await watchRest(watcher, { after_position: position, epoch });
  const again = watchGrpc(system, watcher.token, { afterPosition: position });
  watches.push(later, again);
  for (const watch of [later, again]) {
    await eventually(() => watch.of(name).at(-1) === `${bodies[0]} DONE`, 5000, 'what was missed');
    assert.ok(watch.messages.some((m) => m.items.length > 0));
  }
});

test('a silent stream is kept alive by heartbeats, and ends with the right', async () => {
  const ways = {
    grpc: watchGrpc(system, watcher.token),
    connect: await watchConnect(watcher),
    rest: await watchRest(watcher),
  };
  watches.push(...Object.values(ways));
  for (const [what, watch] of Object.entries(ways)) {
    await first(watch, what);
    await eventually(() => watch.messages.length >= 2, 8000, `a heartbeat of ${what}`);
  }
  await api.post(`/v1/${grant}:revoke`, {});
  const revoked = Date.now();
  const ends = { grpc: { code: 7 }, connect: { code: 'permission_denied' }, rest: { code: 7 } };
  for (const [what, watch] of Object.entries(ways)) {
    await eventually(() => watch.end, 5000, `the end of ${what}`);
    console.log(`${what}: ended ${Date.now() - revoked} ms after the grant`);
    assert.deepEqual(watch.end, ends[what]);
  }
  // Nor is a new one opened.
  const refused = await watcher.call('GET', '/v1/due:watch');
  assert.equal(refused.status, 403, refused.text);
  const { end } = await watchConnect(watcher).then(async (watch) => (await watch.reading, watch));
  assert.deepEqual(end, { code: 'permission_denied' });
});

test('without a token nothing is streamed', async () => {
  const anonymous = new Caller(system, undefined);
  assert.equal((await anonymous.call('GET', '/v1/due:watch')).status, 401);
  const watch = watchGrpc(system, 'spoilt');
  await watch.reading;
  assert.deepEqual(watch.end, { code: 16 });
  watch.close();
});
