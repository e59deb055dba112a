// Hundreds of calls whose clients leave after a second, while a lock from outside lets none of
// them end by itself: the work of each stops soon after its client has left, and nothing is held
// afterwards. Half of them leave by cancelling a gRPC call, half by closing their connection. And
// a process that is told to end does so, whatever its calls wait for.
import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { Caller } from '../journeys/lib/http.mjs';
import { eventually, sleep } from '../journeys/lib/system.mjs';
import { processFigures, readMetrics, sum } from '../operate/lib/figures.mjs';
import { GrpcClient, message } from './grpc.mjs';
import { communesOf, system } from './lib.mjs';

const CALLS = 400;
const PATIENCE = 1000;
// They begin within this time, before the queue has stood for too long.
const SPREAD = 300;
// The aim is 200 ms, and a quiet machine with two cores keeps to it. On a busy one clients, looks and
// system wait for each other, so what is taken for a failure is more, and still far from what would
// end the work otherwise: 5 s for a lock, 10 s for a call, 20 s for a statement.
const AIM = 200;
const MOST = 1500;
// More than the service has workers: some wait in its queue.
const LEAST = 100;
// Of --drain_grace.
const GRACE = 10_000;
const limits = path.join(system.data, 'limits.json');
let token;
let api;
let communes;
let petitions;
let connections;

before(async () => {
  token = system.token();
  api = new Caller(system, token);
  fs.writeFileSync(limits, JSON.stringify({ member: { concurrent: 2000, per_second: 5000, burst: 5000 } }));
  await sleep(2000);
  communes = await communesOf(api, '917');
  petitions = [];
  for (let i = 0; i < 8; i++) {
    petitions.push((await api.post('/v1/petitions', {
      unit: communes[0].name, reference: `A-${crypto.randomUUID().slice(0, 8)}`, kind: 'FEEDBACK', receivedDate: '2023-05-05',
    })).name);
  }
  connections = Array.from({ length: 4 }, () => new GrpcClient(system.grpcPort, token));
});

after(() => {
  fs.rmSync(limits, { force: true });
  for (const connection of connections ?? []) connection.close();
});

/** A client of the database that keeps what `sql` locks until release() is called. */
function hold(sql) {
  const client = spawn('mariadb', ['--no-defaults', `--socket=${system.config('mysql_socket')}`,
    `--user=${process.env.USER ?? 'root'}`, '--skip-column-names', '--unbuffered'], { stdio: ['pipe', 'pipe', 'inherit'] });
  const locked = new Promise((resolve) => client.stdout.once('data', resolve));
  client.stdin.write(`${sql}; SELECT 'locked';\n`);
  const closed = new Promise((resolve) => client.on('close', resolve));
  return {
    locked,
    release: () => {
      if (client.stdin.writable) client.stdin.end('ROLLBACK; UNLOCK TABLES;\n');
      return closed;
    },
  };
}

/** How many statements of the service the database is at; others' do not count. */
async function statements() {
  const { stdout } = await promisify(execFile)('mariadb', ['--no-defaults', `--socket=${system.config('mysql_socket')}`,
    `--user=${process.env.USER ?? 'root'}`, '--skip-column-names', '-e',
    "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = 'phoihop_opinions' AND COMMAND IN ('Query', 'Execute')"]);
  return Number(stdout);
}

/** A call over REST whose client closes the connection. */
function rest(method, pathname, body) {
  const request = http.request({
    host: '127.0.0.1', port: system.config('http_port'), method, path: pathname, agent: false,
    headers: { authorization: `Bearer ${token}`, 'request-timeout': '50', ...(body ? { 'content-type': 'application/json' } : {}) },
  });
  request.on('error', () => {});
  const call = { answered: undefined, onAnswer: () => {}, cancel: () => request.destroy() };
  request.on('response', (response) => {
    call.answered = response.statusCode;
    call.onAnswer();
    response.resume();
  });
  request.end(body && JSON.stringify(body));
  return call;
}

/** The same over gRPC, cancelled. */
function grpc(number, method, request) {
  const stream = connections[number % connections.length].stream(`phoihop.opinions.v1.OpinionsService/${method}`, request, () => {});
  const call = { answered: undefined, onAnswer: () => {} };
  let left = false;
  call.cancel = () => {
    left = true;
    stream.cancel();
  };
  stream.ended.then(({ code, message: why }) => {
    if (left) return;
    call.answered = code === 8 ? 429 : `gRPC ${code} ${why}`;
    call.onAnswer();
  });
  return call;
}

