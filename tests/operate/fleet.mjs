// Two replicas of every service behind HAProxy on one database, each process of a version of its
// own: for upgrades. Encrypted and on loopback, as deploy/up does it.
import { execFileSync, spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { eventually, freePort, root, SERVICES, sleep, System } from '../journeys/lib/system.mjs';
import { must } from './services.mjs';

const COLUMNS = [0, 1];
// What `deploy/` gives a process to end; beyond it somebody is stuck.
const GRACE = 10_000;

/** A process that does not outlive this one. */
function launch(program, args, options) {
  return spawn('setpriv', ['--pdeathsig', 'KILL', program, ...args], options);
}

export class Fleet {
  constructor(folder) {
    this.folder = folder;
    this.data = path.join(folder, 'data');
    this.system = new System(this.data);
    this.socket = path.join(folder, 'db.sock');
    // `opinions-0` -> {process, programs}
    this.running = {};
    // How long each process took to end.
    this.ends = [];
  }

  get user() {
    return execFileSync('id', ['-un'], { encoding: 'utf8' }).trim();
  }

  /** Database, secrets, keys, certificates, tables and all processes, of these programs. */
  async start(programs) {
    fs.rmSync(this.folder, { recursive: true, force: true });
    for (const name of ['secrets', 'log', 'checkpoints', 'keys/private', 'keys/trusted', 'run']) {
      fs.mkdirSync(path.join(this.data, name), { recursive: true, mode: 0o700 });
    }
    await this.#startDatabase();
    this.ports = {};
    for (const name of SERVICES) {
      for (const column of COLUMNS) this.ports[`${name}-${column}`] = await freePort();
    }
    this.httpPorts = [await freePort(), await freePort()];
    this.door = { http: await freePort(), grpc: await freePort(), stats: path.join(this.folder, 'haproxy.sock') };
    const config = {
      http_port: this.door.http, grpc_port: this.door.grpc, id: crypto.randomBytes(16).toString('hex'), mysql_socket: this.socket, tls: 'on',
    };
    for (const name of SERVICES.slice(0, 4)) config[`${name}_port`] = this.ports[`${name}-0`];
    fs.writeFileSync(path.join(this.data, 'config'), Object.entries(config).map(([key, value]) => `${key}=${value}\n`).join(''));
    const ca = path.join(root, 'deploy/ca');
    must(ca, 'init', path.join(this.data, 'tls'));
    for (const name of [...SERVICES, 'ctl']) {
      this.ctl(programs, 'keys', 'generate', name);
      must(ca, 'issue', path.join(this.data, 'tls'), name, '--ip', '127.0.0.1');
    }
    for (const name of SERVICES) {
      for (const secret of [`mysql-${name}`, `page-tokens-${name}`]) {
        fs.writeFileSync(path.join(this.data, 'secrets', secret), crypto.randomBytes(32).toString('hex'), { mode: 0o600 });
      }
    }
    await this.migrate(programs);
    for (const name of SERVICES) {
      for (const column of COLUMNS) await this.#spawn(programs, name, column);
      for (const column of COLUMNS) await this.ready(name, column);
    }
    await this.#startProxy();
  }

  async #startDatabase() {
    const data = path.join(this.folder, 'db');
    fs.mkdirSync(path.join(this.folder, 'tmp'), { recursive: true });
    must('mariadb-install-db', '--no-defaults', `--datadir=${data}`, '--auth-root-authentication-method=socket',
      `--auth-root-socket-user=${this.user}`, '--skip-test-db', '--skip-name-resolve', '--force');
    const log = fs.openSync(path.join(this.data, 'log/mariadb'), 'a');
    this.database = launch('mariadbd', ['--no-defaults', `--user=${this.user}`, `--datadir=${data}`, `--socket=${this.socket}`,
      `--tmpdir=${path.join(this.folder, 'tmp')}`, `--pid-file=${path.join(this.folder, 'db.pid')}`, '--skip-networking',
      '--character-set-server=utf8mb4', '--collation-server=utf8mb4_bin', '--innodb-flush-log-at-trx-commit=1', '--sync-binlog=1',
      '--log-bin=binlog', '--binlog-format=ROW', '--server-id=1', '--innodb-buffer-pool-size=128M', '--performance-schema=OFF',
      '--max-connections=600'], { stdio: ['ignore', log, log] });
    await eventually(() => fs.existsSync(this.socket) && must('mariadb', '--no-defaults', `--socket=${this.socket}`, '-e', 'SELECT 1'),
      60_000, 'the database serves');
  }

  /** phoihopctl of some version. */
  ctl(programs, ...args) {
    return must(path.join(programs, 'phoihopctl'), `--data=${this.data}`, ...args);
  }

  /** Brings all databases to the newest schema that these programs know, one after the other. */
  async migrate(programs) {
    for (const name of SERVICES) {
      await this.#wait(path.join(programs, `phoihop-${name}`), ['--migrate_only', `--mysql_socket=${this.socket}`, `--mysql_user=${this.user}`,
        `--mysql_database=phoihop_${name}`, `--mysql_service_user=phoihop_${name}`,
        `--mysql_service_password_file=${this.data}/secrets/mysql-${name}`]);
    }
  }

  /** Runs a program while the load goes on. */
  #wait(program, args) {
    return new Promise((resolve, reject) => {
      const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: process.env.PATH } });
      let text = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => { text += chunk; });
      child.on('close', (code) => (code === 0 ? resolve(text) : reject(new Error(`${program} ${args[0]}: ${code}\n${text}`))));
    });
  }

  #flags(name, column) {
    const flags = [
      '--address=127.0.0.1', `--port=${this.ports[`${name}-${column}`]}`, `--mysql_socket=${this.socket}`,
      `--mysql_user=phoihop_${name}`, `--mysql_database=phoihop_${name}`, `--mysql_password_file=${this.data}/secrets/mysql-${name}`,
      `--signing_key_file=${this.data}/keys/private/${name}.key`, `--trusted_keys_dir=${this.data}/keys/trusted`,
      `--page_token_key_file=${this.data}/secrets/page-tokens-${name}`, `--checkpoint_file=${this.data}/checkpoints/${name}-${column}`,
      `--tls_dir=${this.data}/tls/${name}`,
    ];
    for (const peer of SERVICES.slice(0, 4)) {
      const addresses = COLUMNS.map((other) => `127.0.0.1:${this.ports[`${peer}-${other}`]}`);
      if (peer !== name) flags.push(`--${peer}_address=${addresses.join(',')}`);
    }
    if (name === 'gateway') flags.push(`--http_port=${this.httpPorts[column]}`);
    return flags;
  }

  #spawn(programs, name, column) {
    const key = `${name}-${column}`;
    const log = fs.openSync(path.join(this.data, 'log', key), 'a');
    const child = launch(path.join(programs, `phoihop-${name}`), this.#flags(name, column), {
      stdio: ['ignore', log, log], env: { PATH: process.env.PATH, PHOIHOP_DATA_ID: this.system.config('id') },
    });
    fs.closeSync(log);
    this.running[key] = { process: child, programs };
  }

  /** Until the process says that it serves, asked as a container's health check asks. */
  async ready(name, column) {
    const { process: child, programs } = this.running[`${name}-${column}`];
    await eventually(async () => {
      if (child.exitCode !== null) throw new Error(`${name} ended: ${child.exitCode}`);
      await this.#wait(path.join(programs, `phoihop-${name}`), ['--probe', ...this.#flags(name, column)]);
      return true;
    }, 60_000, `${name}-${column} serves`);
    if (name !== 'gateway') return;
    await eventually(async () => (await fetch(`http://127.0.0.1:${this.httpPorts[column]}/readyz`)).status === 200, 30_000, 'ready');
  }

  async #end(key) {
    const { process: child } = this.running[key];
    const began = performance.now();
    const ended = new Promise((resolve) => child.once('exit', (code, signal) => resolve(signal ?? code)));
    child.kill('SIGTERM');
    const force = setTimeout(() => child.kill('SIGKILL'), GRACE + 5000);
    const code = await ended;
    clearTimeout(force);
    const ms = performance.now() - began;
    this.ends.push({ key, ms, code });
    if (code !== 0) throw new Error(`${key} ended with ${code} after ${ms.toFixed(0)} ms`);
  }

  /** One process after the other from the version it has to these programs. */
  async roll(programs, services, between = 1500) {
    for (const name of services) {
      for (const column of COLUMNS) await this.replace(programs, name, column, between);
    }
  }

  async replace(programs, name, column, between = 1500) {
    await this.#end(`${name}-${column}`);
    this.#spawn(programs, name, column);
    await this.ready(name, column);
    // Others notice it: channels within a second, HAProxy at its next look.
    await sleep(between);
  }

  // As deploy/containers/haproxy.cfg has it, without encryption outside. What came to a gateway
  // that then closed its connection is sent to the other one if that does no harm.
  async #startProxy() {
    const file = path.join(this.folder, 'haproxy.cfg');
    const servers = (ports, options) => COLUMNS.map((column) => `  server g${column} 127.0.0.1:${ports[column]} ${options}`).join('\n');
    fs.writeFileSync(file, `
global
  stats socket ${this.door.stats} mode 600
defaults
  mode http
  option redispatch
  retries 3
  timeout connect 3s
  timeout client 75s
  timeout server 75s
  timeout queue 5s
  default-server check inter 500ms fall 2 rise 1
frontend http
  bind 127.0.0.1:${this.door.http}
  default_backend gateway_http
frontend grpc
  bind 127.0.0.1:${this.door.grpc} proto h2
  default_backend gateway_grpc
backend gateway_http
  balance leastconn
  retry-on conn-failure empty-response 503
  http-request disable-l7-retry unless { method GET HEAD } or { url_param(request_id) -m found }
  option httpchk GET /readyz
${servers(this.httpPorts, '')}
backend gateway_grpc
  balance leastconn
${servers(COLUMNS.map((column) => this.ports[`gateway-${column}`]), 'proto h2')}
`);
    const log = fs.openSync(path.join(this.data, 'log/haproxy'), 'a');
    this.proxy = launch('haproxy', ['-db', '-f', file], { stdio: ['ignore', log, log] });
    await eventually(async () => (await fetch(`http://127.0.0.1:${this.door.http}/readyz`)).status === 200, 30_000, 'HAProxy serves');
  }

  async stop() {
    for (const key of Object.keys(this.running).reverse()) {
      if (this.running[key].process.exitCode === null) await this.#end(key).catch((error) => console.log(error.message));
    }
    for (const child of [this.proxy, this.database]) {
      if (child === undefined || child.exitCode !== null) continue;
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    }
  }
}
