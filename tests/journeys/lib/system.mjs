// A running system for tests: started by `system.mjs up` as a ctest fixture, described in a
// state file, and ended by `system.mjs down`.
import { execFile, execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');

/** The folder of the programs under test, and where a fixture keeps its system. */
export const programs = process.env.PHOIHOP_BIN ?? path.join(root, 'build/bin');
const folder = process.env.PHOIHOP_TEST_SYSTEM ?? path.join(root, 'build/journeys');

export const SERVICES = ['directory', 'agreements', 'opinions', 'reporting', 'gateway'];

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Asks until `check` gives something truthy; fails after `ms` with the last error. */
export async function eventually(check, ms, what) {
  const until = Date.now() + ms;
  let last;
  while (Date.now() < until) {
    try {
      const result = await check();
      if (result) return result;
    } catch (error) {
      last = error;
    }
    await sleep(50);
  }
  throw new Error(`${what}: not within ${ms} ms${last ? ` (${last.message})` : ''}`);
}

export function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** deploy/NAME with arguments; gives {status, stdout, stderr}. */
export function deploy(name, args, options = {}) {
  const result = spawnSync(path.join(root, 'deploy', name), args, {
    encoding: 'utf8',
    timeout: 400_000,
    env: { ...process.env, PHOIHOP_BIN: programs },
    ...options,
  });
  return { status: result.status, stdout: result.stdout ?? '', stderr: result.stderr ?? '' };
}

/** One data folder and its system. */
export class System {
  constructor(data) {
    this.data = data;
  }

  /** The one that the fixture started. */
  static running() {
    return new System(path.join(folder, 'data'));
  }

  config(key) {
    const lines = fs.readFileSync(path.join(this.data, 'config'), 'utf8').split('\n');
    const line = lines.find((other) => other.startsWith(`${key}=`));
    return line?.slice(key.length + 1);
  }

  get url() {
    return `http://127.0.0.1:${this.config('http_port')}`;
  }

  get grpcPort() {
    return Number(this.config('grpc_port'));
  }

  up(...args) {
    return deploy('up', ['--no-build', '--detach', '--data', this.data, ...args]);
  }

  /** The same, to be interfered with: {process, output}. */
  upInBackground(...args) {
    const child = spawn(path.join(root, 'deploy/up'), ['--no-build', '--detach', '--data', this.data, ...args],
      { env: { ...process.env, PHOIHOP_BIN: programs }, stdio: ['ignore', 'pipe', 'inherit'] });
    const running = { process: child, output: '' };
    child.stdout.on('data', (chunk) => { running.output += chunk; });
    return running;
  }

  down() {
    return deploy('down', ['--data', this.data]);
  }

  /** phoihopctl; throws with its output when it fails. */
  async ctl(...args) {
    const { stdout } = await promisify(execFile)(
      path.join(programs, 'phoihopctl'), [`--data=${this.data}`, ...args], { maxBuffer: 1 << 28 });
    return stdout;
  }

  /** The same, with its exit code instead of an exception. */
  ctlResult(...args) {
    return spawnSync(path.join(programs, 'phoihopctl'), [`--data=${this.data}`, ...args],
      { encoding: 'utf8', timeout: 120_000 });
  }

  token(member) {
    const args = ['--data', this.data, ...(member ? ['--member', member] : [])];
    const { status, stdout, stderr } = deploy('token', args);
    if (status !== 0) throw new Error(stderr);
    return stdout.trim();
  }

  /** SQL as the database's administrator, on the socket. */
  sql(statement) {
    return execFileSync('mariadb', ['--no-defaults', `--socket=${this.config('mysql_socket')}`,
      `--user=${process.env.USER ?? execFileSync('id', ['-un']).toString().trim()}`,
      '--batch', '--skip-column-names', '-e', statement], { encoding: 'utf8', maxBuffer: 1 << 28 });
  }

  /** The pid of a supervised process; undefined while it is down. */
  pid(name) {
    const text = fs.readFileSync(path.join(this.data, 'sv', name, 'supervise/pid'), 'utf8').trim();
    return text === '' ? undefined : Number(text);
  }

  kill(name, signal) {
    const pid = this.pid(name);
    if (pid === undefined) throw new Error(`${name} does not run`);
    process.kill(pid, signal);
    return pid;
  }

  /** Lets a service that was killed often start again without the wait that has grown. */
  forgetFailures(name) {
    fs.rmSync(path.join(this.data, 'sv', name, 'failures'), { force: true });
  }

  healthy(wait = '60s') {
    return this.ctl('health', `--wait=${wait}`);
  }

  /** The pid of the keeper at work; the other one waits for its place. */
  keeper() {
    return Number(fs.readFileSync(path.join(this.data, 'keeper.lock'), 'utf8'));
  }

  /** What runs, as {role: pids}; see roleOf. */
  roles() {
    const roles = {};
    for (const pid of this.processes()) {
      const role = roleOf(pid);
      if (role) (roles[role] ??= []).push(Number(pid));
    }
    return roles;
  }

  /** Processes that carry the folder's mark. */
  processes() {
    const mark = `PHOIHOP_DATA_ID=${this.config('id')}`;
    return fs.readdirSync('/proc').filter((entry) => /^\d+$/.test(entry)).filter((pid) => {
      try {
        if (/^State:\s+Z/m.test(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))) return false;
        return fs.readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0').includes(mark) && !isLeakSearch(pid);
      } catch {
        return false;
      }
    });
  }
}

