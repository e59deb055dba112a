// What an administrator sees: metrics, one trace through everything, logs that keep secrets, doctor and top.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { before, test } from 'node:test';
import { Caller } from './lib/http.mjs';
import { eventually, root, SERVICES, System } from './lib/system.mjs';

const system = System.running();
const monitoring = path.join(root, 'deploy/monitoring');
let token;
let api;
let commune;
before(async () => {
  token = system.token();
  api = new Caller(system, token);
  commune = await api.get('/v1/units:resolve', { code: '31117', on_date: '2023-10-24' });
});

const read = (...parts) => fs.readFileSync(path.join(monitoring, ...parts), 'utf8');
const metricsOf = async (service) =>
  (await fetch(`http://127.0.0.1:${system.config(`${service}_metrics_port`)}/metrics`)).text();

/** The lines of a process's log now, as objects; those that are no JSON as {message}. */
function logOf(name) {
  const folder = path.join(system.data, 'log', name);
  return fs.readFileSync(path.join(folder, 'current'), 'utf8').split('\n').filter(Boolean).map((line) => {
    try {
      return JSON.parse(line);
    } catch {
      return { message: line };
    }
  });
}

const newTrace = () => crypto.randomBytes(16).toString('hex');
const headersOf = (trace) => ({ traceparent: `00-${trace}-00f067aa0ba902b7-01` });

/** Holds the rows that `select` locks for so long; comes back once they are held. */
async function hold(database, select, seconds) {
  const child = spawn('mariadb', ['--no-defaults', `--socket=${system.config('mysql_socket')}`, `--user=${os.userInfo().username}`,
    '--batch', '--unbuffered', '--skip-column-names', database, '-e', `BEGIN; ${select} FOR UPDATE; SELECT SLEEP(${seconds}); ROLLBACK`],
  { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve, reject) => {
    child.stdout.once('data', resolve);
    child.once('exit', (code) => reject(new Error(`mariadb ended with ${code}`)));
  });
  return { released: new Promise((resolve) => { child.once('exit', resolve); }) };
}

const newOpinion = (text, trace) => api.call('POST', '/v1/opinionEntries', {
  body: { unit: commune.name, heardDate: '2023-05-05', topic: 'moi-truong', channel: 'VOTER_MEETING', text },
  headers: trace ? headersOf(trace) : {},
});

test('one trace id leads through gateway, service, slow statement and feed', async () => {
  const trace = newTrace();
  const { released } = await hold('phoihop_opinions', 'SELECT position FROM ledger_head WHERE id = 1', 0.7);
  const answer = await newOpinion('Rác thải ở chợ chưa được thu gom.', trace);
  await released;
  assert.equal(answer.status, 200, answer.text);
  assert.equal(answer.headers.get('trace-id'), trace);
  const position = Number(answer.headers.get('phoihop-position'));
  assert.ok(position > 0);
  const method = 'phoihop.opinions.v1.OpinionsService/CreateOpinionEntry';
  const find = (service, message) => logOf(service).find((l) => l.trace_id === trace && l.message === message);
  assert.equal((await eventually(() => find('gateway', 'http request'), 5000, 'http request')).method, method);
  assert.equal(find('gateway', 'call').method, method);
  const call = find('opinions', 'call');
  assert.equal(call.method, method);
  assert.equal(call.position, position, 'from a ledger record to its request');
  const slow = find('opinions', 'slow statement');
  assert.ok(slow, 'the statement that waited is told');
  assert.equal(slow.method, method);
  assert.match(slow.sql, /ledger_head/);
  assert.ok(slow.ms > 200);
  const count = (await metricsOf('opinions')).match(/^phoihop_mysql_slow_statements_total\{method="([^"]+)"\} [1-9]/m);
  assert.ok(count, 'and counted');
});

test('the trace goes on to who follows the feed', async () => {
  const trace = newTrace();
  const { released } = await hold('phoihop_reporting', "SELECT generation FROM projection_current WHERE service = 'opinions'", 0.8);
  const answer = await newOpinion('Cần thêm đèn đường.', trace);
  assert.equal(answer.status, 200, answer.text);
  await released;
  const slow = await eventually(() => logOf('reporting').find((l) => l.trace_id === trace), 5000, 'a line of reporting');
  assert.equal(slow.message, 'slow statement');
  assert.equal(slow.method, 'feed');
});

