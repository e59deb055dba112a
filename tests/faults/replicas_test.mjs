// Three replicas of agreements, reporting and gateway on one database: one request id is one
// write wherever it is sent, each sees what another one has written, scheduled work is done once,
// and a replica that was killed or frozen does no harm.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import crypto from 'node:crypto';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { eventually, programs, sleep } from '../journeys/lib/system.mjs';
import { communesOf, head, system, whole } from './lib.mjs';
import { Replicas } from './replicas.mjs';

const FROZEN = 20_000;
const inDays = (n) => new Date(Date.now() + (7 + 24 * n) * 3600e3).toISOString().slice(0, 10);
let replicas;
let apis;
let unit;
let bodies;
let agreement;
// A second leader in each column: who has approved a plan for one party does not for another.
let others;
let communes;

before(async () => {
  replicas = await Replicas.start(system, 3);
  apis = replicas.callers(system.token());
  const [api] = apis;
  unit = (await api.get('/v1/units:resolve', { code: '92', on_date: inDays(0) })).name;
  communes = await communesOf(api, '919');
  bodies = [];
  for (const displayName of ['Ban Tuyên giáo và Dân vận', 'Hội đồng nhân dân']) {
    bodies.push((await api.post('/v1/bodies', { displayName, unit })).name);
  }
  agreement = await signed(api);
  const { name: member } = await api.post('/v1/members', { displayName: 'Lãnh đạo thứ hai' });
  await api.post('/v1/grants', { member, role: 'LEADER', unit });
  others = replicas.callers(system.token(member.split('/')[1]));
});

after(async () => {
  await replicas?.end();
});

/** An agreement in force, signed on paper some time ago. */
async function signed(api) {
  const { name } = await api.post('/v1/agreements', {
    title: `Chương trình phối hợp ${crypto.randomUUID()}`, unit, termStart: inDays(-60), termEnd: inDays(300),
    parties: bodies.map((body) => ({ body })),
  });
  const { textSha256 } = await api.post(`/v1/${name}:startSigning`, {});
  const paper = Buffer.from(`%PDF-1.4\n%${name}\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n`);
  const upload = await api.post('/v1/uploads', {
    fileName: 'Bản ký.pdf', mediaType: 'application/pdf', sizeBytes: paper.length, unit,
    sha256: crypto.createHash('sha256').update(paper).digest('hex'),
  });
  await api.post(`/v1/${upload.name}:uploadChunk`, { offset: 0, data: paper.toString('base64') });
  const { name: scan } = await api.post(`/v1/${upload.name}:finish`, {});
  for (const party of bodies) {
    await api.post(`/v1/${name}:sign`, {
      party, signerName: 'Người ký', signerTitle: 'Trưởng ban', signDate: inDays(-60), kind: 'PAPER', scan, textSha256,
    });
  }
  return name;
}

/** A plan in force, made in a column, with so many commitments that are overdue. */
async function overdue(column, count, days) {
  const api = apis[column];
  const due = inDays(-days);
  const plan = await api.post('/v1/plans', { agreement: await signed(api), year: Number(due.slice(0, 4)), title: `Kế hoạch ${crypto.randomUUID()}` });
  for (let i = 0; i < count; i++) {
    await api.post('/v1/commitments', {
      plan: plan.name, title: `Cam kết ${i}`, area: 'PROMINENT_ISSUES', lead: bodies[0],
      rhythm: { kind: 'ONCE', date: due },
    });
  }
  await api.post(`/v1/${plan.name}:submit`, { submitDate: inDays(-50) });
  for (const [i, leader] of [api, others[column]].entries()) {
    // The grant reaches each replica within a second.
    await eventually(() => leader.post(`/v1/${plan.name}:approve`, {
      party: bodies[i], approverName: 'Người duyệt', approverTitle: 'Trưởng ban', approveDate: inDays(-50),
    }), 5000, 'approved');
  }
}

/** Steps of escalation in the ledger after a position, as {obligation: count}. */
function escalations(from) {
  const rows = system.sql('SELECT resource, COUNT(*) FROM phoihop_agreements.ledger_records ' +
    `WHERE position > ${from} AND method LIKE '%/Escalate' GROUP BY resource`).trim();
  return Object.fromEntries(rows.split('\n').filter((row) => row !== '').map((row) => row.split('\t')));
}

/** Waits until so many obligations were escalated, a moment longer, and that each was once. */
async function escalatedOnce(from, count, ms) {
  await eventually(() => Object.keys(escalations(from)).length >= count, ms, `${count} escalations`);
  await sleep(1500);
  const counts = escalations(from);
  assert.equal(Object.keys(counts).length, count);
  assert.deepEqual([...new Set(Object.values(counts))], ['1'], 'each once');
}

