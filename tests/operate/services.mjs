// The five services of one system on a database that listens on TCP: data folder, tables, processes.
import { spawn, spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { eventually, programs, root, SERVICES, sleep, System } from '../journeys/lib/system.mjs';

/** Runs a command; throws with what it said when it fails. */
export function must(...command) {
  const result = spawnSync(command[0], command.slice(1), { encoding: 'utf8', timeout: 300_000 });
  if (result.status !== 0) throw new Error(`${command.join(' ')}:\n${result.stdout}${result.stderr}`);
  return result.stdout;
}

export class Services {
  /**
   * `socket`: the database for its administrator, root, who makes the tables. `host`, `port`: for
   * the services, with the authority `ca` if there is one. Their own ports begin at `first`.
   * `network`: each service whose name is a machine there runs on it. `machines`: addresses where
   * deploy/cluster/services runs them, with the keys and certificates of `data`; here only more of them.
   */
  constructor(data, { socket, host, port = 3306, ca, first = 7100, network, machines }) {
    Object.assign(this, { data, socket, host, port, ca, network, machines });
    this.system = new System(data);
    this.ports = Object.fromEntries(SERVICES.map((name, i) => [name, first + i]));
    this.httpPort = first + 50;
    this.processes = {};
  }

  async start() {
    const { data } = this;
    for (const name of ['secrets', 'log', 'checkpoints', 'keys/private', 'keys/trusted']) {
      fs.mkdirSync(path.join(data, name), { recursive: true, mode: 0o700 });
    }
    const config = { http_port: this.httpPort, grpc_port: this.ports.gateway, id: crypto.randomBytes(16).toString('hex'), mysql_socket: this.socket };
    for (const name of SERVICES.slice(0, 4)) config[`${name}_port`] = this.ports[name];
    fs.writeFileSync(path.join(data, 'config'), Object.entries(config).map(([key, value]) => `${key}=${value}\n`).join(''));
    for (const name of [...SERVICES, 'ctl']) await this.system.ctl('keys', 'generate', name);
    for (const name of SERVICES) {
      for (const secret of [`mysql-${name}`, `page-tokens-${name}`]) {
        fs.writeFileSync(path.join(data, 'secrets', secret), crypto.randomBytes(32).toString('hex'), { mode: 0o600 });
      }
      must(path.join(programs, `phoihop-${name}`), '--migrate_only', `--mysql_socket=${this.socket}`, '--mysql_user=root',
        `--mysql_database=phoihop_${name}`, `--mysql_service_user=phoihop_${name}`, `--mysql_service_password_file=${data}/secrets/mysql-${name}`);
    }
    for (const name of SERVICES) {
      this.#spawn(name);
      if (name === 'directory' || name === 'reporting') await sleep(500);
    }
    await this.system.healthy('90s');
  }

  /** One more process of these services on the same data, at another address of the database. */
  async replica(names, host, first) {
    const ports = Object.fromEntries(SERVICES.map((name, i) => [name, names.includes(name) ? first + i : this.ports[name]]));
    for (const name of names) this.#spawn(name, { host, ports, httpPort: first + 50, key: `${name}-${first}` });
    const door = { url: `http://127.0.0.1:${first + 50}`, grpcPort: ports.gateway };
    await eventually(async () => (await fetch(`${door.url}/v1/units`)).status === 401, 60_000, 'the second gateway answers');
    return { door, end: () => Promise.all(names.map((name) => this.#end(`${name}-${first}`))) };
  }

  #address(name) {
    return this.network?.machines[name] ?? '127.0.0.1';
  }

  #spawn(name, { host = this.host, ports = this.ports, httpPort = this.httpPort, key = name } = {}) {
    const { data } = this;
    const flags = [
      `--address=${this.#address(name)}`, `--port=${ports[name]}`, `--mysql_host=${host}`, `--mysql_port=${this.port}`,
      `--mysql_user=phoihop_${name}`, `--mysql_database=phoihop_${name}`, `--mysql_password_file=${data}/secrets/mysql-${name}`,
      `--signing_key_file=${data}/keys/private/${name}.key`, `--trusted_keys_dir=${data}/keys/trusted`,
      `--page_token_key_file=${data}/secrets/page-tokens-${name}`, `--checkpoint_file=${data}/checkpoints/${key}`,
    ];
    if (this.ca) flags.push(`--mysql_tls_ca_file=${this.ca}`);
    if (this.machines) {
      const tls = `${data}/tls/${name}`;
      flags.push(`--tls_dir=${tls}`, `--mysql_tls_cert_file=${tls}/cert.pem`, `--mysql_tls_key_file=${tls}/key.pem`);
    }
    for (const peer of SERVICES.slice(0, 4)) {
      const hosts = this.machines && ports[peer] === this.ports[peer] ? this.machines : [this.#address(peer)];
      if (peer !== name) flags.push(`--${peer}_address=${hosts.map((address) => `${address}:${ports[peer]}`).join(',')}`);
    }
    if (name === 'gateway') flags.push(`--http_port=${httpPort}`, `--limits_file=${data}/limits.json`);
    const log = fs.openSync(path.join(data, 'log', key), 'a');
    const [program, ...rest] = this.#address(name) === '127.0.0.1' ? [path.join(programs, `phoihop-${name}`), ...flags]
      : this.network.on(name, path.join(programs, `phoihop-${name}`), ...flags);
    this.processes[key] = spawn(program, rest, { stdio: ['ignore', log, log], env: { PATH: process.env.PATH } });
    fs.closeSync(log);
  }

  /** Units, calendars, the administrator and, unless told otherwise, the demonstration. */
  async load(demo = process.env.PHOIHOP_CLUSTER_DEMO !== '0') {
    const { system } = this;
    await system.ctl('units', 'import', `--exporter=${path.join(root, 'deploy/register/export.mjs')}`);
    const calendars = fs.readdirSync(path.join(root, 'deploy/calendars')).filter((name) => name.endsWith('.json'));
    await system.ctl('calendar', 'import', '--missing_only', ...calendars.map((name) => path.join(root, 'deploy/calendars', name)));
    const password = path.join(this.data, 'secrets/first-password');
    fs.writeFileSync(password, crypto.randomBytes(12).toString('hex'), { mode: 0o600 });
    await system.ctl('bootstrap', `--password_file=${password}`);
    if (demo) await this.demo();
  }

  async demo() {
    const { system } = this;
    await new Promise((resolve, reject) => {
      const child = spawn(process.execPath, [path.join(root, 'deploy/demo/can-tho/load.mjs')], {
        stdio: ['ignore', 'ignore', 'inherit'],
        env: { PATH: process.env.PATH, PHOIHOP_TOKEN: system.token(), PHOIHOP_URL: system.url, PHOIHOP_DATA: this.data, PHOIHOP_BIN: programs },
      });
      child.on('close', (code) => (code === 0 ? resolve() : reject(new Error(`the demonstration: ${code}`))));
    });
  }

  async #end(key) {
    const child = this.processes[key];
    delete this.processes[key];
    child.kill('SIGTERM');
    await eventually(() => child.exitCode !== null || child.signalCode !== null, 20_000, 'a service ends')
      .catch(() => child.kill('SIGKILL'));
  }

  async stop() {
    for (const key of Object.keys(this.processes)) await this.#end(key);
  }
}
