// A database cluster of three nodes behind HAProxy, each on a machine of its own (see network.mjs),
// and the five services on two more, all by the commands of deploy/cluster, for tests:
//
//   cluster.mjs run FILE    runs a node:test file beside such a system; needs root. Exit code 77
//                           when that is not possible here.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually, root, System } from '../journeys/lib/system.mjs';
import { HUB, Network } from './network.mjs';
import { must, Services } from './services.mjs';

export const NODES = ['one', 'two', 'three'];
const MACHINES = { one: '10.211.0.1', two: '10.211.0.2', three: '10.211.0.3', proxy: '10.211.0.10', app2: '10.211.0.12' };
// Machines with services; the test itself is on the first. Their folders.
const APPS = { hub: 'data', app2: 'data-app2' };

/** Runs a command while the test goes on; rejects with what it said when it fails. */
function going(...command) {
  return new Promise((resolve, reject) => {
    const child = spawn(command[0], command.slice(1), { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk) => { output += chunk; });
    child.stderr.on('data', (chunk) => { output += chunk; });
    child.on('close', (code) => (code === 0 ? resolve(output) : reject(new Error(`${command.join(' ')}:\n${output}`))));
  });
}

export class Cluster {
  constructor(folder) {
    this.folder = folder;
    this.network = new Network(MACHINES);
    this.apps = Object.fromEntries(Object.entries(APPS).map(([machine, name]) => [machine, new System(path.join(folder, name))]));
    this.system = this.apps.hub;
    // The authority of all certificates is that of the first machine with services.
    this.ca = path.join(this.system.data, 'tls');
    this.password = path.join(folder, 'admin-password');
    this.services = new Services(this.system.data, { host: MACHINES.proxy, ca: path.join(this.ca, 'ca.pem'), first: 7101,
      machines: Object.keys(APPS).map((machine) => this.address(machine)) });
    // Gateways besides the first machine's.
    this.doors = [{ url: `http://${MACHINES.app2}:8080`, host: MACHINES.app2, grpcPort: 9090 }];
  }

  data(name) {
    return path.join(this.folder, name);
  }

