// What one request of each kind costs each process of a running system with the demonstration, in
// processor time, memory and disk: the figures of the sizing table in deploy/README.md.
//
//   deploy/up --data DIR --demo can-tho --detach
//   node tests/bench/sizing/sizing.mjs --data DIR [--seconds 15] [--clients 16]
//
// Processor time is of the process alone, so it holds on a machine that does other work as well;
// rates and times of answers do not.
import crypto from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Caller } from '../../journeys/lib/http.mjs';
import { SERVICES, System } from '../../journeys/lib/system.mjs';

const { values } = parseArgs({ options: {
  data: { type: 'string' }, seconds: { type: 'string', default: '15' }, clients: { type: 'string', default: '16' }, help: { type: 'boolean' },
} });
if (values.help || !values.data) {
  console.log('node tests/bench/sizing/sizing.mjs --data DIR [--seconds 15] [--clients 16]\n\n' +
    'Đo mỗi loại yêu cầu tốn bao nhiêu thời gian xử lý, bộ nhớ, đĩa của từng tiến trình.\n' +
    'Measures what a request of each kind costs each process in processor time, memory and disk.');
  process.exit(values.help ? 0 : 2);
}
const system = new System(path.resolve(values.data));
const seconds = Number(values.seconds);
const clients = Number(values.clients);
const DAY = '2023-10-24';
const PROCESSES = ['mariadb', ...SERVICES];
const TICK = 10; // ms; USER_HZ is 100 on Linux

const token = system.token();
const api = new Caller(system, token);
const agent = new http.Agent({ keepAlive: true, maxSockets: clients });
const { hostname, port } = new URL(system.url);

function request(method, target, body) {
  return new Promise((resolve, reject) => {
    const call = http.request({ agent, hostname, port, method, path: target,
      headers: { authorization: `Bearer ${token}`, ...(body ? { 'content-type': 'application/json' } : {}) } }, (answer) => {
      let bytes = 0;
      answer.on('data', (chunk) => { bytes += chunk.length; });
      answer.on('end', () => resolve({ status: answer.statusCode, bytes }));
    });
    call.on('error', reject);
    call.end(body ? JSON.stringify(body) : undefined);
  });
}

/** Milliseconds of processor time that a process has had. */
function used(name) {
  const fields = fs.readFileSync(`/proc/${system.pid(name)}/stat`, 'utf8').split(') ').pop().split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK;
}

const memory = (name) => Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${system.pid(name)}/status`, 'utf8'))[1]) / 1024;

function bytesBelow(folder, wanted) {
  return fs.readdirSync(folder, { recursive: true }).filter((name) => wanted(path.basename(name)))
    .map((name) => fs.statSync(path.join(folder, name))).filter((stat) => stat.isFile()).reduce((sum, stat) => sum + stat.size, 0);
}
const logBytes = () => bytesBelow(path.join(system.data, 'mysql'), (name) => /^binlog\.\d+$/.test(name));
const tableBytes = () => Number(system.sql(`SELECT SUM(data_length + index_length) FROM information_schema.tables WHERE table_schema LIKE 'phoihop\\_%'`));

const { name: city } = await api.get('/v1/units:resolve', { code: '92', on_date: DAY });
const { units: districts } = await api.get('/v1/units', { parent: city, on_date: DAY, page_size: 100 });
const written = await api.post('/v1/opinionEntries', { unit: city, topic: 'Giao thông', channel: 'PRESS', text: 'Đường hỏng', heardDate: DAY });
// A text of the usual length, so that disk figures mean something.
const text = 'Người dân phản ánh đường vào khu dân cư xuống cấp, mùa mưa ngập sâu, đề nghị sớm sửa chữa. '.repeat(4);

const KINDS = {
  'one record': () => request('GET', `/v1/${written.name}`),
  'list, 50 agreements': () => request('GET', `/v1/agreements?unit=${encodeURIComponent(city)}&include_subtree=true&page_size=50`),
  'overview of a city': () => request('GET', `/v1/overview?unit_code=92&on_date=${DAY}`),
  write: (i) => request('POST', `/v1/opinionEntries?request_id=${crypto.randomUUID()}`,
    { unit: districts[i % districts.length].name, topic: 'Giao thông', channel: 'PRESS', text, heardDate: DAY }),
};

async function measure(kind, call) {
  const times = [];
  const statuses = new Map();
  const worker = async (number, until) => {
    for (let i = number; performance.now() < until; i += clients) {
      const began = performance.now();
      const { status } = await call(i);
      times.push(performance.now() - began);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  const run = (duration) => Promise.all(Array.from({ length: clients }, (_, i) => worker(i, performance.now() + duration)));
  await run(2000);
  times.length = 0;
  statuses.clear();
  const before = { cpu: PROCESSES.map(used), log: logBytes(), at: performance.now() };
  await run(seconds * 1000);
  const elapsed = (performance.now() - before.at) / 1000;
  times.sort((a, b) => a - b);
  const per = PROCESSES.map((name, i) => (used(name) - before.cpu[i]) / times.length);
  console.log(`| ${kind} | ${(times.length / elapsed).toFixed(0)} | ${times[times.length >> 1].toFixed(0)}, ${times[Math.floor(times.length * 0.99)].toFixed(0)} | ` +
    `${per.map((ms) => ms.toFixed(2)).join(' | ')} | ${per.reduce((a, b) => a + b).toFixed(2)} | ${[...statuses].map((pair) => pair.join(': ')).join(', ')} |`);
  return { count: times.length, log: logBytes() - before.log };
}

// All calls are the administrator's: more than one caller may have otherwise.
const limits = path.join(system.data, 'limits.json');
const limited = fs.existsSync(limits);
if (!limited) {
  fs.writeFileSync(limits, JSON.stringify({ member: { concurrent: 1024, per_second: 100_000, burst: 100_000 } }), { mode: 0o644 });
  await new Promise((resolve) => setTimeout(resolve, 2500));
}
process.on('exit', () => { if (!limited) fs.rmSync(limits, { force: true }); });

const rest = PROCESSES.map(memory);
console.log(`${clients} clients, ${seconds} s each, load of the machine ${fs.readFileSync('/proc/loadavg', 'utf8').split(' ')[0]}\n`);
console.log(`| request | per s | ms, half and 99% | ${PROCESSES.map((name) => `${name}, ms`).join(' | ')} | all, ms | answers |\n|${'---|'.repeat(PROCESSES.length + 5)}`);
const tables = tableBytes();
let last;
for (const [kind, call] of Object.entries(KINDS)) last = await measure(kind, call);
console.log(`\n| MB | ${PROCESSES.join(' | ')} |\n|${'---|'.repeat(PROCESSES.length + 1)}`);
console.log(`| before | ${rest.map((mb) => mb.toFixed(0)).join(' | ')} |`);
console.log(`| under load | ${PROCESSES.map(memory).map((mb) => mb.toFixed(0)).join(' | ')} |`);
system.sql(`ANALYZE TABLE phoihop_opinions.opinion_entries`);
const rows = Number(system.sql('SELECT COUNT(*) FROM phoihop_opinions.opinion_entries'));
console.log(`\nbinary log: ${(last.log / last.count / 1024).toFixed(1)} KB for each write; tables: ${((tableBytes() - tables) / 1e6).toFixed(1)} MB more, ${rows} entries now`);
agent.destroy();
