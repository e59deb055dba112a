// A system whose database and services each run on a machine of their own (network namespaces, see
// tests/operate/network.mjs); the gateway, the test and phoihopctl are on the hub.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { eventually, SERVICES } from '../journeys/lib/system.mjs';
import { Network } from '../operate/network.mjs';
import { must, Services } from '../operate/services.mjs';

const MACHINES = { directory: '10.211.0.1', agreements: '10.211.0.2', opinions: '10.211.0.3', reporting: '10.211.0.4', database: '10.211.0.5' };

export class Machines {
  constructor(data) {
    this.data = data;
    this.network = new Network(MACHINES);
    this.socket = path.join(data, 'db.sock');
    this.services = new Services(data, { socket: this.socket, host: MACHINES.database, network: this.network });
  }

  async up() {
    // What a run that was cut off has left.
    fs.rmSync(this.data, { recursive: true, force: true });
    fs.mkdirSync(path.join(this.data, 'db'), { recursive: true });
    this.network.up();
    const folder = path.join(this.data, 'db');
    must('mariadb-install-db', '--no-defaults', `--datadir=${folder}`, '--auth-root-authentication-method=normal', '--skip-test-db',
      '--skip-name-resolve', '--force', '--innodb-log-file-size=64M');
    const [program, ...rest] = this.network.on('database', 'mariadbd', '--no-defaults', '--user=root', `--datadir=${folder}`,
      `--socket=${this.socket}`, `--pid-file=${folder}/pid`, '--bind-address=0.0.0.0', '--skip-name-resolve', '--local-infile=0',
      '--character-set-server=utf8mb4', '--collation-server=utf8mb4_bin', '--transaction-isolation=READ-COMMITTED',
      '--innodb-flush-log-at-trx-commit=1', '--sync-binlog=1', '--log-bin=binlog', '--binlog-format=ROW', '--server-id=1',
      '--innodb-buffer-pool-size=128M', '--performance-schema=OFF', '--max-connections=400');
    const log = fs.openSync(path.join(this.data, 'db.log'), 'a');
    this.database = spawn(program, rest, { stdio: ['ignore', log, log], env: { PATH: process.env.PATH } });
    fs.closeSync(log);
    await eventually(() => must('mariadb', '--no-defaults', `--socket=${this.socket}`, '--user=root', '-e', 'SELECT 1'), 30_000, 'the database answers');
    // phoihopctl finds the services by these.
    for (const name of SERVICES.slice(0, 4)) process.env[`PHOIHOP_${name.toUpperCase()}_ADDRESS`] = `${MACHINES[name]}:${this.services.ports[name]}`;
    await this.services.start();
    await this.services.load(false);
  }

  async down() {
    await this.services.stop();
    if (this.database?.exitCode === null) {
      const ended = new Promise((resolve) => this.database.once('exit', resolve));
      this.database.kill('SIGTERM');
      await ended;
    }
    this.network.down();
  }
}