  #on(machine, script, command, ...args) {
    return this.network.on(machine, path.join(root, 'deploy/cluster', script), command,
      '--data', this.data(machine), ...args);
  }

  /** deploy/cluster/node on its machine. */
  node(name, command, ...args) {
    return must(...this.#on(name, 'node', command, ...args));
  }

  /** The same, while the test goes on. */
  nodeAsync(name, command, ...args) {
    return going(...this.#on(name, 'node', command, ...args));
  }

  proxy(command, ...args) {
    return must(...this.#on('proxy', 'haproxy', command, ...args));
  }

  /** HAProxy's processes: the master and its worker. */
  proxyPids() {
    const master = Number(fs.readFileSync(path.join(this.data('proxy'), 'run/haproxy.pid'), 'utf8'));
    const workers = fs.readFileSync(`/proc/${master}/task/${master}/children`, 'utf8').trim().split(' ').filter(Boolean);
    return [master, ...workers.map(Number)];
  }

  /** The node that has the services' connections; undefined while none has. */
  writer() {
    const lines = this.proxy('status').split('\n').map((line) => line.match(/^\S+ +([\d.]+):\d+ .* (\d+)$/)).filter(Boolean);
    const [, address] = lines.find((match) => Number(match[2]) > 0) ?? [];
    return NODES.find((name) => MACHINES[name] === address);
  }

  async writing() {
    return eventually(() => this.writer(), 60_000, 'a node has the connections');
  }

  pid(node) {
    return Number(fs.readFileSync(path.join(this.data(node), 'run/mysqld.pid'), 'utf8'));
  }

  kill(node, signal) {
    process.kill(this.pid(node), signal);
  }

  /** SQL on one node, through its socket. */
  sql(node, statement) {
    return execFileSync('mariadb', ['--no-defaults', `--socket=${this.data(node)}/run/mysqld.sock`, '--user=root',
      '--batch', '--skip-column-names', '-e', statement], { encoding: 'utf8', maxBuffer: 1 << 28, timeout: 60_000 });
  }

  address(machine) {
    return MACHINES[machine] ?? HUB;
  }

  /** deploy/cluster/services on its machine. */
  app(machine, command, ...args) {
    return must(...this.network.on(machine, path.join(root, 'deploy/cluster/services'), command, '--data', this.apps[machine].data, ...args));
  }

  /** deploy/cluster/exchange on a machine with services, while the test goes on. */
  #exchange(machine, step, ...args) {
    return going(...this.network.on(machine, path.join(root, 'deploy/cluster/exchange'), step, '--data', this.apps[machine].data, ...args));
  }

  /** Passwords, keys and certificates of the services, on all machines. */
  async exchange() {
    const others = Object.keys(APPS).slice(1);
    const admin = ['--admin-password-file', this.password];
    await this.#exchange('hub', 'begin', 'all', ...admin);
    const offer = path.join(this.folder, 'offer.tar');
    fs.writeFileSync(offer, '', { mode: 0o600 });
    await going('sh', '-c', '"$1" offer --data "$2" > "$3"', '-', path.join(root, 'deploy/cluster/exchange'), this.system.data, offer);
    for (const machine of others) await this.#exchange(machine, 'learn', '--from', offer);
    fs.rmSync(offer);
    for (const machine of ['hub', ...others]) await this.#exchange(machine, 'use');
    for (const machine of ['hub', ...others]) await this.#exchange(machine, 'end', ...(machine === 'hub' ? admin : []));
  }

  /** Whether the database lets a service in with this password. */
  opens(service, password) {
    const tls = path.join(this.system.data, 'tls', service);
    return spawnSync('mariadb', ['--no-defaults', `--host=${MACHINES.proxy}`, `--user=phoihop_${service}`, `--ssl-ca=${tls}/ca.pem`,
      `--ssl-cert=${tls}/cert.pem`, `--ssl-key=${tls}/key.pem`, '-e', 'DO 1'],
    { env: { ...process.env, MYSQL_PWD: password }, timeout: 20_000 }).status === 0;
  }

  /** The processes of a service, one on each machine. */
  pids(service) {
    return Object.values(this.apps).map((system) => system.pid(service));
  }

  /** All that a node has stored is gone. */
  empty(node) {
    for (const name of fs.readdirSync(path.join(this.data(node), 'data'))) fs.rmSync(path.join(this.data(node), 'data', name), { recursive: true });
  }

  renew(node) {
    must(path.join(root, 'deploy/ca'), 'renew', this.ca, `mariadb-${node}`);
    this.#giveCertificate(node);
  }

  state(node) {
    try {
      return this.sql(node, "SHOW STATUS LIKE 'wsrep_local_state_comment'; SHOW STATUS LIKE 'wsrep_cluster_size'")
        .trim().split('\n').map((line) => line.split('\t')[1]).join(' ');
    } catch {
      return 'away';
    }
  }

  /** Waits until all three nodes are in step, and stay so: who was frozen first believes that he still is. */
  async whole(ms = 60_000) {
    let states = '';
    let since = Infinity;
    await eventually(() => {
      states = NODES.map((node) => this.state(node)).join(', ');
      if (states !== NODES.map(() => 'Synced 3').join(', ')) since = Infinity;
      else if (since === Infinity) since = Date.now();
      return Date.now() - since > 2000;
    }, ms, 'all nodes in step').catch((error) => { throw new Error(`${error.message}: ${states}`); });
  }

  /** Nodes and HAProxy, with certificates of the authority that the first machine with services makes. */
  formDatabase() {
    this.network.up();
    fs.chmodSync(this.folder, 0o755);
    fs.writeFileSync(this.password, crypto.randomBytes(16).toString('hex'), { mode: 0o600 });
    this.#initServices('hub', '--first');
    const nodes = NODES.map((name) => MACHINES[name]).join(',');
    for (const name of NODES) {
      // Clients know HAProxy's address only.
      must(path.join(root, 'deploy/ca'), 'issue', this.ca, `mariadb-${name}`, '--dns', 'mariadb.phoihop.internal',
        '--ip', MACHINES[name], '--ip', MACHINES.proxy, '--ip', '127.0.0.1', '--owner', 'mysql');
      this.#giveCertificate(name);
      this.node(name, 'init', '--name', name, '--address', MACHINES[name], '--nodes', nodes, '--haproxy', MACHINES.proxy,
        '--memory', '128M', '--history', '64M', '--connections', '700', '--tls', this.data(`tls-${name}`));
    }
    this.node('one', 'form', '--admin-password-file', this.password);
    this.node('two', 'start');
    this.node('three', 'start');
    this.proxy('init', '--nodes', nodes, '--listen', `${MACHINES.proxy}:3306`);
    this.proxy('start');
  }

  /** To its own machine. */
  #giveCertificate(node) {
    must('cp', '-aT', '--remove-destination', path.join(this.ca, `mariadb-${node}`), this.data(`tls-${node}`));
  }

  #initServices(machine, ...keys) {
    this.app(machine, 'init', '--address', this.address(machine), '--hosts', Object.keys(APPS).map((name) => this.address(name)).join(','),
      '--mysql-host', MACHINES.proxy, '--gateway-address', machine === 'hub' ? '127.0.0.1' : this.address(machine), '--no-build', ...keys);
  }

  /** Tables once, then the services of both machines; `keys`: of the first machine, from elsewhere. */
  async startServices(keys) {
    if (keys) this.#initServices('hub', '--first', '--keys', keys);
    this.app('hub', 'migrate', '--admin-password-file', this.password);
    this.node('one', 'require-tls', '--certificates');
    this.app('hub', 'up');
    const shared = path.join(this.folder, 'shared.tar');
    const out = fs.openSync(shared, 'w', 0o600);
    const { status } = spawnSync(path.join(root, 'deploy/cluster/services'), ['share', '--data', this.system.data], { stdio: ['ignore', out, 'inherit'] });
    fs.closeSync(out);
    if (status !== 0) throw new Error(`services share: ${status}`);
    this.#initServices('app2', '--keys', shared);
    fs.rmSync(shared);
    this.app('app2', 'up');
    await this.system.healthy('60s');
  }

  /** The demonstration, unless told otherwise; units, calendars and the administrator are there. */
  async load(demo = process.env.PHOIHOP_CLUSTER_DEMO !== '0') {
    if (demo) await this.services.demo();
  }

  async down() {
    await this.services.stop();
    for (const stop of [...Object.keys(APPS).map((machine) => () => this.app(machine, 'down')), () => this.proxy('stop'), ...NODES.map((name) => () => {
      try { this.kill(name, 'SIGCONT'); } catch { /* It does not run. */ }
      this.node(name, 'stop');
    })]) {
      try { stop(); } catch (error) { console.error(error.message); }
    }
    this.network.down();
  }
}

