// Writes and reads through the cluster against one server, in turns in the same run:
//
//   node tests/operate/cluster.mjs run tests/bench/cluster/cluster_bench.mjs
//
// Both have the five services, the same settings and TLS, and flush each commit; the one server is
// reached directly, the cluster through HAProxy. All on one machine: the network costs nothing,
// and three nodes share what one server has alone. So the ratios are a lower bound.
import { spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { GrpcClient, message, stringField } from '../../faults/grpc.mjs';
import { Caller } from '../../journeys/lib/http.mjs';
import { eventually } from '../../journeys/lib/system.mjs';
import { Cluster } from '../../operate/cluster.mjs';
import { must, Services } from '../../operate/services.mjs';

const DAY = '2023-10-24';
const SECONDS = Number(process.env.PHOIHOP_BENCH_SECONDS ?? 4);
const ROUNDS = Number(process.env.PHOIHOP_BENCH_ROUNDS ?? 3);
const CLIENTS = [1, 8, 32];
const folder = process.env.PHOIHOP_TEST_SYSTEM;

/** A node's settings without the cluster. */
function startSingle(cluster) {
  const data = path.join(folder, 'single');
  for (const name of ['data', 'run/tmp']) fs.mkdirSync(path.join(data, name), { recursive: true });
  must('chown', '-R', 'mysql:', data);
  const settings = fs.readFileSync(path.join(cluster.data('one'), 'my.cnf'), 'utf8').split('\n')
    .filter((line) => !/^(wsrep|init-connect|bind-address|port|log-error|sockopt|\[sst\]|encrypt|tca|tcert|tkey)/.test(line))
    .map((line) => line.replaceAll(`${folder}/one`, data));
  const file = path.join(data, 'my.cnf');
  fs.writeFileSync(file, [...settings, 'bind-address=127.0.0.1', 'port=3307', `log-error=${data}/log`, ''].join('\n'));
  must('env', `TMPDIR=${data}/run/tmp`, 'mariadb-install-db', '--no-defaults', '--user=mysql', `--datadir=${data}/data`, '--skip-test-db', '--force',
    '--skip-name-resolve', '--auth-root-authentication-method=socket', '--auth-root-socket-user=root', '--innodb-log-file-size=256M');
  const server = spawn('mariadbd', [`--defaults-file=${file}`], { stdio: 'ignore' });
  return { server, socket: `${data}/run/mysqld.sock` };
}

class Side {
  constructor(name, services) {
    Object.assign(this, { name, services, system: services.system });
  }

  async prepare() {
    this.token = this.system.token();
    const api = new Caller(this.system, this.token);
    const district = await api.get('/v1/units:resolve', { code: '918', on_date: DAY });
    this.communes = (await api.get('/v1/units', { parent: district.name, on_date: DAY, page_size: 1000 })).units;
    this.clients = Array.from({ length: Math.max(...CLIENTS) }, () => new GrpcClient(this.system.grpcPort, this.token));
    this.names = [];
  }

  async write(client, i) {
    const entry = message([2, this.communes[i % this.communes.length].name], [3, 'Giao thông'], [4, 5], [5, `đo ${i}`], [7, DAY]);
    const { code, bytes, message: why } = await client.call('phoihop.opinions.v1.OpinionsService/CreateOpinionEntry',
      message([1, entry], [2, crypto.randomUUID()]));
    if (code !== 0) throw new Error(`${code} ${why}`);
    if (this.names.length < 1000) this.names.push(stringField(bytes, 1));
  }

  async read(client, i) {
    const { code, message: why } = await client.call('phoihop.opinions.v1.OpinionsService/GetOpinionEntry',
      message([1, this.names[i % this.names.length]]));
    if (code !== 0) throw new Error(`${code} ${why}`);
  }

  /** Calls a second, and the median of one in milliseconds. */
  async measure(what, clients) {
    const until = performance.now() + SECONDS * 1000;
    const times = [];
    let next = Math.floor(Math.random() * 1000);
    await Promise.all(this.clients.slice(0, clients).map(async (client) => {
      while (performance.now() < until) {
        const begin = performance.now();
        await this[what](client, next++);
        times.push(performance.now() - begin);
      }
    }));
    times.sort((a, b) => a - b);
    return { rate: times.length / SECONDS, median: times[times.length >> 1] };
  }
}

const middle = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

const cluster = new Cluster(folder);
let single;
let alone;
try {
  cluster.formDatabase();
  await cluster.whole();
  await cluster.startServices();
  single = startSingle(cluster);
  alone = new Services(path.join(folder, 'single-services'), {
    socket: single.socket, host: '127.0.0.1', port: 3307, first: 7200,
    ca: path.join(cluster.ca, 'ca.pem'),
  });
  await eventually(() => fs.existsSync(single.socket), 30_000, 'the single server');
  await alone.start();
  await alone.load(false);
  // One member asks for all: more than a member's share.
  for (const { data } of [cluster.services, alone]) {
    fs.writeFileSync(path.join(data, 'limits.json'), '{"member": {"per_second": 100000, "burst": 100000}}', { mode: 0o644 });
  }
  const sides = [new Side('cluster', cluster.services), new Side('one server', alone)];
  for (const side of sides) {
    await side.prepare();
    await side.measure('write', 8);
  }
  for (const what of ['write', 'read']) {
    for (const clients of CLIENTS) {
      const results = { cluster: [], 'one server': [] };
      for (let round = 0; round < ROUNDS; round++) {
        for (const side of round % 2 === 0 ? sides : [...sides].reverse()) results[side.name].push(await side.measure(what, clients));
      }
      const rate = (name) => middle(results[name].map((result) => result.rate));
      const median = (name) => middle(results[name].map((result) => result.median));
      console.log(`${what.padEnd(5)} ${String(clients).padStart(2)} clients: cluster ${rate('cluster').toFixed(0)}/s (${median('cluster').toFixed(1)} ms), ` +
        `one server ${rate('one server').toFixed(0)}/s (${median('one server').toFixed(1)} ms), ratio ${(rate('cluster') / rate('one server')).toFixed(2)}`);
    }
  }
  for (const side of sides) for (const client of side.clients) client.close();
} finally {
  await alone?.stop();
  single?.server.kill('SIGTERM');
  await cluster.down();
}
