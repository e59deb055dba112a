// All machines of a cluster are lost under load; it is formed again from a backup of one node, as it
// was at a chosen second, by the commands of deploy/cluster/README.md.
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { eventually, programs, root, sleep } from '../journeys/lib/system.mjs';
import { NODES } from './cluster.mjs';
import { compare } from './load.mjs';
import { must } from './services.mjs';

const phoihopctl = path.join(programs, 'phoihopctl');

/** Backups of one node that does not write, under load. Gives the instant, in seconds, and where they are. */
async function backUp(cluster) {
  const at = (name) => path.join(cluster.folder, name);
  const backup = { folder: at('backup'), key: at('recovery.key') };
  must(phoihopctl, 'backup', 'recovery-key', '--key', backup.key, '--cert', at('recovery.cert'));
  must(phoihopctl, `--data=${cluster.system.data}`, 'backup', 'folder', '--to', at('services.sealed'), '--recovery-cert', at('recovery.cert'));
  const writer = await cluster.writing();
  const node = NODES.find((name) => name !== writer);
  await cluster.nodeAsync(node, 'backup', 'full', '--backup', backup.folder, '--services', at('services.sealed'), '--recovery-cert', at('recovery.cert'));
  const [program, ...rest] = cluster.network.on(node, path.join(root, 'deploy/cluster/node'), 'backup', 'archive', '--backup', backup.folder,
    '--data', cluster.data(node));
  backup.archiver = spawn(program, rest, { stdio: ['ignore', 'ignore', 'inherit'] });
  await sleep(2000);
  await cluster.nodeAsync(node, 'backup', 'incremental', '--backup', backup.folder);
  await sleep(2000);
  backup.instant = Math.floor(Date.now() / 1000);
  // What comes after the instant must not come back.
  await sleep(3000);
  await eventually(() => {
    const log = path.join(backup.folder, 'binlog');
    const state = fs.readFileSync(path.join(log, fs.readdirSync(log)[0], 'state'), 'utf8');
    return Number(state.match(/^until=(\d+)/m)[1]) > backup.instant + 1;
  }, 30_000, 'the log is archived beyond the instant');
  return backup;
}

async function destroy(cluster, backup) {
  for (const node of NODES) cluster.kill(node, 'SIGKILL');
  backup.archiver.kill('SIGTERM');
  for (const machine of Object.keys(cluster.apps)) {
    cluster.app(machine, 'down');
    fs.rmSync(cluster.apps[machine].data, { recursive: true });
  }
  await sleep(500);
  for (const node of NODES) {
    for (const name of ['data', 'backup']) fs.rmSync(path.join(cluster.data(node), name), { recursive: true, force: true });
  }
}

async function bringBack(cluster, { folder, key, instant }) {
  const restored = path.join(cluster.folder, 'restored');
  must(phoihopctl, 'restore', '--to', new Date(instant * 1000).toISOString().replace('.000', ''), '--from', folder, '--data', restored, '--recovery-key', key);
  cluster.node('one', 'form', '--from', restored, '--admin-password-file', cluster.password);
  cluster.node('two', 'start');
  cluster.node('three', 'start');
  const keys = path.join(cluster.folder, 'first.tar');
  const out = fs.openSync(keys, 'w', 0o600);
  spawnSync(path.join(root, 'deploy/cluster/services'), ['share', '--first', '--data', restored], { stdio: ['ignore', out, 'inherit'] });
  fs.closeSync(out);
  await cluster.startServices(keys);
  await cluster.whole(60_000);
}

/** The whole of it. Prints and gives one line. */
export async function loseAndRestore(cluster, load, lib) {
  load.start('disaster');
  await sleep(1500);
  const backup = await backUp(cluster);
  const end = Date.now();
  load.stopping = true;
  await destroy(cluster, backup);
  const began = Date.now();
  await bringBack(cluster, backup);
  const minutes = (Date.now() - began) / 60_000;
  // Whoever had no answer yet has asked again under the same request id.
  await load.stop();
  load.wrong = [];
  await lib.whole();

  const mine = [...load.acknowledged].filter(([text]) => text.startsWith(load.run));
  const when = (text) => load.moments.get(text);
  const before = new Map(mine.filter(([text]) => when(text).acknowledged < backup.instant * 1000));
  const later = mine.map(([text]) => text).filter((text) => when(text).begun >= backup.instant * 1000 && when(text).acknowledged <= end);
  assert.ok(before.size > 20 && later.length > 20, `${before.size} before, ${later.length} later`);
  const results = NODES.map((node) => compare(cluster, node, load.run, before));
  const lost = Math.max(...results.map((result) => result.lost.length));
  const doubled = Math.max(...results.map((result) => result.doubled.length));
  const tooMuch = results[0].unknown.filter((text) => later.includes(text));
  const line = `all machines lost, formed again from a backup`.padEnd(62) + ` ${minutes.toFixed(1)} min; of ${before.size} acknowledged before the instant ` +
    `lost = ${lost}, doubled = ${doubled}; of ${later.length} later ones there = ${tooMuch.length}`;
  console.log(line);
  assert.deepEqual([lost, doubled, tooMuch.length], [0, 0, 0]);
  return line;
}
