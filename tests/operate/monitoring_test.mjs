// Prometheus' own tool looks at what we give it: configuration, rules, their unit tests, and the metrics of a running system.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Caller } from '../journeys/lib/http.mjs';
import { deploy, eventually, freePort, root, SERVICES, System } from '../journeys/lib/system.mjs';

const monitoring = path.join(root, 'deploy/monitoring');
const promtool = (args, options = {}) =>
  spawnSync('promtool', args, { encoding: 'utf8', timeout: 300_000, cwd: monitoring, ...options });

const folder = path.join(process.env.PHOIHOP_TEST_SYSTEM ?? fs.mkdtempSync(path.join(os.tmpdir(), 'phoihop-')), 'monitoring');
const system = new System(path.join(folder, 'data'));
const backup = path.join(folder, 'backup');
before(async () => {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  const started = system.up('--backup', backup, '--http-port', String(await freePort()), '--grpc-port', String(await freePort()));
  assert.equal(started.status, 0, started.stdout + started.stderr);
});
after(() => {
  const ended = system.down();
  assert.equal(ended.status, 0, ended.stderr);
});

test('configuration and rules are valid', () => {
  for (const args of [['check', 'config', 'prometheus.yml'], ['check', 'config', '../containers/prometheus.yml'], ['check', 'rules', 'rules/recording.yaml', 'rules/alerts.yaml']]) {
    const checked = promtool(args);
    assert.equal(checked.status, 0, checked.stdout + checked.stderr);
  }
});

test('an alert reaches the Alertmanager that a file names, when it names one', async () => {
  const own = path.join(folder, 'prometheus');
  fs.cpSync(monitoring, own, { recursive: true });
  const [port, alertsPort] = [await freePort(), await freePort()];
  const received = new Set();
  const manager = http.createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => { body += chunk; });
    request.on('end', () => {
      if (request.url.startsWith('/api/v2/alerts')) for (const { labels } of JSON.parse(body)) received.add(labels.alertname);
      response.end('{}');
    });
  });
  await new Promise((resolve) => { manager.listen(alertsPort, '127.0.0.1', resolve); });
  const prometheus = spawn('prometheus', ['--config.file=prometheus.yml', '--storage.tsdb.path=data', `--web.listen-address=127.0.0.1:${port}`],
    { cwd: own, stdio: 'ignore' });
  const api = async (what) => (await (await fetch(`http://127.0.0.1:${port}/api/v1/${what}`)).json()).data;
  try {
    const fires = async () => (await api('alerts')).alerts.some((alert) => alert.labels.alertname === 'PhoihopWatchdog');
    await eventually(() => fires().catch(() => false), 60_000, 'the first alert');
    assert.equal((await api('alertmanagers')).activeAlertmanagers.length, 0);
    fs.mkdirSync(path.join(own, 'alertmanagers.d'), { recursive: true });
    fs.writeFileSync(path.join(own, 'alertmanagers.d/mine.json'), JSON.stringify([{ targets: [`127.0.0.1:${alertsPort}`] }]));
    await eventually(() => received.has('PhoihopWatchdog'), 150_000, 'the alert, at the Alertmanager');
  } finally {
    prometheus.kill();
    manager.close();
  }
});

for (const file of fs.readdirSync(path.join(monitoring, 'rule_tests'))) {
  test(`the unit tests of ${file} pass`, () => {
    const run = promtool(['test', 'rules', path.join('rule_tests', file)]);
    assert.equal(run.status, 0, run.stdout + run.stderr);
    assert.match(run.stdout, /SUCCESS/);
  });
}

test('the targets of a data folder are those of its processes', () => {
  const made = deploy('monitoring/targets', ['--data', system.data]);
  assert.equal(made.status, 0, made.stderr);
  const targets = JSON.parse(made.stdout);
  assert.deepEqual(targets.map((t) => t.labels.service), SERVICES);
  for (const { targets: [address], labels } of targets) {
    assert.equal(address, `127.0.0.1:${system.config(`${labels.service}_metrics_port`)}`);
  }
});

/** What the doctor says, by check. */
const doctor = (...args) => {
  const { stdout, stderr } = system.ctlResult('doctor', '--json', ...args);
  assert.ok(stdout !== '', stderr);
  return Object.fromEntries(JSON.parse(stdout).checks.map((check) => [check.check, check]));
};

test('the doctor finds the backups where up was told to make them', async () => {
  const before = doctor();
  assert.equal(before['backup.full'].verdict, 'BROKEN', 'a log without a full copy restores nothing');
  assert.match(before['backup.full'].advice.en, /backup full/);
  assert.equal(before['backup.drill'].verdict, 'LOOK');

  const [key, cert] = ['key', 'cert'].map((name) => path.join(folder, `recovery.${name}`));
  for (const args of [['recovery-key', '--key', key, '--cert', cert], ['full', '--recovery-cert', cert]]) {
    const made = system.ctlResult('backup', ...args);
    assert.equal(made.status, 0, made.stdout + made.stderr);
  }
  await eventually(() => doctor()['backup.archive']?.verdict === 'OK', 30_000, 'the archived log');
  const after = doctor();
  for (const kind of ['full', 'incremental', 'archive']) {
    assert.equal(after[`backup.${kind}`].verdict, 'OK', kind);
    assert.match(after[`backup.${kind}`].seen.en, /^[0-3] min ago$/);
  }
  assert.equal(after['backup.drill'].seen.en, 'never');
  assert.match(after['backup.drill'].advice.vi, /deploy\/backup\/drill/);
});

test('the doctor looks at the certificate that a proxy shows', async () => {
  const authority = path.join(folder, 'site');
  for (const args of [['init', authority], ['issue', authority, 'site', '--days', '400'], ['issue', authority, 'soon', '--days', '5']]) {
    const made = deploy('ca', args);
    assert.equal(made.status, 0, made.stderr);
  }
  const port = await freePort();
  const site = () => doctor('--site_address', `127.0.0.1:${port}`)['certificate.site'];
  assert.equal(site().verdict, 'BROKEN', 'nobody answers');
  for (const [name, verdict, seen] of [['site', 'OK', /^good for 400 days$/], ['soon', 'LOOK', /^ends in 5 days$/]]) {
    const server = spawn('openssl', ['s_server', '-quiet', '-accept', `127.0.0.1:${port}`, '-cert', path.join(authority, name, 'cert.pem'),
      '-key', path.join(authority, name, 'key.pem')], { stdio: 'ignore' });
    try {
      const found = await eventually(() => {
        const found = site();
        return found.verdict !== 'BROKEN' && found;
      }, 10_000, 'the server');
      assert.equal(found.verdict, verdict);
      assert.match(found.seen.en, seen);
    } finally {
      server.kill();
    }
  }
  assert.equal(doctor()['certificate.site'], undefined, 'nothing is known of a site');
});

test('every process\'s metrics pass promtool', async () => {
  const api = new Caller(system, system.token());
  await api.call('GET', '/v1/members');
  for (const service of SERVICES) {
    const text = await (await fetch(`http://127.0.0.1:${system.config(`${service}_metrics_port`)}/metrics`)).text();
    const checked = promtool(['check', 'metrics'], { input: text });
    // What the library itself exports about its endpoint has no unit.
    const ours = (checked.stdout + checked.stderr).split('\n').filter((line) => line !== '' && !line.startsWith('exposer_'));
    assert.deepEqual(ours, [], service);
  }
});