const draft = (title) => ({
  title, unit, termStart: inDays(-5), termEnd: inDays(300), parties: bodies.map((body) => ({ body })),
});

test('one request id over three replicas at once is one row and three equal answers', async () => {
  const rounds = 20;
  const title = `nhiều bản ${crypto.randomUUID()}`;
  for (let i = 0; i < rounds; i++) {
    const requestId = crypto.randomUUID();
    const answers = await Promise.all(apis.flatMap((api) => [0, 1].map(() => eventually(async () => {
      const answer = await api.call('POST', '/v1/agreements', { query: { request_id: requestId }, body: draft(`${title} ${i}`) });
      return answer.status === 200 && answer.text;
    }, 20_000, 'acknowledged'))));
    assert.equal(new Set(answers).size, 1);
  }
  const rows = system.sql(`SELECT COUNT(*) FROM phoihop_agreements.agreements WHERE title LIKE '${title}%'`);
  assert.equal(Number(rows), rounds);
});

test('what was written through one replica is read through another one by its position', async () => {
  const [one] = apis;
  for (let i = 0; i < 30; i++) {
    const written = await apis[i % 3].call('POST', '/v1/agreements', { body: draft(`đọc lại ${i}`) });
    assert.equal(written.status, 200, written.text);
    const position = written.headers.get('phoihop-position');
    assert.match(position, /^[0-9]+$/);
    const read = await apis[(i + 1) % 3].call('GET', `/v1/${written.body.name}`, { headers: { 'phoihop-min-position': position } });
    assert.equal(read.status, 200, read.text);
  }
  const far = head('agreements') + 1000;
  const began = Date.now();
  const late = await one.call('GET', `/v1/${agreement}`,
    { headers: { 'phoihop-min-position': String(far), 'request-timeout': '2' } });
  assert.equal(late.status, 503, late.text);
  assert.ok(late.body.details.some((d) => d.reason === 'POSITION_NOT_REACHED'), late.text);
  assert.ok(Date.now() - began < 4000);
  for (const wrong of ['x', '-1']) {
    const answer = await one.call('GET', `/v1/${agreement}`, { headers: { 'phoihop-min-position': wrong } });
    assert.equal(answer.status, 400, answer.text);
  }
  // Of no single ledger.
  const overview = await one.call('GET', '/v1/overview',
    { query: { unit_code: '92', on_date: inDays(0) }, headers: { 'phoihop-min-position': '1' } });
  assert.equal(overview.status, 400, overview.text);
});

test('with three replicas each step of escalation is taken once', async () => {
  const from = head('agreements');
  await overdue(1, 8, 3);
  await escalatedOnce(from, 8, 20_000);
});

test('migrations at once, one of them killed half-way, while the service runs', async () => {
  const user = process.env.USER ?? 'root';
  const migrate = () => {
    const child = spawn(path.join(programs, 'phoihop-agreements'), ['--migrate_only',
      `--mysql_socket=${system.config('mysql_socket')}`, `--mysql_user=${user}`, '--mysql_database=phoihop_agreements',
      '--mysql_service_user=phoihop_agreements', `--mysql_service_password_file=${system.data}/secrets/mysql-agreements`],
    { stdio: ['ignore', 'ignore', 'pipe'] });
    let log = '';
    child.stderr.on('data', (chunk) => { log += chunk; });
    return { child, ended: new Promise((resolve) => child.once('exit', (code) => resolve({ code, log }))) };
  };
  const open = () => Number(system.sql('SELECT COUNT(*) FROM phoihop_agreements.schema_migrations WHERE NOT finished'));
  const writes = [];
  let over = false;
  const writer = (async () => {
    while (!over) {
      writes.push((await apis[writes.length % 3].call('POST', '/v1/agreements', { body: draft('khi nâng cấp') })).status);
    }
  })();
  // As if none had been recorded: every statement is run again.
  system.sql("UPDATE phoihop_agreements.schema_migrations SET finished = 0, statements_done = 0 WHERE set_name IN ('agreements', 'ledger', 'lease')");
  const all = open();
  assert.ok(all > 5);
  const killed = migrate();
  await eventually(() => open() < all, 20_000, 'it has begun');
  killed.child.kill('SIGKILL');
  await killed.ended;
  const left = open();
  console.log(`killed with ${left} of ${all} migrations left`);
  const ends = await Promise.all([migrate().ended, migrate().ended]);
  over = true;
  await writer;
  for (const { code, log } of ends) assert.equal(code, 0, log);
  assert.equal(open(), 0);
  assert.deepEqual([...new Set(writes)], [200], 'writes went on');
});

