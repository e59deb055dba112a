// A system of its own for a test that breaks its database, its files or its clock.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { eventually, freePort } from '../journeys/lib/system.mjs';
import { system } from './lib.mjs';

/** Begins a system in the folder of this test; what an earlier run has left is ended first. */
export async function begin(...options) {
  if (fs.existsSync(path.join(system.data, 'config'))) system.down();
  fs.rmSync(system.data, { recursive: true, force: true });
  fs.mkdirSync(path.dirname(system.data), { recursive: true });
  up('--http-port', String(await freePort()), '--grpc-port', String(await freePort()), ...options);
}

export function up(...options) {
  const { status, stdout, stderr } = system.up(...options);
  if (status !== 0) throw new Error(stdout + stderr);
}

/** Ends it; its folder stays when the test has failed, since its logs tell why. */
export function end(keep = false) {
  system.down();
  if (!keep) fs.rmSync(system.data, { recursive: true, force: true });
}

/** Ends one process until it is started again, as an administrator would with sv. */
export async function stop(name) {
  sv('down', name);
  await eventually(() => system.pid(name) === undefined, 30_000, `${name} ends`);
}

export function start(name) {
  sv('up', name);
}

function sv(command, name) {
  execFileSync('sv', [command, name], { env: { ...process.env, SVDIR: path.join(system.data, 'sv') }, stdio: 'ignore' });
}

/** The lines that a process has logged, parsed; what is no JSON (MariaDB's) as {message}. */
export function logOf(name) {
  const folder = path.join(system.data, 'log', name);
  return fs.readdirSync(folder).filter((file) => file === 'current' || file.startsWith('@')).sort((a, b) => (a === 'current') - (b === 'current'))
    .flatMap((file) => fs.readFileSync(path.join(folder, file), 'utf8').split('\n'))
    .filter((line) => line !== '')
    .map((line) => {
      try { return JSON.parse(line); } catch { return { message: line }; }
    });
}
