// Further replicas of services, beside those that the system supervises: the same program on the
// same database with the same keys, on ports of their own.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import { Caller } from '../journeys/lib/http.mjs';
import { eventually, freePort } from '../journeys/lib/system.mjs';

/** The flags of a process that runs. */
function commandOf(pid) {
  return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter((part) => part !== '');
}

/** One more process of a service; `changes` are flags that differ. */
class Replica {
  static async start(system, service, changes = {}) {
    const replica = new Replica();
    replica.service = service;
    replica.flags = { port: await freePort(), metrics_port: await freePort(), ...changes };
    if (service === 'gateway') replica.flags.http_port = await freePort();
    const [program, ...args] = commandOf(system.pid(service));
    const kept = args.filter((arg) => !(arg.replace(/^--([a-z_]+)=.*$/, '$1') in replica.flags));
    const log = fs.openSync(`${system.data}/log/${service}-${replica.flags.port}`, 'a', 0o600);
    replica.process = spawn(program, [...kept, ...Object.entries(replica.flags).map(([name, value]) => `--${name}=${value}`)],
      // The mark by which `down` finds what this test might leave.
      { stdio: ['ignore', log, log], env: { PATH: process.env.PATH, PHOIHOP_DATA_ID: system.config('id') } });
    fs.closeSync(log);
    return replica;
  }

  get pid() {
    return this.process.pid;
  }

  get address() {
    return `127.0.0.1:${this.flags.port}`;
  }

  signal(name) {
    process.kill(this.pid, name);
  }

  /** Ends it, frozen or not. */
  async end() {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const ended = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGCONT');
    this.process.kill('SIGTERM');
    const force = setTimeout(() => this.process.kill('SIGKILL'), 10_000);
    await ended;
    clearTimeout(force);
  }
}

/** Columns: a gateway with agreements and reporting of its own; the first is the supervised one. */
export class Replicas {
  static async start(system, count) {
    const replicas = new Replicas();
    replicas.system = system;
    replicas.columns = [{ url: system.url, grpcPort: system.grpcPort }];
    for (let i = 1; i < count; i++) {
      const agreements = await Replica.start(system, 'agreements');
      const reporting = await Replica.start(system, 'reporting', { agreements_address: agreements.address });
      const gateway = await Replica.start(system, 'gateway',
        { agreements_address: agreements.address, reporting_address: reporting.address });
      replicas.columns.push({
        agreements, reporting, gateway,
        url: `http://127.0.0.1:${gateway.flags.http_port}`, grpcPort: gateway.flags.port,
      });
    }
    for (const { url } of replicas.columns) {
      await eventually(async () => (await fetch(`${url}/readyz`)).status === 200, 30_000, `${url} is ready`);
    }
    return replicas;
  }

  /** A caller of each column. */
  callers(token) {
    return this.columns.map((column) => new Caller(column, token));
  }

  /** The pid of the process that holds a service's lease, by the database. */
  holder(service) {
    const text = this.system.sql(
      `SELECT holder FROM phoihop_${service}.lease WHERE name = 'upkeep' AND expire_time > UTC_TIMESTAMP(6)`).trim();
    return text === '' ? undefined : Number(text.split(':')[1]);
  }

  /** Waits until another process than `pid` holds it; gives {pid, ms}. */
  async nextHolder(service, pid, ms = 15_000) {
    const began = Date.now();
    const next = await eventually(() => {
      const now = this.holder(service);
      return now !== undefined && now !== pid && now;
    }, ms, `the lease of ${service} is taken over`);
    return { pid: next, ms: Date.now() - began };
  }

  /** The number of the column in which a process of a service is. */
  columnOf(service, pid) {
    return this.columns.findIndex((column, i) =>
      (i === 0 ? this.system.pid(service) : column[service].pid) === pid);
  }

  /** Starts one again that was killed, where it was. */
  async restart(column, service) {
    const { flags } = this.columns[column][service];
    this.columns[column][service] = await Replica.start(this.system, service, flags);
    await eventually(async () => (await fetch(`${this.columns[column].url}/readyz`)).status === 200, 30_000, 'ready');
  }

  async end() {
    for (const { gateway } of this.columns) await gateway?.end();
    for (const { reporting, agreements } of this.columns) {
      await reporting?.end();
      await agreements?.end();
    }
  }
}
