// Images, and everything on one host by compose: built, started, loaded with the demonstration, asked
// over TLS through HAProxy, hurt, ended. Then a part of the Kubernetes manifests as pods. With podman,
// as root, without a Docker engine and without a registry.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import YAML from 'yaml';
import { message, stringField } from '../faults/grpc.mjs';
import { eventually, freePort, programs, root, SERVICES, sleep } from '../journeys/lib/system.mjs';
import { anonymousCallers, databaseLogins, exchanges } from './lib/admission.mjs';
import { resolve } from './lib/kustomize.mjs';
import { addressOf, answersWithin, client, compose, containerOf, data, DAY, folder, overviewIsRight, podman, PROJECT, skip, state, TAG, underCalls } from './lib/stack.mjs';

const OWN = [...SERVICES, 'ctl'];
const IMAGES = [...OWN, 'mariadb', 'haproxy', 'prometheus', 'exporter', 'prober'];
const out = path.join(folder, 'out');
const imageOf = (name) => `localhost/phoihop/${name}:${TAG}`;

const build = (...args) => podman.good(path.join(root, 'deploy/containers/build'),
  ['--from-build', '--tag', TAG, ...args],
  // One time and revision, so that a commit meanwhile is no difference.
  { env: { ...podman.env, PHOIHOP_BIN: programs, SOURCE_DATE_EPOCH: '1700000000', PHOIHOP_REVISION: 'test' } });
const digestOf = (name, where = out) => fs.readFileSync(path.join(where, `${name}.digest`), 'utf8').split(' ')[1];

async function minutes(what, work) {
  const began = Date.now();
  const result = await work();
  console.log(`${what}: ${((Date.now() - began) / 1000).toFixed(1)} s`);
  return result;
}

after(() => {
  if (!podman) return;
  if (!process.env.PHOIHOP_TEST_KEEP) podman.end();
  fs.rmSync(path.join(folder, 'again'), { recursive: true, force: true });
});

test('images are small, hold what they need and a list of it', { skip }, async () => {
  podman.end();
  await minutes('build', () => build('--out', out));
  for (const name of IMAGES) {
    const image = podman.inspect(imageOf(name));
    const { size, files } = podman.mounted(imageOf(name), (mount) => {
      const list = spawnSync('find', [mount, '-mindepth', '1', '-printf', '%s %m %U %y /%P\n'], { encoding: 'utf8' }).stdout.trim().split('\n')
        .map((line) => line.split(' ')).map(([bytes, mode, user, type, file]) => ({ bytes: Number(bytes), mode, user, type, file }));
      return { files: list, size: list.filter((file) => file.type === 'f').reduce((sum, file) => sum + file.bytes, 0) };
    });
    console.log(`${name}: ${(size / 1e6).toFixed(1)} MB, ${files.filter((file) => file.type === 'f').length} files`);
    assert.ok(size < 60e6, `${name}: ${size}`);
    assert.equal(image.Config.User, '65532:65532');
    if (name !== 'ctl') assert.equal(image.Healthcheck?.Test?.[0] ?? image.HealthCheck?.Test?.[0], 'CMD', name);
    assert.ok(!files.some((file) => /[4-7]\d{3}$/.test(file.mode) && file.type === 'f'), `${name}: set-user-id`);
    // Nothing that the user could change lies among what runs.
    assert.ok(files.filter((file) => file.type === 'f').every((file) => file.user === '0' && !/[2367]$/.test(file.mode)), name);
    if (name !== 'mariadb') assert.ok(!files.some((file) => /\/(sh|bash|dash|apt|dpkg)$/.test(file.file)), `${name}: a shell`);
    assert.ok(!files.some((file) => /\.(key|pem)$/.test(file.file)), `${name}: keys`);

    const sbom = JSON.parse(fs.readFileSync(path.join(out, `${name}.spdx.json`), 'utf8'));
    assert.equal(sbom.spdxVersion, 'SPDX-2.3');
    const ids = sbom.packages.map((entry) => entry.SPDXID);
    assert.equal(new Set(ids).size, ids.length);
    assert.ok(sbom.relationships.every((link) => ['SPDXRef-DOCUMENT', ...ids].includes(link.spdxElementId) && ids.includes(link.relatedSpdxElement)));
    const names = sbom.packages.map((entry) => entry.name);
    for (const wanted of ['libc6', `phoihop-${name}`, ...(OWN.includes(name) ? ['libgrpc++1.51', 'libssl3', 'libicu72'] : [])]) {
      assert.ok(names.includes(wanted), `${name}: ${wanted}`);
    }
    assert.ok(sbom.packages.every((entry) => entry.versionInfo));
  }
});