/** What the service is at: calls that run or wait. */
async function atWork() {
  const began = performance.now();
  const text = await readMetrics(system.config('opinions_metrics_port'));
  return { began, ended: performance.now(), calls: sum(text, 'phoihop_rpc_in_flight') + sum(text, 'phoihop_rpc_queue_depth'), text };
}

/**
 * Begins the calls, each of which is left a second later. Gives how late, at worst,
 * the work of a call ended: at each look, those at work are the ones that were left last.
 */
async function abandon(begin) {
  const calls = [];
  const left = [];
  let over = false;
  let most = 0;
  let late = 0;
  let looks = 0;
  const watching = (async () => {
    while (!over) {
      const look = await atWork();
      most = Math.max(most, look.calls);
      looks++;
      // Of those that were not left before the look began; the look may find fewer than there are.
      const waiting = calls.length - left.filter((time) => time < look.began).length;
      const excess = look.calls - waiting;
      const before = left.filter((time) => time < look.began);
      // More than were ever begun are the service's own.
      if (excess > 0 && excess <= before.length) late = Math.max(late, look.began - before.at(-excess));
      await sleep(5);
    }
  })();
  const leaving = [];
  for (let i = 0; i < CALLS; i++) {
    const call = begin(i);
    calls.push(call);
    // Who is refused has left, too: when the queue moves too slowly, further ones are not taken.
    call.onAnswer = () => left.push(performance.now());
    leaving.push(sleep(PATIENCE).then(() => {
      if (call.answered !== undefined) return;
      left.push(performance.now());
      call.cancel();
    }));
    if (i % 10 === 9) await sleep(SPREAD * 10 / CALLS);
  }
  await Promise.all(leaving);
  const last = performance.now();
  await eventually(async () => (await atWork()).calls === 0, 30_000, 'the work of all ends');
  const ended = performance.now() - last;
  over = true;
  await watching;
  const answers = calls.map(({ answered }) => answered).filter((answered) => answered !== undefined);
  assert.deepEqual(answers.filter((answer) => answer !== 429), [], 'none was answered');
  return { most, late, looks, ended, refused: answers.length };
}

function tell(what, { most, late, looks, ended, refused }) {
  console.log(`${what}: ${CALLS - refused} left, ${refused} were refused; at most ${most} at work, ${looks} looks; work ended ${late.toFixed(0)} ms after its client had left at worst ` +
    `(aim ${AIM}), the last after ${ended.toFixed(0)} ms`);
  assert.ok(most >= LEAST && refused <= CALLS / 2, `only ${most} were at work`);
  assert.ok(late <= MOST && ended <= MOST, `${late} ms, ${ended} ms`);
}

/** Nothing is held: connections, lanes, workers. */
async function free() {
  const { text } = await atWork();
  assert.equal(sum(text, 'phoihop_mysql_pool_in_use'), 0, 'connections lent');
  assert.equal(sum(text, 'phoihop_lane_waiting'), 0, 'commands that wait');
  assert.equal(sum(text, 'phoihop_lane_busy_seconds'), 0, 'lanes at work');
}

test(`${CALLS} reads that wait for a table end when their clients leave`, async (t) => {
  const lock = hold('LOCK TABLES phoihop_opinions.petitions WRITE');
  t.after(lock.release);
  await lock.locked;
  const unit = communes[0].name;
  const result = await abandon((i) => (i % 2 === 0
    ? grpc(i / 2, 'ListPetitions', message([1, unit]))
    : rest('GET', `/v1/petitions?unit=${encodeURIComponent(unit)}`)));
  // While the table is still locked.
  await eventually(async () => await statements() === 0, 2500, 'no statement is left');
  await free();
  await lock.release();
  tell('reads', result);
  assert.equal((await api.get('/v1/petitions', { unit })).petitions.length > 0, true);
});

