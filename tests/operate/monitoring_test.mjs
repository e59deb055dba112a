// Prometheus' own tool looks at what we give it: configuration, rules, their unit tests, and the metrics of a running system.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Caller } from '../journeys/lib/http.mjs';
import { deploy, freePort, root, SERVICES, System } from '../journeys/lib/system.mjs';

const monitoring = path.join(root, 'deploy/monitoring');
const promtool = (args, options = {}) =>
  spawnSync('promtool', args, { encoding: 'utf8', timeout: 300_000, cwd: monitoring, ...options });

const folder = path.join(process.env.PHOIHOP_TEST_SYSTEM ?? fs.mkdtempSync(path.join(os.tmpdir(), 'phoihop-')), 'monitoring');
const system = new System(path.join(folder, 'data'));
before(async () => {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  const started = system.up('--http-port', String(await freePort()), '--grpc-port', String(await freePort()));
  assert.equal(started.status, 0, started.stdout + started.stderr);
});
after(() => {
  const ended = system.down();
  assert.equal(ended.status, 0, ended.stderr);
});

test('configuration and rules are valid', () => {
  for (const args of [['check', 'config', 'prometheus.yml'], ['check', 'rules', 'rules/recording.yaml', 'rules/alerts.yaml']]) {
    const checked = promtool(args);
    assert.equal(checked.status, 0, checked.stdout + checked.stderr);
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
