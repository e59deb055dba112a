// What the tests of backups share: a system, its backup folder, writes with request ids.
import { spawn, spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { eventually, freePort, programs, root, sleep, System } from '../journeys/lib/system.mjs';

export const folder = process.env.PHOIHOP_TEST_SYSTEM ?? path.join(root, 'build/restore');
export const ctlProgram = path.join(programs, 'phoihopctl');

/** phoihopctl with these arguments: {status, stdout, stderr}. */
export function phoihopctl(args, options = {}) {
  const result = spawnSync(ctlProgram, args, { encoding: 'utf8', timeout: 1_800_000, ...options });
  return { status: result.status, stdout: result.stdout ?? '', stderr: result.stderr ?? '' };
}

/** The same without blocking: {process, output, ended}; output grows. */
export function start(args, program = ctlProgram) {
  const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const running = { process: child, output: '' };
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => { running.output += chunk; });
  running.ended = new Promise((resolve) => { child.on('close', (code) => resolve(code)); });
  return running;
}

/** A system in `folder`/data with a backup folder and a recovery key that lies elsewhere. */
export class Rescued {
  constructor() {
    this.system = new System(path.join(folder, 'data'));
    this.backup = path.join(folder, 'backup');
    this.key = path.join(folder, 'elsewhere/recovery-key');
    this.certificate = path.join(folder, 'elsewhere/recovery.pem');
  }

  /** What an earlier run has left is ended and removed. */
  async begin() {
    for (const name of fs.existsSync(folder) ? fs.readdirSync(folder) : []) {
      const data = path.join(folder, name);
      if (fs.existsSync(path.join(data, 'config'))) new System(data).down();
    }
    fs.rmSync(folder, { recursive: true, force: true });
    fs.mkdirSync(path.dirname(this.key), { recursive: true });
    const up = this.system.up('--http-port', String(await freePort()), '--grpc-port', String(await freePort()));
    if (up.status !== 0) throw new Error(up.stdout + up.stderr);
    this.must(['backup', 'recovery-key', '--key', this.key, '--cert', this.certificate]);
  }

  end() {
    this.system.down();
    fs.rmSync(folder, { recursive: true, force: true });
  }

  /** Output of a command that must succeed. */
  must(args) {
    const { status, stdout, stderr } = phoihopctl([`--data=${this.system.data}`, ...args]);
    if (status !== 0) throw new Error(`${args.join(' ')}: ${status}\n${stdout}${stderr}`);
    return stdout;
  }

  /** `backup COMMAND ...`: {status, stdout, stderr}. */
  back(command, ...args) {
    return phoihopctl([`--data=${this.system.data}`, 'backup', command, '--backup', this.backup, ...args]);
  }

  /** The same without blocking, for use beside running clients. */
  async backMeanwhile(command, ...args) {
    const running = start([`--data=${this.system.data}`, 'backup', command, '--backup', this.backup, ...args]);
    if (await running.ended !== 0) throw new Error(`backup ${command}: ${running.output}`);
    return running.output;
  }

  restore(to, data, ...args) {
    return phoihopctl(['restore', '--to', to, '--from', this.backup, '--data', data, '--recovery-key', this.key, ...args]);
  }

  sets() {
    return fs.readdirSync(path.join(this.backup, 'sets')).filter((name) => /^\d/.test(name)).sort();
  }

  /** The archived log of the system's own lineage. */
  get log() {
    return path.join(this.backup, 'binlog', this.system.config('id'));
  }

  /** The second up to which the log is archived. */
  until() {
    const state = path.join(this.log, 'state');
    return fs.existsSync(state) ? Number(/^until=(\d+)$/m.exec(fs.readFileSync(state, 'utf8'))?.[1] ?? 0) : 0;
  }

  async archivedBeyond(second) {
    await eventually(() => this.until() > second, 60_000, 'the log is archived');
  }
}

/** 2026-11-23T07:00:00Z from seconds since 1970. */
export const instant = (second) => new Date(second * 1000).toISOString().replace('.000Z', 'Z');

export const now = () => Math.floor(Date.now() / 1000);

/** The next full second, once it is over. */
export async function nextSecond() {
  const second = now() + 1;
  await sleep(second * 1000 + 50 - Date.now());
  return second;
}

/** Kills every process of a system by its pid and removes its folder, as a disaster does. */
export async function destroy(system) {
  await eventually(() => {
    for (const pid of system.processes()) {
      try {
        process.kill(Number(pid), 'SIGKILL');
      } catch {
        // It has ended meanwhile.
      }
    }
    return system.processes().length === 0;
  }, 30_000, 'all processes are dead');
  fs.rmSync(system.data, { recursive: true, force: true });
}

const CHUNK = 640 << 10;

/** Uploads a file of random bytes of about so many MB, as a scanned document: {name, sha256, bytes}. */
export async function upload(api, unit, megabytes) {
  const bytes = Buffer.concat([Buffer.from('%PDF-1.4\n'), crypto.randomBytes(megabytes << 20)]);
  const sha256 = crypto.createHash('sha256').update(bytes).digest('hex');
  const { name } = await api.post('/v1/uploads', {
    fileName: 'Bản quét.pdf', mediaType: 'application/pdf', sizeBytes: bytes.length, sha256, unit,
  });
  for (let offset = 0; offset < bytes.length; offset += CHUNK) {
    await api.post(`/v1/${name}:uploadChunk`, { offset, data: bytes.subarray(offset, offset + CHUNK).toString('base64') });
  }
  return { name: (await api.post(`/v1/${name}:finish`, {})).name, sha256, bytes: bytes.length };
}

/** SHA-256 of a stored file, read back in parts. */
export async function digestOf(api, file) {
  const hash = crypto.createHash('sha256');
  for (let offset = 0; offset < file.bytes;) {
    const part = Buffer.from((await api.get(`/v1/${file.name}:read`, { offset, limit: CHUNK })).data, 'base64');
    hash.update(part);
    offset += part.length;
  }
  return hash.digest('hex');
}