test(`${CALLS} writes that wait for rows end when their clients leave`, async (t) => {
  const ids = petitions.map((name) => `'${name.split('/')[1]}'`);
  const lock = hold(`BEGIN; SELECT petition_id FROM phoihop_opinions.petitions WHERE petition_id IN (${ids}) FOR UPDATE`);
  t.after(lock.release);
  await lock.locked;
  const began = petitions.length;
  const result = await abandon((i) => {
    const name = petitions[i % began];
    const day = `2023-0${1 + (i % 9)}-11`;
    if (i % 2 === 0) {
      return grpc(i / 2, 'UpdatePetition', message([1, message([1, name], [6, day])], [2, message([1, 'due_date'])], [3, crypto.randomUUID()]));
    }
    return rest('PATCH', `/v1/${name}?update_mask=dueDate&request_id=${crypto.randomUUID()}`, { dueDate: day });
  });
  await eventually(async () => await statements() === 0, 2500, 'no statement is left');
  await eventually(async () => { await free(); return true; }, 2000, 'nothing is held');
  await lock.release();
  tell('writes', result);
  // Nothing was stored for those who had left, and the rows can be changed at once.
  for (const name of petitions) {
    assert.equal((await api.get(`/v1/${name}`)).dueDate, '', name);
    const asked = performance.now();
    const { status, text } = await api.call('PATCH', `/v1/${name}`, { query: { update_mask: 'dueDate' }, body: { dueDate: '2023-09-09' } });
    assert.equal(status, 200, text);
    assert.ok(performance.now() - asked < 3000);
  }
});

for (const service of ['opinions', 'gateway']) {
  test(`${service} ends within its grace time although calls are stuck`, async (t) => {
    const unit = communes[0].name;
    const ids = petitions.map((name) => `'${name.split('/')[1]}'`);
    const rows = hold(`BEGIN; SELECT petition_id FROM phoihop_opinions.petitions WHERE petition_id IN (${ids}) FOR UPDATE`);
    t.after(rows.release);
    await rows.locked;
    const calls = petitions.map((name) => rest('PATCH', `/v1/${name}?update_mask=dueDate&request_id=${crypto.randomUUID()}`, { dueDate: '2023-10-10' }));
    await sleep(300);
    const table = hold('LOCK TABLES phoihop_opinions.opinion_entries WRITE');
    t.after(table.release);
    await table.locked;
    for (let i = 0; i < 40; i++) {
      calls.push(i % 2 ? rest('GET', `/v1/opinionEntries?unit=${encodeURIComponent(unit)}`) : grpc(i, 'ListOpinionEntries', message([1, unit])));
    }
    await eventually(async () => (await atWork()).calls >= 20, 10_000, `calls are stuck (${calls.map(({ answered }) => answered)})`);
    const pid = system.pid(service);
    const began = performance.now();
    process.kill(pid, 'SIGTERM');
    await eventually(() => !fs.existsSync(`/proc/${pid}`) || /^State:\s+Z/m.test(fs.readFileSync(`/proc/${pid}/status`, 'utf8')), 60_000, 'it ends');
    const took = performance.now() - began;
    console.log(`${service} ended ${(took / 1000).toFixed(1)} s after SIGTERM with ${calls.length} stuck calls (grace time ${GRACE / 1000} s)`);
    for (const call of calls) call.cancel();
    await rows.release();
    await table.release();
    system.forgetFailures(service);
    await system.healthy('60s');
    // Until the others have found it again.
    await eventually(() => api.get('/v1/petitions', { unit }), 15_000, 'it serves again');
    // Besides the grace time: a look at the database that is under way ends by itself within 2 s.
    assert.ok(took < GRACE + 4000, `${took} ms`);
  });
}

test('again and again: threads, files and memory stay', async () => {
  const pid = system.pid('opinions');
  const first = processFigures(pid);
  for (let i = 0; i < 3; i++) {
    const lock = hold('LOCK TABLES phoihop_opinions.petitions WRITE');
    await lock.locked;
    await abandon((n) => grpc(n, 'ListPetitions', message([1, communes[n % communes.length].name])));
    await lock.release();
  }
  const last = processFigures(pid);
  console.log(`threads ${first.threads} -> ${last.threads}, files ${first.files} -> ${last.files}, ${first.rss.toFixed(0)} -> ${last.rss.toFixed(0)} MB`);
  assert.ok(last.threads <= first.threads + 2);
  assert.ok(last.files <= first.files + 8);
  assert.ok(last.rss < first.rss + 64);
  const verified = system.ctlResult('ledger', 'verify');
  assert.equal(verified.status, 0, verified.stdout + verified.stderr);
});