function run(file) {
  const missing = ['mariadbd', 'mariabackup', 'haproxy', 'socat', 'ip', 'iptables', 'unshare', 'runsvdir'].filter((program) =>
    spawnSync('sh', ['-c', `PATH=$PATH:/usr/sbin:/sbin command -v ${program}`]).status !== 0);
  if (process.getuid() !== 0 || missing.length > 0 || spawnSync('unshare', ['--net', 'true']).status !== 0) {
    console.log(`Bỏ qua: cần root, không gian mạng và các gói 'operate' (thiếu: ${missing.join(' ')}). / ` +
      `Skipped: needs root, network namespaces and the packages 'operate' (missing: ${missing.join(' ')}).`);
    process.exit(77);
  }
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'phoihop-cluster-'));
  const result = spawnSync('unshare', ['--net', '--', process.execPath, file], {
    stdio: 'inherit',
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin`, PHOIHOP_TEST_SYSTEM: folder },
  });
  if (result.status === 0) {
    fs.rmSync(folder, { recursive: true, force: true });
  } else {
    console.log(`Nhật ký còn ở ${folder}. / The logs stay in ${folder}.`);
  }
  process.exit(result.status ?? 1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [command, file] = process.argv.slice(2);
  if (command !== 'run' || file === undefined) {
    console.error('cluster.mjs run FILE');
    process.exit(2);
  }
  run(path.resolve(file));
}