/** Everything that any process has written into the folder of logs. */
function allLogs() {
  let text = '';
  for (const entry of fs.readdirSync(path.join(system.data, 'log'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const folder = entry.parentPath ?? entry.path;
    text += fs.readFileSync(path.join(folder, entry.name), 'utf8');
  }
  return text;
}

test('no secret, text of an opinion or name of a person is in any log', async () => {
  const mark = () => `dau-${crypto.randomBytes(8).toString('hex')}`;
  const marks = { text: mark(), refused: mark(), query: mark(), wrongPassword: mark(), password: mark(), person: mark(),
    login: mark(), petition: mark(), badToken: mark(), broken: mark() };
  assert.equal((await newOpinion(`Bà con đề nghị ${marks.text}.`)).status, 200);
  assert.equal((await newOpinion(`${marks.refused}\u0007`)).status, 400);
  await api.call('POST', '/v1/opinionEntries', { body: `{"text": "${marks.broken}", "text": 1` });
  await api.call('GET', '/v1/agreements', { query: { unit: commune.name, filter: `title:"${marks.query}"` } });
  const anonymous = new Caller(system, undefined);
  const { name: member } = await api.post('/v1/members', { displayName: `Nguyễn Văn ${marks.person}` });
  await api.post('/v1/credentials', { member, login: marks.login, password: marks.password });
  const session = await anonymous.post('/v1/sessions', { login: marks.login, password: marks.password });
  const refused = await anonymous.call('POST', '/v1/sessions', { body: { login: marks.login, password: marks.wrongPassword } });
  assert.equal(refused.status, 401);
  assert.equal((await new Caller(system, marks.badToken).call('GET', '/v1/members')).status, 401);
  await new Caller(system, session.token).call('GET', '/v1/members');
  await api.call('POST', '/v1/petitions', { body: { unit: commune.name, reference: marks.petition, kind: 'FEEDBACK', receivedDate: '2023-05-05' } });
  // The same reference again: the database refuses it, and says so with the value.
  await api.call('POST', '/v1/petitions', { body: { unit: commune.name, reference: marks.petition, kind: 'FEEDBACK', receivedDate: '2023-05-05' } });
  await system.ctl('members', 'list');
  const secrets = fs.readdirSync(path.join(system.data, 'secrets')).map((name) =>
    fs.readFileSync(path.join(system.data, 'secrets', name), 'utf8').trim());
  // Let what is buffered be written.
  const last = newTrace();
  await api.call('GET', '/v1/units:resolve', { query: { code: '92', on_date: '2023-10-24' }, headers: headersOf(last) });
  await eventually(() => allLogs().includes(last), 5000, 'the last line');
  const logs = allLogs();
  assert.ok(logs.includes('CreateOpinionEntry') && logs.includes('CreateSession'), 'the calls are there');
  for (const [what, value] of Object.entries(marks)) assert.ok(!logs.includes(value), `${what} is in a log`);
  for (const jwt of [token, session.token]) assert.ok(!logs.includes(jwt.split('.')[2]), 'a token is in a log');
  assert.doesNotMatch(logs, /eyJ[\w-]{20,}\./, 'something like a token is in a log');
  for (const secret of secrets) assert.ok(!logs.includes(secret), 'a secret file\'s content is in a log');
  assert.doesNotMatch(logs, /"seed"|BEGIN [A-Z ]*PRIVATE KEY|argon2id\$/i);
});

/** Names of families with their type, and every sample. */
function parse(text) {
  const types = new Map();
  const samples = [];
  for (const line of text.split('\n')) {
    const type = line.match(/^# TYPE (\S+) (\S+)/);
    if (type) types.set(type[1], type[2]);
    const sample = line.match(/^([a-zA-Z_:]\w*)(?:\{(.*)\})? (\S+)/);
    if (sample) samples.push({ name: sample[1], labels: sample[2] ?? '', value: sample[3] });
  }
  return { types, samples };
}

test('metrics follow the rules of names, have few labels, and tell of no person', async () => {
  for (const service of SERVICES) {
    const text = await metricsOf(service);
    const { types, samples } = parse(text);
    for (const [name, type] of types) {
      if (!/^(phoihop|process)_/.test(name)) continue;
      assert.match(name, /^[a-z][a-z0-9_]*$/);
      assert.equal(name.endsWith('_total'), type === 'counter', `${service}: ${name} is a ${type}`);
      assert.doesNotMatch(name, /milli|micro|_ms$|_us$/, name);
      assert.match(text, new RegExp(`^# HELP ${name} \\S`, 'm'));
    }
    for (const { name, labels } of samples) {
      assert.doesNotMatch(labels, /members\/|bodies\/|units\/|[0-9a-hjkmnp-tv-z]{26}|@/, `${service}: ${name}{${labels}}`);
    }
    assert.ok(samples.length < 5000, `${service}: ${samples.length} samples`);
  }
});

test('a method that does not exist makes no series', async () => {
  const invented = `phoihop.opinions.v1.OpinionsService/Invented${crypto.randomInt(1e9)}`;
  const answer = await api.call('POST', `/${invented}`, { body: {} });
  assert.equal(answer.status, 404);
  for (const service of ['gateway', 'opinions']) {
    assert.ok(!(await metricsOf(service)).includes('Invented'), service);
  }
});

// What the services do not export themselves: other programs' metrics, and the backup's file.
const FOREIGN = /^(node_filesystem_(avail|size)_bytes|phoihop_backup_last_success_timestamp_seconds|up|ALERTS)$/;
// Only with TLS.
const WITH_TLS = 'phoihop_tls_certificate_expiry_timestamp_seconds';

/** The metrics that an expression reads, without the suffixes of histograms. */
function namesIn(expression) {
  const bare = expression.replace(/"[^"]*"/g, '""').replace(/\{[^}]*\}/g, '').replace(/\b(by|on|without|group_left|group_right)\s*\([^)]*\)/g, '');
  return [...bare.matchAll(/\b((?:phoihop|process|node)_\w+|up|ALERTS|service:[\w:]+)\b/g)].map((m) => m[1]);
}

test('rules and dashboard ask only for what is exported; every alert has its test and its entry', async () => {
  const exported = new Set();
  for (const service of SERVICES) {
    const { types } = parse(await metricsOf(service));
    for (const [name, type] of types) {
      exported.add(name);
      if (type === 'histogram') for (const suffix of ['_bucket', '_sum', '_count']) exported.add(name + suffix);
    }
  }
  const recording = read('rules/recording.yaml');
  const alerts = read('rules/alerts.yaml');
  for (const [, name] of recording.matchAll(/record: (\S+)/g)) exported.add(name);
  const dashboard = JSON.parse(read('grafana/phoihop.json'));
  const queries = dashboard.panels.flatMap((panel) => (panel.targets ?? []).map((target) => target.expr));
  assert.ok(queries.length > 30);
  const lines = `${recording}\n${alerts}`.split('\n').filter((line) => !/^\s*(#|- record:|- alert:|- name:|summary:|runbook_url:|labels:)/.test(line));
  const used = new Set([...lines, ...queries].flatMap(namesIn));
  assert.ok(used.size > 30, `${used.size} names`);
  const missing = [...used].filter((name) => !exported.has(name) && !FOREIGN.test(name) && name !== WITH_TLS);
  assert.deepEqual(missing, []);

  const tests = fs.readdirSync(path.join(monitoring, 'rule_tests')).map((file) => read('rule_tests', file)).join('\n');
  const runbook = read('RUNBOOK.md');
  const names = [...alerts.matchAll(/- alert: (\S+)/g)].map((m) => m[1]);
  assert.ok(names.length > 30);
  for (const name of names) {
    assert.ok(tests.includes(`- name: ${name}\n`), `${name} has no test`);
    assert.ok(runbook.includes(`\n## ${name}\n`), `${name} has no entry in the runbook`);
    assert.ok(alerts.includes(`RUNBOOK.md#${name.toLowerCase()}\n`), `${name} does not lead to its entry`);
  }
  assert.equal([...runbook.matchAll(/^## /gm)].length, names.length, 'entries without an alert');
});

test('business figures are those of the register', async () => {
  const wanted = Number(system.sql('SELECT COUNT(*) FROM phoihop_opinions.petitions').trim());
  const shown = async () => {
    const { samples } = parse(await metricsOf('opinions'));
    return samples.filter((s) => s.name === 'phoihop_opinions_petitions').reduce((sum, s) => sum + Number(s.value), 0);
  };
  // Read at most every minute, so it may be a few behind; never ahead.
  const now = await eventually(async () => {
    const figure = await shown();
    return figure > 2000 && figure;
  }, 75_000, 'the figure');
  assert.ok(now <= wanted, `${now} of ${wanted}`);
  assert.match(await metricsOf('agreements'), /^phoihop_agreements_in_force \d/m);
});

test('doctor finds a healthy system healthy, and says what is not there', async () => {
  const json = system.ctlResult('doctor', '--json');
  const report = JSON.parse(json.stdout);
  const verdicts = Object.fromEntries(report.checks.map((c) => [c.check, c.verdict]));
  const broken = report.checks.filter((c) => c.verdict === 'BROKEN' && c.check !== 'disk');
  assert.deepEqual(broken, []);
  for (const service of SERVICES) {
    for (const check of [`service.${service}`, `ledger.${service}`, `database.${service}`, `pool.${service}.main`, `queue.${service}`]) {
      assert.equal(verdicts[check], 'OK', `${check} ${JSON.stringify(report.checks.find((c) => c.check === check))}`);
    }
  }
  for (const check of ['versions', 'keys', 'migrations.opinions', 'mariadb.sync_binlog', 'mariadb.innodb_flush_log_at_trx_commit',
    'mariadb.sql_mode', 'gateway.http', 'feed.reporting.opinions', 'snapshot.gateway']) {
    assert.equal(verdicts[check], 'OK', `${check}: ${verdicts[check]}`);
  }
  assert.equal(verdicts.backup, 'LOOK', 'nobody has made a backup here');
  assert.ok(report.checks.find((c) => c.check === 'backup').advice.vi.length > 0);
  assert.equal(json.status, report.verdict === 'BROKEN' ? 2 : 1);
  const text = system.ctlResult('doctor');
  assert.match(text.stdout, /cần xem {2}\/ {2}\d+ checks/);
});

test('doctor sees a key that others may read, and exits with 2', () => {
  const file = path.join(system.data, 'secrets/page-tokens-opinions');
  fs.chmodSync(file, 0o644);
  try {
    const result = system.ctlResult('doctor', '--json');
    const keys = JSON.parse(result.stdout).checks.find((c) => c.check === 'keys');
    assert.equal(keys.verdict, 'BROKEN');
    assert.match(keys.seen.en, /page-tokens-opinions/);
    assert.equal(result.status, 2);
  } finally {
    fs.chmodSync(file, 0o600);
  }
});

test('top shows each service once', async () => {
  const load = Promise.all(Array.from({ length: 40 }, () => api.overview('92')));
  const { stdout, status, stderr } = system.ctlResult('top', '--once', '--json');
  await load;
  assert.equal(status, 0, stderr);
  const lines = JSON.parse(stdout);
  assert.deepEqual(lines.map((l) => l.service).sort(), [...SERVICES].sort());
  for (const line of lines) {
    assert.ok(line.up && line.databaseUp && line.memoryBytes > 1e6, JSON.stringify(line));
    assert.ok(line.poolSize > 0 && line.position > 0, JSON.stringify(line));
  }
  const table = system.ctlResult('top', '--once').stdout;
  for (const service of SERVICES) assert.match(table, new RegExp(`^${service} `, 'm'));
});

test('a caller beyond its share is told when to come back, others are served, and shares change at once', async () => {
  const file = path.join(system.data, 'limits.json');
  const write = (limits) => {
    fs.writeFileSync(`${file}.new`, JSON.stringify(limits));
    fs.chmodSync(`${file}.new`, 0o644);
    fs.renameSync(`${file}.new`, file);
  };
  const { members } = await api.get('/v1/members', { page_size: 1000 });
  const { name } = members.find((m) => m.displayName === 'Người xem Quận Ninh Kiều');
  const viewer = new Caller(system, system.token(name));
  const ask = () => viewer.call('GET', '/v1/units:resolve', { query: { code: '92', on_date: '2023-10-24' } });
  assert.equal((await ask()).status, 200);
  try {
    write({ callers: { [name]: { per_second: 0.01, burst: 1 } } });
    const refused = await eventually(async () => {
      const answer = await ask();
      return answer.status === 429 && answer;
    }, 5000, 'a refusal');
    assert.ok(Number(refused.headers.get('retry-after')) >= 1);
    assert.ok(refused.body.details.some((d) => d.reason === 'CALLER_RATE'), refused.text);
    assert.ok(refused.body.details.some((d) => d.locale === 'vi-VN'), refused.text);
    assert.equal((await api.call('GET', '/v1/members')).status, 200, 'others');
    assert.match(await metricsOf('gateway'), /^phoihop_gateway_refused_total\{reason="caller_rate"\} [1-9]/m);
    fs.writeFileSync(file, '{"callers": 1}');
    await eventually(async () => /^phoihop_gateway_limits_file_good 0$/m.test(await metricsOf('gateway')), 5000, 'a bad file shows');
    assert.equal((await ask()).status, 429, 'a bad file changes nothing');
  } finally {
    write({ callers: { [name]: { per_second: 1000, burst: 2000 } } });
  }
  await eventually(async () => (await ask()).status === 200, 5000, 'served again');
  fs.rmSync(file);
});