test('what was cut from ICU changes no text', { skip }, () => {
  const program = path.join(programs, '../common/text/common_text_test');
  podman.mounted(imageOf('directory'), (mount) => {
    const libraries = path.join(folder, 'icu');
    fs.rmSync(libraries, { recursive: true, force: true });
    fs.mkdirSync(libraries);
    const [name] = fs.readdirSync(path.join(mount, 'usr/lib/x86_64-linux-gnu')).filter((file) => file.startsWith('libicudata'));
    fs.copyFileSync(path.join(mount, 'usr/lib/x86_64-linux-gnu', name), path.join(libraries, name));
    assert.ok(fs.statSync(path.join(libraries, name)).size < 5e6);
    const { status, stdout } = spawnSync(program, ['--gtest_brief=1'], { encoding: 'utf8', cwd: root, env: { ...process.env, LD_LIBRARY_PATH: libraries } });
    assert.equal(status, 0, stdout);
    fs.rmSync(libraries, { recursive: true });
  });
});

test('the same sources give the same digest, built anew', { skip }, async () => {
  const again = path.join(folder, 'again');
  await minutes('build anew', () => build('--no-cache', '--base', 'localhost/phoihop/base:bookworm', '--out', again, 'directory', 'gateway', 'haproxy'));
  for (const name of ['directory', 'gateway', 'haproxy']) assert.equal(digestOf(name, again), digestOf(name), name);
});

test('compose: everything starts in order, and the demonstration is loaded through HAProxy', { skip }, async () => {
  fs.rmSync(data, { recursive: true, force: true });
  state.port = await freePort();
  const init = compose('init', '--project', PROJECT, '--tag', TAG, '--publish', `127.0.0.1:${state.port}`);
  assert.equal(init.status, 0, init.stderr);
  const up = await minutes('compose up, the first time', () => compose('up'));
  assert.equal(up.status, 0, up.stdout + up.stderr);
  assert.match(up.stdout, /Mật khẩu \/ password: +[a-z2-9]{20}/);
  assert.ok(!fs.existsSync(path.join(data, 'ctl/first-password')));
  const demo = await minutes('demonstration', () => compose('demo', 'can-tho'));
  assert.equal(demo.status, 0, demo.stdout + demo.stderr);
  const issued = compose('token');
  assert.equal(issued.status, 0, issued.stderr);
  state.token = issued.stdout.trim();
});

test('one port, TLS: REST over HTTP/2 and gRPC', { skip }, async () => {
  const https = client();
  await overviewIsRight(https);
  assert.equal(https.protocol, 'h2');
  const { code, bytes } = await https.grpc('phoihop.directory.v1.DirectoryService/ResolveUnit', message([1, '92'], [2, DAY]));
  assert.equal(code, 0);
  assert.equal(stringField(bytes, 1), (await https.get('/v1/units:resolve', { code: '92', on_date: DAY })).name);
  https.close();
  // Without the authority there is no answer; without TLS neither.
  await assert.rejects(fetch(`https://localhost:${state.port}/healthz`));
  await assert.rejects(fetch(`http://127.0.0.1:${state.port}/healthz`));
});

