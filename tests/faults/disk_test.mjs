// The database's disk becomes full and is freed: writes get an honest error in time, reads go on as
// long as MariaDB does, and everything goes on by itself. On a disk without a byte left MariaDB ends
// itself ("Out of disk space in rollback") and does not start; services refuse writes before that.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Caller } from '../journeys/lib/http.mjs';
import { eventually, sleep } from '../journeys/lib/system.mjs';
import { communesOf, system } from './lib.mjs';
import { begin, end, logOf, up } from './own.mjs';
import { Writing } from './writing.mjs';

const skip = process.getuid() !== 0 && 'needs root for a small disk';
const DISK_MB = 600;
const folder = path.dirname(system.data);
const image = path.join(folder, 'disk');
const database = path.join(system.data, 'mysql');
const filler = path.join(database, 'filler');
let failures = 0;

/** Moves the database to a disk of its own; this runs in a mount namespace of its own. */
function moveToSmallDisk() {
  execFileSync('truncate', ['--size', `${DISK_MB}M`, image]);
  execFileSync('mkfs.ext4', ['-q', '-m', '0', image]);
  const disk = path.join(folder, 'mnt');
  fs.mkdirSync(disk);
  execFileSync('mount', ['-o', 'loop', image, disk]);
  execFileSync('cp', ['-a', `${database}/.`, disk]);
  execFileSync('umount', [disk]);
  fs.rmSync(database, { recursive: true });
  fs.mkdirSync(database);
  execFileSync('mount', ['-o', 'loop', image, database]);
}

/** Takes the room that is left but so many MB, whatever was freed meanwhile. */
function fill(leave) {
  const { bavail, bsize } = fs.statfsSync(database);
  const blocks = Math.ceil((bavail * bsize - leave * 1048576) / 16384);
  if (blocks <= 0) return;
  try {
    execFileSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=16k', `count=${blocks}`, 'oflag=append', 'conv=notrunc'], { stdio: 'ignore' });
  } catch {
    // Full, as it should be.
  }
}

/** Fills the disk under load, keeps it so, frees it; gives what was seen. */
async function through(leave, ms) {
  const token = system.token();
  const writing = new Writing(system, token, await communesOf(new Caller(system, token), '918'));
  failures++;
  await writing.start();
  let began;
  let freed;
  try {
    await sleep(2000);
    began = Date.now();
    while (Date.now() < began + ms) {
      fill(leave);
      await sleep(500);
    }
    freed = Date.now();
    fs.rmSync(filler);
    await eventually(() => writing.recovered(writing.writes, freed) < Infinity, 120_000, 'writes go on');
    await sleep(2000);
  } finally {
    fs.rmSync(filler, { force: true });
    await writing.stop();
  }
  // A moment is needed to notice.
  const seen = {
    writing, writes: writing.outcomes(writing.writes, began + 2000, freed), reads: writing.outcomes(writing.reads, began, freed),
    slowest: writing.slowest(writing.writes, began + 2000, freed), recovered: writing.recovered(writing.writes, freed),
  };
  console.log(`${leave} MB left for ${ms / 1000} s: writes`, seen.writes, `slowest ${seen.slowest} ms; reads`, seen.reads,
    `slowest ${writing.slowest(writing.reads, began, freed)} ms; the first write ${seen.recovered} ms after it was freed`);
  await writing.check();
  failures--;
  return seen;
}

before(async () => {
  if (skip) return;
  await begin();
  system.down();
  moveToSmallDisk();
  up();
});

after(() => {
  if (skip) return;
  system.down();
  execFileSync('umount', [database]);
  if (failures === 0) end();
  for (const name of [image, path.join(folder, 'mnt')]) fs.rmSync(name, { recursive: true, force: true });
});

test('a disk that is nearly full: writes are refused at once, reads go on, the database too', { skip, timeout: 300_000 }, async () => {
  const pid = system.pid('mariadb');
  const { writes, reads, slowest, recovered } = await through(32, 20_000);
  assert.deepEqual(Object.keys(writes), ['503 STORAGE_FULL']);
  assert.deepEqual(Object.keys(reads), ['OK']);
  // Repeated by the gateway, in case it passes.
  assert.ok(slowest < 4000, `${slowest} ms`);
  assert.ok(recovered < 10_000, `${recovered} ms`);
  assert.equal(system.pid('mariadb'), pid);
  const told = logOf('opinions').filter((line) => line.detail?.startsWith('writes are refused from now on'));
  assert.equal(told.length, 1);
  assert.match(told[0].detail, /PURGE BINARY LOGS/);
});

test('a disk without a byte left: nothing is lost, and all goes on when it is freed', { skip, timeout: 400_000 }, async () => {
  const { recovered } = await through(0, 40_000);
  // The supervisor tries again every 30 s, and MariaDB waits 60 s for room for its binary log.
  assert.ok(recovered < 90_000, `${recovered} ms`);
});