/** A program that was built with the address sanitizer looks for leaks, when it ends, by a copy of itself. */
function isLeakSearch(pid) {
  const parent = /^PPid:\s+(\d+)/m.exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1];
  const command = commandOf(pid);
  return path.basename(command.split('\0')[0]).startsWith('phoihop-') && command === commandOf(parent);
}

/** What a process is: 'mariadbd', 'phoihop-opinions', 'runsv opinions', 'svlogd opinions', 'keeper' ... */
function roleOf(pid) {
  const [program, ...args] = commandOf(pid).split('\0').map((part) => path.basename(part));
  if (program === 'bash') return args[0] ?? program;
  return ['runsv', 'svlogd'].includes(program) ? `${program} ${args[0]}` : program;
}

/** The command line of a process, with a NUL behind each argument; empty when there is none. */
function commandOf(pid) {
  try {
    return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** Two runs of ctest in one build folder would end each other's systems: the second refuses. */
function claim() {
  const file = path.join(folder, 'owner');
  fs.mkdirSync(folder, { recursive: true });
  const [pid, command] = fs.existsSync(file) ? fs.readFileSync(file, 'utf8').split('\n') : ['', ''];
  if (pid !== '' && Number(pid) !== process.ppid && commandOf(pid) === command) {
    console.error(`Một lượt thử khác (tiến trình ${pid}) đang dùng ${folder}. / Another test run (process ${pid}) uses this folder.`);
    process.exit(1);
  }
  fs.writeFileSync(file, `${process.ppid}\n${commandOf(process.ppid)}`);
  return () => fs.rmSync(file, { force: true });
}

async function main([command, ...args]) {
  const system = System.running();
  if (command === 'down' || command === 'up') {
    const release = claim();
    // An earlier run that was cut off may have left its system.
    if (fs.existsSync(path.join(system.data, 'config'))) {
      const ended = system.down();
      process.stdout.write(ended.stdout + ended.stderr);
      if (ended.status !== 0) process.exit(1);
      if (command === 'down' && system.processes().length > 0) {
        console.error(`left over: ${system.processes()}`);
        process.exit(1);
      }
    }
    if (command === 'down') {
      release();
      return;
    }
    fs.rmSync(system.data, { recursive: true, force: true });
    const ports = ['--http-port', String(await freePort()), '--grpc-port', String(await freePort())];
    const started = system.up(...ports, ...args);
    process.stdout.write(started.stdout + started.stderr);
    process.exit(started.status ?? 1);
  }
  console.error('system.mjs up [options of deploy/up] | down');
  process.exit(2);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