test('containers run without rights, and only HAProxy is reachable', { skip }, () => {
  const running = [...SERVICES, 'mariadb', 'haproxy', 'prometheus', 'exporter', 'prober'];
  for (const service of running) {
    const { HostConfig: host, State: state, EffectiveCaps: caps, NetworkSettings: network } = podman.inspect(containerOf(service));
    assert.equal(host.ReadonlyRootfs, true, service);
    assert.deepEqual(caps ?? [], [], service);
    assert.ok(host.SecurityOpt.includes('no-new-privileges') && !host.Privileged && host.Memory > 0 && host.PidsLimit > 0, service);
    const published = Object.values(network.Ports ?? {}).filter((ports) => ports !== null);
    assert.equal(published.length, service === 'haproxy' ? 1 : 0, service);
    const status = fs.readFileSync(`/proc/${state.Pid}/status`, 'utf8');
    assert.match(status, /^Uid:\t65532\t65532\t65532\t65532$/m, service);
    assert.match(status, /^CapEff:\t0+$/m, service);
    assert.match(status, /^NoNewPrivs:\t1$/m, service);
    // What the kernel lets it write: only its volumes and temporary folders.
    const mounts = fs.readFileSync(`/proc/${state.Pid}/mounts`, 'utf8').split('\n').map((line) => line.split(' '));
    assert.match(mounts.find(([, where]) => where === '/')[3], /^ro,/, service);
    for (const [, where, , options] of mounts.filter(([, at]) => /^\/run\/phoihop\//.test(at ?? ''))) assert.match(options, /^ro,/, `${service}: ${where}`);
  }
  // HAProxy reaches the gateway; neither the database nor a service, even by its address.
  const { Pid: pid } = podman.inspect(containerOf('haproxy')).State;
  const reaches = (service, network, servicePort) => spawnSync('timeout', ['3', 'nsenter', '--target', `${pid}`, '--net', 'bash', '-c',
    `exec 3<>/dev/tcp/${addressOf(service, network)}/${servicePort}`]).status === 0;
  assert.ok(reaches('gateway', 'front', 8080) && reaches('gateway', 'front', 9090));
  assert.ok(!reaches('gateway', 'inside', 9100));
  assert.ok(!reaches('directory', 'inside', 7101) && !reaches('directory', 'inside', 9100));
  assert.ok(!reaches('mariadb', 'data', 3306));
});

/** An answer of Prometheus' API, asked from inside. */
const prometheus = (what) => JSON.parse(podman.podman('exec', containerOf('prometheus'), '/usr/bin/wget', '-q', '-O', '-', `http://127.0.0.1:9090/api/v1/${what}`)).data;
const valuesOf = (query) => prometheus(`query?query=${encodeURIComponent(query)}`).result;

test('Prometheus sees every service and the disk, and has the rules', { skip }, async () => {
  await eventually(() => {
    const targets = prometheus('targets').activeTargets;
    return targets.length === SERVICES.length + 4 && targets.every((target) => target.health === 'up');
  }, 60_000, 'all targets are up');
  assert.ok(prometheus('rules').groups.length > 0);
  // What users see, and when that certificate ends.
  await eventually(() => valuesOf('probe_success{job="site"} == 1').length === 1, 30_000, 'the site answers the prober');
  const [{ value: [now, end] }] = valuesOf('probe_ssl_earliest_cert_expiry{job="site"}');
  assert.ok(end - now > 300 * 86_400, `${end - now} s`);
  // What the alerts of a full disk look at.
  await eventually(() => valuesOf('node_filesystem_avail_bytes{fstype!~"tmpfs|overlay|squashfs"}').some((row) => row.metric.mountpoint === '/disks/volumes'),
    30_000, 'the disk of the volumes is seen');
});

test('the doctor and top see every service, the database\'s certificate and what HAProxy shows', { skip }, () => {
  const top = compose('ctl', 'top', '--once', '--json');
  assert.equal(top.status, 0, top.stderr);
  assert.deepEqual(JSON.parse(top.stdout).map((line) => line.service).sort(), [...SERVICES].sort());
  const { checks } = JSON.parse(compose('ctl', 'doctor', '--json').stdout);
  const verdicts = Object.fromEntries(checks.map((check) => [check.check, check.verdict]));
  for (const service of SERVICES) {
    assert.equal(verdicts[`service.${service}`], 'OK', service);
    assert.equal(verdicts[`certificate.${service}.database`], 'OK', service);
  }
  assert.equal(verdicts['certificate.site'], 'OK');
});

test('certificates are renewed without a failed call', { skip }, async () => {
  // Each ends in a reload of HAProxy, whose new process must know the gateway from its first moment on.
  for (let i = 0; i < 3; i++) {
    const due = await underCalls(['renew']);
    assert.doesNotMatch(due.said, /renewed/, 'none ends soon');
  }
  // Idle connections are ended by HAProxy's reload.
  const { said, shown } = await underCalls(['renew', '--all'], 10_000);
  assert.equal(said.match(/renewed/g).length, SERVICES.length + 3, said);
  assert.equal(shown.size, 2, 'the old and the new certificate');
  const health = compose('ctl', 'health', '--wait=20s');
  assert.equal(health.status, 0, health.stdout + health.stderr);
});

test('the database lets nobody in without the certificate of that service', { skip }, databaseLogins);

test('passwords and keys are exchanged without a failed call', { skip }, exchanges);

test('anonymous callers have an address each behind HAProxy, over HTTP and gRPC; limits change while all runs', { skip }, anonymousCallers);

test('what is killed comes back by itself', { skip }, async () => {
  for (const service of ['opinions', 'gateway', 'haproxy', 'mariadb', 'directory']) {
    const { Pid: pid } = podman.inspect(containerOf(service)).State;
    process.kill(pid, 'SIGKILL');
    const began = Date.now();
    await eventually(() => podman.inspect(containerOf(service)).State.Pid > 0 && podman.inspect(containerOf(service)).State.Pid !== pid,
      30_000, `${service} is started again`);
    await answersWithin(60_000, `right answers after ${service} was killed`);
    console.log(`${service} killed: right answers after ${((Date.now() - began) / 1000).toFixed(1)} s`);
  }
  const verified = compose('ctl', 'ledger', 'verify');
  assert.equal(verified.status, 0, verified.stdout + verified.stderr);
  const stats = podman.podman('stats', '--no-stream', '--no-reset', '--format', '{{.Name}} {{.MemUsage}}');
  console.log(stats.trim());
});

test('the data outlive the containers', { skip }, async () => {
  assert.equal(compose('down').status, 0);
  // With other limits, which hold from now on.
  fs.appendFileSync(path.join(data, 'env'), 'PHOIHOP_WORKERS=48\nPHOIHOP_MAX_CONNECTIONS=444\n');
  const up = await minutes('compose up, again', () => compose('up'));
  assert.equal(up.status, 0, up.stdout + up.stderr);
  for (const service of SERVICES) {
    const { Env: variables } = podman.inspect(containerOf(service)).Config;
    assert.ok(variables.includes('PHOIHOP_WORKERS=48') && variables.includes('PHOIHOP_LANES=4'), service);
  }
  assert.match(podman.podman('exec', containerOf('mariadb'), '/usr/bin/mariadb', '--no-defaults', '--socket=/tmp/mysqld/mysqld.sock', '--user=phoihop', '-e', 'SELECT @@max_connections'), /444/);
  assert.doesNotMatch(up.stdout, /password/);
  await answersWithin(30_000, 'right answers after a new start');
});

test('a backup of the containers is restored into new volumes, to a second', { skip }, async () => {
  const backup = path.join(folder, 'backup');
  const key = path.join(folder, 'recovery-key');
  for (const old of [backup, key, `${key}.pem`]) fs.rmSync(old, { recursive: true, force: true });
  const back = (...args) => {
    const result = compose('backup', ...args);
    assert.equal(result.status, 0, result.stdout + result.stderr);
    return result.stdout;
  };
  const write = async (text) => {
    const https = client();
    try {
      const { name } = await https.get('/v1/units:resolve', { code: '92', on_date: DAY });
      return (await https.post('/v1/opinionEntries', { request_id: crypto.randomUUID() }, { unit: name, topic: 'Giao thông', channel: 'PRESS', text, heardDate: DAY })).name;
    } finally {
      https.close();
    }
  };
  back('recovery-key', '--key', key, '--cert', `${key}.pem`);
  const before = await write('trước bản đầy đủ');
  await minutes('full backup', () => back('full', '--backup', backup, '--recovery-cert', `${key}.pem`));
  const between = await write('sau bản đầy đủ');
  await sleep(1100);
  const instant = new Date().toISOString().replace(/\.\d+Z/, 'Z');
  await sleep(1100);
  const after = await write('sau mốc được chọn');
  await sleep(1100);
  back('archive', '--once', '--backup', backup);
  assert.match(back('verify', '--backup', backup), /nguyên vẹn/);

  // Where the volumes are still there, that is said before anything is touched.
  const beside = path.join(folder, 'beside');
  const refused = podman.run(path.join(root, 'deploy/compose'),
    ['--data', beside, '--engine', 'podman', '--tag', TAG, 'restore', '--to', instant, '--from', backup, '--recovery-key', key]);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /_mysql đã có.*\n.*_mysql is there already/);
  assert.ok(!fs.existsSync(beside));

  // What is copied is not encrypted, so no password lies in it, neither in the tables nor in the log.
  for (const file of [...SERVICES.map((service) => `services/${service}/mysql`), 'services/mariadb/mysql-admin']) {
    const found = spawnSync('grep', ['-rlaF', fs.readFileSync(path.join(data, file), 'utf8').trim(), backup], { encoding: 'utf8' });
    assert.deepEqual([found.status, found.stdout], [1, ''], file);
  }
  // A disaster: containers, volumes and the folder of secrets are gone.
  assert.equal(compose('down', '--volumes').status, 0);
  fs.rmSync(data, { recursive: true });
  const restored = await minutes('restore', () => compose('--tag', TAG, 'restore', '--to', instant, '--from', backup, '--recovery-key', key));
  assert.equal(restored.status, 0, restored.stdout + restored.stderr);
  const up = await minutes('compose up, restored', () => compose('up'));
  assert.equal(up.status, 0, up.stdout + up.stderr);
  assert.match(up.stdout, /comparing the restored projection[^]*equal: the projection is what the ledgers say/);
  // With the token and the authority from before: keys came back as well.
  await answersWithin(30_000, 'right answers after a restore');
  const https = client();
  assert.equal((await https.get(`/v1/${before}`)).text, 'trước bản đầy đủ');
  assert.equal((await https.get(`/v1/${between}`)).text, 'sau bản đầy đủ');
  await assert.rejects(https.get(`/v1/${after}`), /404/);
  https.close();
  await write('ghi tiếp');
  const verified = compose('ctl', 'ledger', 'verify');
  assert.equal(verified.status, 0, verified.stdout + verified.stderr);
  // The exporter tells of the backups, which is what their alerts look at.
  await eventually(() => valuesOf('phoihop_backup_last_success_timestamp_seconds').some((row) => row.metric.kind === 'full'), 60_000, 'the age of backups is seen');
  const down = compose('down', '--volumes');
  assert.equal(down.status, 0, down.stdout + down.stderr);
  assert.deepEqual(podman.left(), []);
});

/**
 * What podman 4.3 takes of a pod: no job, no set, secrets as folders of the host. It lets envFrom win
 * over env, which Kubernetes does not; so the two are joined here.
 */
function playable(object, folders, config, extra = []) {
  const template = structuredClone(object.spec.template);
  for (const container of template.spec.containers) {
    container.image = container.image.replace(/:[^:]*$/, `:${TAG}`);
    const own = Object.fromEntries((container.env ?? []).map(({ name, value }) => [name, value]));
    const all = { ...(container.envFrom ? config : {}), ...own };
    container.env = Object.entries(all).map(([name, value]) => ({ name, value }));
    delete container.envFrom;
  }
  for (const volume of [...(template.spec.volumes ?? []), ...extra]) {
    const name = volume.secret?.secretName ?? volume.configMap?.name;
    if (name === undefined) continue;
    delete volume.secret;
    delete volume.configMap;
    volume.hostPath = { path: folders[name], type: 'Directory' };
  }
  template.spec.volumes.push(...extra);
  if (object.kind !== 'Job') return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: object.metadata.name }, spec: { replicas: 1, template } };
  return { apiVersion: 'v1', kind: 'Pod', metadata: { name: object.metadata.name, labels: template.metadata.labels }, spec: template.spec };
}

