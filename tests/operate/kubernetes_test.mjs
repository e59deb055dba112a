// The manifests of deploy/kubernetes and deploy/compose.yaml: types, references, rights, and the
// arrows of the design. Nothing is started; a cluster is not needed.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { programs, root, SERVICES } from '../journeys/lib/system.mjs';
import { objectsOf, resolve } from './lib/kustomize.mjs';
import { typeErrors } from './lib/types.mjs';

const folder = path.join(root, 'deploy/kubernetes/overlays');
const overlays = { one: resolve(path.join(folder, 'one')), three: resolve(path.join(folder, 'three')) };
const all = Object.values(overlays).flat();
const podOf = (object) => object.spec?.template;
const containersOf = (pod) => [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
const copy = (object) => structuredClone(object);

/** Workloads of an overlay as [object, pod template]. */
const workloads = (objects) => objects.filter(podOf).map((object) => [object, podOf(object)]);

test('the compiler accepts every manifest, and no mistyped field or value', () => {
  const directory = overlays.one.find((object) => object.kind === 'Deployment' && object.metadata.name === 'directory');
  const policy = overlays.one.find((object) => object.kind === 'NetworkPolicy' && object.metadata.name === 'gateway');
  const mistake = (object, at, change) => {
    const wrong = copy(object);
    change(wrong);
    return { object: wrong, at };
  };
  const pod = (object) => object.spec.template.spec;
  assert.equal(typeErrors(all, [
    mistake(directory, 'replica', (o) => { o.spec.replica = 3; }),
    mistake(directory, 'livenesProbe', (o) => { pod(o).containers[0].livenesProbe = {}; }),
    mistake(directory, 'readOnlyRootFileSystem', (o) => { pod(o).containers[0].securityContext.readOnlyRootFileSystem = true; }),
    mistake(directory, 'runAsNonRoot', (o) => { pod(o).securityContext.runAsNonRoot = 'true'; }),
    mistake(directory, 'secretname', (o) => { pod(o).volumes[0].secret.secretname = 'x'; }),
    mistake(policy, 'podselector', (o) => { o.spec.podselector = {}; }),
  ]), '');
});

test('kubectl makes the same of the overlays, where there is one', (t) => {
  if (spawnSync('kubectl', ['kustomize', '--help']).status !== 0) return t.skip('no kubectl');
  const version = execFileSync('kubectl', ['version', '--client', '--output=json'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  // Debian 12 has one of 2021, which does not know `replicas` and `patches`.
  if (!/"kustomizeVersion": "v[5-9]/.test(version)) return t.skip('kubectl is too old');
  for (const [name, objects] of Object.entries(overlays)) {
    const made = objectsOf(execFileSync('kubectl', ['kustomize', path.join(folder, name)], { encoding: 'utf8' }));
    const sorted = (list) => copy(list).sort((a, b) => `${a.kind}/${a.metadata.name}`.localeCompare(`${b.kind}/${b.metadata.name}`));
    assert.deepEqual(sorted(objects), sorted(made), name);
  }
});

test('no container has more rights than it needs, and each says what it uses', () => {
  for (const [object, pod] of workloads(all)) {
    const name = `${object.kind}/${object.metadata.name}`;
    const { spec } = pod;
    assert.equal(spec.automountServiceAccountToken, false, name);
    assert.equal(spec.enableServiceLinks, false, name);
    assert.deepEqual([spec.securityContext.runAsNonRoot, spec.securityContext.runAsUser, spec.securityContext.seccompProfile],
      [true, 65532, { type: 'RuntimeDefault' }], name);
    assert.ok(!spec.hostNetwork && !spec.hostPID && !(spec.volumes ?? []).some((volume) => volume.hostPath), name);
    for (const container of containersOf(pod)) {
      assert.deepEqual(container.securityContext,
        { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } }, name);
      assert.ok(container.resources.requests.memory && container.resources.requests.cpu && container.resources.limits.memory, name);
      assert.match(container.image, /^localhost\/phoihop\/[a-z]+:\d/, name);
      const mounted = container.volumeMounts.map((mount) => mount.name);
      const volumes = [...(spec.volumes ?? []), ...(object.spec.volumeClaimTemplates ?? []).map((claim) => claim.metadata)]
        .map((volume) => volume.name);
      for (const mount of mounted) assert.ok(volumes.includes(mount), `${name}: ${mount}`);
    }
  }
});

test('services find their pods and ports, disruption budgets theirs', () => {
  for (const [name, objects] of Object.entries(overlays)) {
    for (const object of objects.filter((o) => ['Service', 'PodDisruptionBudget'].includes(o.kind) && o.spec.type !== 'ExternalName')) {
      const selector = object.kind === 'Service' ? object.spec.selector : object.spec.selector.matchLabels;
      const found = workloads(objects).filter(([, pod]) =>
        Object.entries(selector).every(([key, value]) => pod.metadata.labels[key] === value));
      assert.equal(found.length, 1, `${name}: ${object.kind}/${object.metadata.name}`);
      const ports = found[0][1].spec.containers[0].ports;
      for (const port of object.spec.ports ?? []) {
        assert.ok(ports.some((other) => other.name === port.targetPort), `${object.metadata.name}: ${port.targetPort}`);
      }
    }
    for (const service of SERVICES) {
      const own = (kind) => objects.find((o) => o.kind === kind && o.metadata.name === service);
      assert.equal(own('Deployment').spec.replicas, name === 'three' ? 3 : 1);
      assert.equal(own('PodDisruptionBudget').spec.maxUnavailable, 1);
      // Headless, so that callers see every replica.
      assert.equal(own('Service').spec.clusterIP, 'None');
      const { podAntiAffinity: apart } = podOf(own('Deployment')).spec.affinity;
      assert.equal('requiredDuringSchedulingIgnoredDuringExecution' in apart, name === 'three');
      const container = podOf(own('Deployment')).spec.containers[0];
      assert.ok(container.startupProbe && container.readinessProbe && container.livenessProbe);
    }
  }
});

test('what secrets prints is what the manifests refer to', () => {
  const data = fs.mkdtempSync(path.join(process.env.TMPDIR ?? '/tmp', 'phoihop-secrets-'));
  try {
    const write = (file, text = 'x') => {
      fs.mkdirSync(path.dirname(path.join(data, file)), { recursive: true });
      fs.writeFileSync(path.join(data, file), text);
    };
    write('env');
    for (const service of SERVICES) {
      for (const file of ['mysql', 'page-tokens', `keys/private/${service}.key`]) write(`services/${service}/${file}`);
    }
    write('services/ctl/keys/private/ctl.key');
    write('services/mariadb/mysql-admin');
    write('ctl/config', 'id=1');
    write('trusted/a.pub');
    for (const name of [...SERVICES, 'ctl', 'mariadb', 'haproxy']) {
      for (const file of ['ca.pem', 'cert.pem', 'key.pem', 'bundle.pem']) write(`tls/${name}/${file}`);
    }
    const printed = objectsOf(execFileSync(path.join(root, 'deploy/kubernetes/secrets'), ['--data', data], { encoding: 'utf8' }));
    assert.equal(typeErrors(printed), '');
    const one = objectsOf(execFileSync(path.join(root, 'deploy/kubernetes/secrets'), ['--data', data, '--only', 'phoihop-trusted'], { encoding: 'utf8' }));
    assert.deepEqual(one, printed.filter((object) => object.metadata.name === 'phoihop-trusted'));
    assert.equal(one.length, 1);
    const keys = new Map(printed.map((object) => [`${object.kind}/${object.metadata.name}`, Object.keys(object.data ?? object.binaryData)]));
    for (const [object, pod] of workloads(all)) {
      const maps = all.filter((o) => o.kind === 'ConfigMap').map((o) => o.metadata.name);
      for (const { name, secret, configMap } of pod.spec.volumes ?? []) {
        const where = `${object.metadata.name}: ${name}`;
        if (secret) {
          const there = keys.get(`Secret/${secret.secretName}`);
          assert.ok(there, `${where}: ${secret.secretName}`);
          for (const item of secret.items ?? []) assert.ok(there.includes(item.key), `${where}: ${item.key}`);
          assert.equal(secret.defaultMode, 0o440, where);
        }
        if (configMap && !configMap.optional) {
          assert.ok(maps.includes(configMap.name) || keys.has(`ConfigMap/${configMap.name}`), `${where}: ${configMap.name}`);
        }
      }
    }
  } finally {
    fs.rmSync(data, { recursive: true, force: true });
  }
});

test('phoihopctl runs in a pod like that of the first start, with any argument', () => {
  const args = ['ledger', 'verify', "it's: {a}, \"b\" # 'c' [d]", '', '--x=- y'];
  const [pod, ...more] = objectsOf(execFileSync(path.join(root, 'deploy/kubernetes/ctl'), ['--image', 'example/ctl:2', ...args], { encoding: 'utf8' }));
  assert.deepEqual(more, []);
  assert.equal(typeErrors([pod]), '');
  const job = overlays.one.find((object) => object.kind === 'Job' && object.metadata.name === 'first-start');
  const first = copy(job.spec.template);
  const [container] = first.spec.containers;
  first.spec.containers = [{ ...container, name: 'ctl', image: 'example/ctl:2', args: ['--data=/var/lib/phoihop', ...args] }];
  delete first.spec.initContainers;
  assert.deepEqual(pod.spec, { ...first.spec, restartPolicy: 'Never' });
  assert.deepEqual(pod.metadata, { generateName: 'ctl-', namespace: 'phoihop', labels: first.metadata.labels });
  assert.equal(spawnSync(path.join(root, 'deploy/kubernetes/ctl')).status, 2);
});

/** Who may call whom, as the design says: [from, to, ports]. */
const ARROWS = [
  ['haproxy', 'gateway', [8080, 9090]],
  ['ctl', 'gateway', [9090]],
  ...[['directory', 7101], ['agreements', 7102], ['opinions', 7103], ['reporting', 7104]]
    .flatMap(([to, port]) => [['gateway', to, [port]], ['ctl', to, [port]]]),
  ['agreements', 'directory', [7101]],
  ['opinions', 'directory', [7101]],
  ['reporting', 'directory', [7101]],
  ['reporting', 'agreements', [7102]],
  ['reporting', 'opinions', [7103]],
  ...SERVICES.map((service) => ['prometheus', service, [9100]]),
  ['prometheus', 'haproxy', [8404]],
];

test('packets go along the arrows of the design, and nowhere else', () => {
  const APP = 'app.kubernetes.io/name';
  for (const objects of Object.values(overlays)) {
    const policies = objects.filter((object) => object.kind === 'NetworkPolicy');
    const found = { in: [], out: [] };
    for (const { metadata, spec } of policies) {
      const own = spec.podSelector.matchLabels?.[APP];
      const peer = (side) => {
        assert.equal(side.length, 1);
        return side[0].podSelector?.matchLabels?.[APP];
      };
      for (const rule of spec.ingress ?? []) {
        const ports = rule.ports.map((port) => port.port);
        if (!rule.from) assert.deepEqual([own, ports], ['haproxy', [8443]]);
        else if (own !== 'mariadb') found.in.push([peer(rule.from), own, ports]);
        else assert.deepEqual([rule.from[0].podSelector.matchLabels, ports], [{ 'phoihop.internal/database': 'yes' }, [3306]]);
      }
      for (const rule of spec.egress ?? []) {
        const ports = rule.ports.map((port) => port.port);
        if (own) found.out.push([own, peer(rule.to), ports]);
        else assert.deepEqual([...new Set(ports)], metadata.name === 'default' ? [53] : [3306]);
      }
    }
    const sorted = (arrows) => arrows.map((arrow) => JSON.stringify(arrow)).sort();
    assert.deepEqual(sorted(found.in), sorted(ARROWS));
    // Alerts go to somebody who is not ours.
    assert.deepEqual(sorted(found.out), sorted([...ARROWS, ['prometheus', 'alertmanager', [9093]]]));
    // What is not named is refused: there is one that selects everything and allows only names.
    const rest = policies.find((object) => object.metadata.name === 'default').spec;
    assert.deepEqual([rest.podSelector, rest.policyTypes, rest.ingress], [{}, ['Ingress', 'Egress'], undefined]);
    // Only these may reach the database.
    const reach = workloads(objects).filter(([, pod]) => pod.metadata.labels['phoihop.internal/database'] === 'yes')
      .map(([object]) => object.metadata.name).sort();
    assert.deepEqual(reach, [...SERVICES, ...SERVICES.map((service) => `migrate-${service}`)].sort());
  }
});

/** Flags of a service by their environment variables, with what each is when nobody sets it. */
function variables(service) {
  const help = execFileSync(path.join(programs, `phoihop-${service}`), ['--help'], { encoding: 'utf8' });
  return new Map([...help.matchAll(/^ {6}.*?(?: Default: (\S+)\.)? Environment: (PHOIHOP_[A-Z_]+)$/gm)].map((match) => [match[2], match[1] ?? '']));
}

const known = new Map(SERVICES.map((service) => [service, variables(service)]));

/** phoihopctl lists no flags; it refuses those that it does not know. */
function ctlKnows(name) {
  const flag = name.replace('PHOIHOP_', '').toLowerCase();
  return !/Unknown command line flag/.test(spawnSync(path.join(programs, 'phoihopctl'), [`--${flag}=`], { encoding: 'utf8' }).stderr);
}

/** Whether the program in this image takes a variable. */
function takes(program, name) {
  if (known.has(program)) return known.get(program).has(name);
  if (program === 'ctl') return ctlKnows(name);
  // What is started by a script or a file of settings.
  const file = { mariadb: 'mariadb-start', haproxy: 'haproxy.cfg' }[program];
  return file !== undefined && new RegExp(`\\$\\{${name}\\b`).test(fs.readFileSync(path.join(root, 'deploy/containers', file), 'utf8'));
}

test('every variable is one that the program knows', () => {
  assert.ok(!takes('directory', 'PHOIHOP_LIMITS_FILE') && !takes('ctl', 'PHOIHOP_LIMITS_FILE') && !takes('mariadb', 'PHOIHOP_WORKERS'));
  const maps = new Map(all.filter((o) => o.kind === 'ConfigMap').map((o) => [o.metadata.name, o.data]));
  const check = (image, names) => {
    const program = image.match(/\/([a-z]+):/)[1];
    for (const name of names) assert.ok(takes(program, name), `${program}: ${name}`);
  };
  for (const [, pod] of workloads(all)) {
    for (const container of containersOf(pod)) {
      check(container.image, (container.env ?? []).map((variable) => variable.name));
      for (const { configMapRef } of container.envFrom ?? []) check(container.image, Object.keys(maps.get(configMapRef.name)));
    }
  }
  const [compose] = objectsOf(fs.readFileSync(path.join(root, 'deploy/compose.yaml'), 'utf8'));
  for (const service of Object.values(compose.services)) check(service.image.replace(/\$\{[^}]*\}/g, ''), Object.keys(service.environment ?? {}));
});

test('compose: limits can be set, and are those of the programs when they are not', () => {
  const [compose] = objectsOf(fs.readFileSync(path.join(root, 'deploy/compose.yaml'), 'utf8'));
  const limits = ['WORKERS', 'QUEUE', 'QUEUE_WAIT', 'LANES', 'SLOW_STATEMENT_LIMIT', 'REQUEST_RETENTION', 'DRAIN_GRACE', 'DIRECTORY_STALE_LIMIT',
    'HTTP_CONNECTIONS', 'STREAMS_PER_CALLER'].map((name) => `PHOIHOP_${name}`);
  for (const service of SERVICES) {
    const own = limits.filter((name) => takes(service, name));
    assert.ok(own.length >= 7, service);
    for (const name of own) {
      assert.equal(compose.services[service].environment[name], `\${${name}:-${known.get(service).get(name)}}`, `${service}: ${name}`);
    }
  }
  assert.equal(compose.services.mariadb.environment.PHOIHOP_MAX_CONNECTIONS, '${PHOIHOP_MAX_CONNECTIONS:-400}');
  assert.match(fs.readFileSync(path.join(root, 'deploy/containers/mariadb-start'), 'utf8'), /\$\{PHOIHOP_MAX_CONNECTIONS:-400\}/);
});

test('the gateway reads limits that can be changed, and trusts private addresses alone', () => {
  const gateway = overlays.one.find((o) => o.kind === 'Deployment' && o.metadata.name === 'gateway').spec.template.spec;
  const [file] = gateway.containers[0].env.filter((variable) => variable.name === 'PHOIHOP_LIMITS_FILE').map((variable) => variable.value);
  const volume = gateway.containers[0].volumeMounts.find((mount) => path.dirname(file) === mount.mountPath);
  // A file mounted by itself would never change.
  assert.equal(volume.subPath, undefined);
  const { configMap } = gateway.volumes.find((other) => other.name === volume.name);
  const map = all.find((o) => o.kind === 'ConfigMap' && o.metadata.name === configMap.name);
  const [compose] = objectsOf(fs.readFileSync(path.join(root, 'deploy/compose.yaml'), 'utf8'));
  assert.equal(compose.services.gateway.environment.PHOIHOP_LIMITS_FILE, file);
  assert.ok(compose.services.gateway.volumes.some((mount) => mount.endsWith(`/limits:${path.dirname(file)}:ro`)));
  const PRIVATE = ['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'];
  for (const text of [map.data[path.basename(file)], fs.readFileSync(path.join(root, 'deploy/containers/limits.json'), 'utf8')]) {
    const limits = JSON.parse(text);
    assert.deepEqual(Object.keys(limits), ['trusted_proxies']);
    assert.ok(limits.trusted_proxies.length >= 4 && limits.trusted_proxies.every((range) => PRIVATE.includes(range)));
  }
});

test('who speaks to the database shows a certificate, and the server asks for that of the service', () => {
  const certificate = { PHOIHOP_MYSQL_TLS_CA_FILE: 'ca.pem', PHOIHOP_MYSQL_TLS_CERT_FILE: 'cert.pem', PHOIHOP_MYSQL_TLS_KEY_FILE: 'key.pem' };
  const [compose] = objectsOf(fs.readFileSync(path.join(root, 'deploy/compose.yaml'), 'utf8'));
  const map = all.find((o) => o.kind === 'ConfigMap' && o.metadata.name === 'phoihop').data;
  const start = fs.readFileSync(path.join(root, 'deploy/containers/mariadb-start'), 'utf8');
  assert.match(start, new RegExp(`for service in ${SERVICES.join(' ')};`));
  for (const service of SERVICES) {
    for (const name of [service, `migrate-${service}`]) {
      for (const [variable, file] of Object.entries(certificate)) {
        assert.equal(compose.services[name].environment[variable], `/run/phoihop/tls/${file}`, `${name}: ${variable}`);
        assert.equal(map[variable], `/run/phoihop/tls/${file}`);
      }
      // Its own, which carries its name.
      assert.ok(compose.services[name].volumes.some((mount) => mount.endsWith(`/tls/${service}:/run/phoihop/tls:ro`)), name);
      for (const [object, pod] of workloads(all).filter(([o]) => o.metadata.name === name)) {
        assert.ok(pod.spec.containers[0].envFrom.some((from) => from.configMapRef.name === 'phoihop'), object.metadata.name);
        assert.equal(pod.spec.volumes.find((volume) => volume.name === 'tls').secret.secretName, `phoihop-tls-${service}`);
      }
    }
  }
});

test('the database outside is one address, and must be set', () => {
  const policies = overlays.three.filter((o) => o.kind === 'NetworkPolicy');
  const blocks = policies.flatMap((o) => [...(o.spec.egress ?? []).flatMap((rule) => rule.to), ...(o.spec.ingress ?? []).flatMap((rule) => rule.from ?? [])])
    .filter((peer) => peer.ipBlock).map((peer) => peer.ipBlock);
  // An address for documents, which leads nowhere: RFC 5737.
  assert.deepEqual(blocks, [{ cidr: '192.0.2.1/32' }]);
  assert.ok(!overlays.one.some((o) => JSON.stringify(o).includes('ipBlock')));
  assert.match(overlays.three.find((o) => o.spec?.type === 'ExternalName').spec.externalName, /\.example\./);
});

test('compose: nothing but HAProxy is published, and no container has more rights than it needs', () => {
  const [compose] = objectsOf(fs.readFileSync(path.join(root, 'deploy/compose.yaml'), 'utf8'));
  for (const [name, service] of Object.entries(compose.services)) {
    assert.equal(service.read_only, true, name);
    assert.deepEqual(service.cap_drop, ['ALL'], name);
    assert.deepEqual(service.security_opt, ['no-new-privileges'], name);
    assert.ok(service.mem_limit && service.cpus && service.pids_limit && service.restart, name);
    assert.equal(service.ports !== undefined, name === 'haproxy', name);
    assert.ok(!service.privileged && !service.network_mode, name);
    assert.equal(service.networks.includes('public'), name === 'haproxy', name);
    assert.equal(service.networks.includes('alerts'), name === 'prometheus', name);
    // Whom Prometheus found by two networks would be counted twice.
    if (name !== 'prometheus') assert.ok(service.networks.filter((network) => compose.services.prometheus.networks.includes(network)).length <= 1, name);
    for (const volume of service.volumes ?? []) {
      // What comes from the host is read alone.
      if (volume.startsWith('${')) assert.ok(volume.endsWith(':ro'), volume);
    }
  }
  for (const [name, network] of Object.entries(compose.networks)) {
    assert.equal(network.internal === true, name !== 'public' && name !== 'alerts', name);
  }
  // Its form, by Debian's docker-compose where it is installed.
  const checked = spawnSync('docker-compose', ['-f', path.join(root, 'deploy/compose.yaml'), 'config', '--quiet'], { encoding: 'utf8' });
  if (!checked.error) assert.equal(checked.status, 0, checked.stderr);
});
