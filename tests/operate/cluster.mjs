// A database cluster of three nodes behind HAProxy with the five services before it, each node on
// a machine of its own (see network.mjs), for tests:
//
//   cluster.mjs run FILE    runs a node:test file beside such a system; needs root. Exit code 77
//                           when that is not possible here.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { eventually, root } from '../journeys/lib/system.mjs';
import { Network } from './network.mjs';
import { knowTls, must, Services } from './services.mjs';

export const NODES = ['one', 'two', 'three'];
const MACHINES = { one: '10.211.0.1', two: '10.211.0.2', three: '10.211.0.3', proxy: '10.211.0.10' };
export class Cluster {
  constructor(folder) {
    this.folder = folder;
    this.network = new Network(MACHINES);
    this.tls = knowTls();
    this.services = new Services(path.join(folder, 'data'), {
      socket: path.join(folder, 'one/run/mysqld.sock'), host: MACHINES.proxy, ca: this.tls ? path.join(folder, 'ca/ca.pem') : undefined,
    });
    this.system = this.services.system;
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
    const [program, ...rest] = this.#on(name, 'node', command, ...args);
    return new Promise((resolve, reject) => {
      const child = spawn(program, rest, { stdio: ['ignore', 'pipe', 'pipe'] });
      let output = '';
      child.stdout.on('data', (chunk) => { output += chunk; });
      child.stderr.on('data', (chunk) => { output += chunk; });
      child.on('close', (code) => (code === 0 ? resolve(output) : reject(new Error(`node ${command} on ${name}:\n${output}`))));
    });
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
    return MACHINES[machine];
  }

  /** All that a node has stored is gone. */
  empty(node) {
    for (const name of fs.readdirSync(path.join(this.data(node), 'data'))) fs.rmSync(path.join(this.data(node), 'data', name), { recursive: true });
  }

  renew(node) {
    must(path.join(root, 'deploy/ca'), 'renew', this.data('ca'), `mariadb-${node}`);
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

  /** Nodes and HAProxy. */
  formDatabase() {
    this.network.up();
    fs.chmodSync(this.folder, 0o755);
    if (this.tls) must(path.join(root, 'deploy/ca'), 'init', this.data('ca'));
    const nodes = NODES.map((name) => MACHINES[name]).join(',');
    for (const name of NODES) {
      const tls = [];
      if (this.tls) {
        // Clients know HAProxy's address only.
        must(path.join(root, 'deploy/ca'), 'issue', this.data('ca'), `mariadb-${name}`, '--dns', 'mariadb.phoihop.internal',
          '--ip', MACHINES[name], '--ip', MACHINES.proxy, '--owner', 'mysql');
        tls.push('--tls', path.join(this.data('ca'), `mariadb-${name}`));
      }
      this.node(name, 'init', '--name', name, '--address', MACHINES[name], '--nodes', nodes, '--haproxy', MACHINES.proxy,
        '--memory', '128M', '--history', '64M', ...tls);
    }
    this.node('one', 'form');
    this.node('two', 'start');
    this.node('three', 'start');
    this.proxy('init', '--nodes', nodes, '--listen', `${MACHINES.proxy}:3306`);
    this.proxy('start');
  }

  async startServices() {
    await this.services.start();
    if (this.tls) this.node('one', 'require-tls');
  }

  load() {
    return this.services.load();
  }

  async down() {
    await this.services.stop();
    for (const stop of [() => this.proxy('stop'), ...NODES.map((name) => () => {
      try { this.kill(name, 'SIGCONT'); } catch { /* It does not run. */ }
      this.node(name, 'stop');
    })]) {
      try { stop(); } catch (error) { console.error(error.message); }
    }
    this.network.down();
  }
}

function run(file) {
  const missing = ['mariadbd', 'mariabackup', 'haproxy', 'socat', 'ip', 'iptables', 'unshare'].filter((program) =>
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