test('pods of the manifests: database, migration, a service', { skip }, async () => {
  const objects = resolve(path.join(root, 'deploy/kubernetes/overlays/one'));
  const find = (kind, name) => objects.find((object) => object.kind === kind && object.metadata.name === name);
  const folders = {
    'phoihop-mysql-admin': `${data}/services/mariadb`,
    'phoihop-directory': `${data}/services/directory`,
    'phoihop-tls-directory': `${data}/tls/directory`,
    'phoihop-tls-mariadb': `${data}/tls/mariadb`,
    'phoihop-trusted': `${data}/trusted`,
  };
  podman.podman('network', 'create', 'pods');
  const config = find('ConfigMap', 'phoihop').data;
  const play = (object, alias, extra) => {
    const pod = playable(object, folders, config, extra);
    const file = path.join(folder, 'pod.yaml');
    fs.writeFileSync(file, YAML.stringify(pod));
    podman.podman('play', 'kube', '--network', `pods:alias=${alias}`, file);
    fs.rmSync(file);
  };
  const healthy = (container, command) => eventually(
    () => podman.run('podman', ['exec', container, ...command]).status === 0, 60_000, `${container} serves`);

  const database = find('StatefulSet', 'mariadb');
  play(database, 'mariadb', [{ name: 'data', persistentVolumeClaim: { claimName: 'mariadb-data' } }]);
  await healthy('mariadb-pod-0-mariadb', database.spec.template.spec.containers[0].readinessProbe.exec.command);
  play(find('Job', 'migrate-directory'), 'migrate');
  await eventually(() => podman.inspect('migrate-directory-migrate').State.Status === 'exited' &&
    podman.inspect('migrate-directory-migrate').State.ExitCode === 0, 60_000, 'the migration ends');
  const directory = find('Deployment', 'directory');
  play(directory, 'directory');
  await healthy('directory-pod-0-directory', directory.spec.template.spec.containers[0].readinessProbe.exec.command);
  const { HostConfig: host, Config: settings, EffectiveCaps: caps } = podman.inspect('directory-pod-0-directory');
  assert.deepEqual([host.ReadonlyRootfs, settings.User, caps ?? []], [true, '65532:65532', []]);
  podman.end();
  fs.rmSync(data, { recursive: true, force: true });
  assert.deepEqual(podman.left(), []);
});