test('a holder that is killed is followed by another one within seconds', async () => {
  const from = head('agreements');
  for (const service of ['agreements', 'reporting']) {
    const pid = replicas.holder(service);
    const column = replicas.columnOf(service, pid);
    if (column === 0) system.forgetFailures(service);
    process.kill(pid, 'SIGKILL');
    const next = await replicas.nextHolder(service, pid);
    console.log(`${service}: taken over after ${next.ms} ms`);
    assert.ok(next.ms < 10_000);
    if (column > 0) await replicas.restart(column, service);
  }
  await system.healthy('60s');
  await overdue(0, 5, 8);
  await escalatedOnce(from, 5, 20_000);
});

test(`holders frozen for ${FROZEN / 1000} s: the others go on, nothing is done twice, and none is missing`, async () => {
  const from = head('agreements');
  const written = new Map();
  let over = false;
  let longest = 0;
  const frozen = new Set();
  // Writes through all replicas, with request ids, to the next one when one does not answer.
  const writers = [0, 1, 2, 3].map(async (client) => {
    for (let i = 0; !over; i++) {
      const title = `${client}-${i}-${from}`;
      const requestId = crypto.randomUUID();
      const began = Date.now();
      for (let column = (client + i) % 3; ; column = (column + 1) % 3) {
        if (frozen.has(column)) continue;
        const answer = await apis[column].call('POST', '/v1/agreements',
          { query: { request_id: requestId }, body: draft(title), headers: { 'request-timeout': '5' } }).catch(() => ({ status: 0 }));
        if (answer.status === 200) {
          written.set(title, answer.body.name);
          break;
        }
        await sleep(50);
      }
      longest = Math.max(longest, Date.now() - began);
      await apis[frozen.has(0) ? 1 : 0].call('POST', '/v1/opinionEntries', {
        body: { unit: communes[i % communes.length].name, topic: 'Giao thông', channel: 'PRESS', text: title, heardDate: inDays(-1) },
      }).catch(() => undefined);
    }
  });
  await sleep(1000);
  const stopped = [];
  for (const service of ['agreements', 'reporting']) {
    const pid = replicas.holder(service);
    if (service === 'agreements') frozen.add(replicas.columnOf(service, pid));
    process.kill(pid, 'SIGSTOP');
    stopped.push({ service, pid });
  }
  const until = Date.now() + FROZEN;
  const tokens = {};
  try {
    for (const { service, pid } of stopped) {
      const next = await replicas.nextHolder(service, pid, 20_000);
      console.log(`${service}: taken over after ${next.ms} ms`);
      tokens[service] = system.sql(`SELECT token FROM phoihop_${service}.lease`).trim();
    }
    const free = [0, 1, 2].find((column) => !frozen.has(column));
    await overdue(free, 6, 12);
    await escalatedOnce(from, 6, 20_000);
    await sleep(Math.max(0, until - Date.now()));
    for (const { pid } of stopped) process.kill(pid, 'SIGCONT');
    await sleep(3000);
  } finally {
    for (const { pid } of stopped) process.kill(pid, 'SIGCONT');
    over = true;
    await Promise.all(writers);
  }
  console.log(`${written.size} writes, the longest took ${longest} ms`);
  // They came back and did not take it, nor did anything twice.
  for (const { service } of stopped) {
    assert.equal(system.sql(`SELECT token FROM phoihop_${service}.lease`).trim(), tokens[service], service);
  }
  await escalatedOnce(from, 6, 1000);
  const rows = system.sql(`SELECT title, id FROM phoihop_agreements.agreements WHERE title LIKE '%-${from}'`)
    .trim().split('\n').map((line) => line.split('\t'));
  assert.equal(rows.length, written.size, 'each write exists exactly once');
  for (const [title, id] of rows) assert.equal(written.get(title), `agreements/${id}`);
});

test('the ledgers verify and the projection equals a rebuild', async () => {
  await whole();
});

test('a clean end hands the lease over at once', async () => {
  const pid = replicas.holder('reporting');
  const column = replicas.columnOf('reporting', pid);
  const began = Date.now();
  process.kill(pid, 'SIGTERM');
  const next = await replicas.nextHolder('reporting', pid);
  console.log(`reporting: handed over ${Date.now() - began} ms after SIGTERM`);
  assert.notEqual(next.pid, pid);
  if (column === 0) await system.healthy('60s');
});
