// The restore drill: load is running, backups are made, the data folder is destroyed, and the
// system comes back as it was at a chosen second. PHOIHOP_DRILL_MB says how much data there
// is (40 by default; 1024 for the drill in full).
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { communesOf, DAY, entriesOf, head, whole, Writer } from '../faults/lib.mjs';
import { Caller } from '../journeys/lib/http.mjs';
import { eventually, sleep } from '../journeys/lib/system.mjs';
import { destroy, digestOf, folder, instant, nextSecond, Rescued, start, upload } from './backup.mjs';

const MEGABYTES = Number(process.env.PHOIHOP_DRILL_MB ?? 40);
const CLIENTS = 8;
const LONG = 'Người dân phản ánh đường ngập. '.repeat(150);
const rescued = new Rescued();
const { system } = rescued;
let token;
let api;
let communes;
let places; // where the clients write; long texts lie elsewhere
let archiver;
const writes = []; // {name, unit, text, requestId, sent, acknowledged}
const uploaded = []; // {name, sha256, bytes}
let loading = true;
let pause = 0; // the longest wait for an answer

before(async () => {
  await rescued.begin();
  token = system.token();
  api = new Caller(system, token);
  communes = await communesOf(api, '916');
  places = communes.slice(2);
  district = (await api.get('/v1/units:resolve', { code: '916', on_date: DAY })).name;
}, { timeout: 300_000 });

after(() => {
  loading = false;
  archiver?.process.kill('SIGTERM');
  rescued.end();
});

/** Writes with request ids until it is told to end; what is not acknowledged has no name. */
async function client(number) {
  const writer = new Writer(token, number % 2 === 1);
  for (let i = 0; loading; i++) {
    const write = { unit: places[(number + i) % places.length].name, text: `tải ${number} ${i} ${crypto.randomUUID()}`, sent: Date.now(), requestId: crypto.randomUUID() };
    writes.push(write);
    while (loading && write.name === undefined) {
      const result = await writer.try(write.unit, write.text, write.requestId);
      if (result.name === undefined) { await sleep(50); continue; }
      write.name = result.name;
      write.acknowledged = Date.now();
      pause = Math.max(pause, write.acknowledged - write.sent);
    }
  }
  writer.close();
}

/** About so much more data: scanned documents, and opinions with long texts. */
async function fill(megabytes) {
  const files = Math.max(1, Math.round(megabytes * 0.7 / 20));
  const size = Math.max(1, Math.round(megabytes * 0.7 / files));
  for (let i = 0; i < files; i++) uploaded.push(await upload(api, communes[0].name, size));
  let left = Math.ceil(megabytes * 0.3 * 1024 / 20);
  await Promise.all(Array.from({ length: 16 }, async () => {
    const writer = new Writer(token, false);
    while (left-- > 0) await writer.write(communes[1].name, `${LONG} ${crypto.randomUUID()}`, crypto.randomUUID());
  }));
}

/** MB of the tables, without logs. */
const databaseMb = (data) => {
  const folder = path.join(data, 'mysql');
  const files = fs.readdirSync(folder, { recursive: true }).filter((name) => !/^(binlog|ib_logfile|ibtmp)/.test(name));
  const bytes = files.map((name) => fs.statSync(path.join(folder, name))).reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
  return Math.round(bytes / 1048576);
};

const records = () => system.sql('SELECT position, HEX(hash), resource, ' +
  "DATE_FORMAT(record_time, '%Y-%m-%dT%H:%i:%s.%fZ') FROM phoihop_opinions.ledger_records ORDER BY position")
  .trim().split('\n').map((line) => {
    const [position, hash, resource, time] = line.split('\t');
    return { position: Number(position), hash, resource, time };
  });

const cursor = () => {
  const [epoch, position] = system.sql(`SELECT p.epoch, p.position FROM phoihop_reporting.projection_positions p
    JOIN phoihop_reporting.projection_current c ON c.service = p.service AND c.generation = p.generation
    WHERE p.service = 'opinions'`).trim().split('\t');
  return { epoch, position: Number(position) };
};

let original; // the ledger of opinions shortly before the end
let ahead; // reporting's cursor then
let target; // the second to which it is restored
let district;
const minutes = {};

const timed = async (what, run) => {
  const began = Date.now();
  const result = await run();
  minutes[what] = (Date.now() - began) / 1000;
  return result;
};

test('backups are made while everybody writes', { timeout: 1_800_000 }, async () => {
  await timed('fill', () => fill(MEGABYTES * 0.75));
  const clients = Array.from({ length: CLIENTS }, (_, i) => client(i));
  await sleep(1500);
  const usual = pause;
  pause = 0;
  await timed('full backup', () => rescued.backMeanwhile('full', '--recovery-cert', rescued.certificate));
  console.log(`longest wait for an answer: ${usual} ms before, ${pause} ms during the full backup`);
  archiver = start([`--data=${system.data}`, 'backup', 'archive', '--backup', rescued.backup]);
  await fill(MEGABYTES * 0.15);
  await timed('incremental backup', () => rescued.backMeanwhile('incremental'));
  await fill(MEGABYTES * 0.1);
  await sleep(2000);

  target = await nextSecond();
  await sleep(2500);
  original = records();
  ahead = await eventually(() => {
    const read = cursor();
    return read.position > original.findLast((r) => Date.parse(r.time.replace(/\d{3}Z$/, 'Z')) < target * 1000).position && read;
  }, 20_000, 'reporting has read beyond the chosen second');
  await rescued.archivedBeyond(target + 2);
  console.log(`${databaseMb(system.data)} MB in the database; ${writes.length} writes of ${CLIENTS} clients beside`);
  await destroy(system);
  loading = false;
  archiver.process.kill('SIGTERM');
  await Promise.all([...clients, archiver.ended]);
  archiver = undefined;
});

test('restored to a second: exactly what was acknowledged before it', { timeout: 1_800_000 }, async () => {
  const result = await timed('restore', () => rescued.restore(instant(target), system.data, '--no-check'));
  console.log(result.stdout);
  assert.equal(result.status, 0, result.stderr);
  const up = await timed('start', () => system.up());
  assert.equal(up.status, 0, up.stdout + up.stderr);

  const restored = records();
  const end = restored.length;
  assert.ok(end > 0 && end < original.length, `${end} of ${original.length} records`);
  // The chain of hashes: the same records, and none left out.
  assert.deepEqual(restored.map((r) => r.hash), original.slice(0, end).map((r) => r.hash));
  console.log(`restored to ${instant(target)}: last record of ${restored[end - 1].time}, the next was of ${original[end].time}`);
  const names = new Set(restored.map((r) => r.resource));
  const acknowledged = writes.filter((write) => write.name !== undefined);
  const before = acknowledged.filter((write) => write.acknowledged < target * 1000);
  const later = acknowledged.filter((write) => write.sent >= target * 1000);
  assert.ok(before.length > 50 && later.length > 50, `${before.length} before, ${later.length} later`);
  assert.deepEqual(before.filter((write) => !names.has(write.name)), [], 'nothing acknowledged before it is missing');
  assert.deepEqual(later.filter((write) => names.has(write.name)), [], 'nothing begun after it is there');
  const stored = (await Promise.all(places.map((unit) => entriesOf(new Caller(system, system.token()), unit.name)))).flat();
  const texts = stored.map((entry) => entry.text);
  assert.equal(new Set(stored.map((entry) => entry.name)).size, stored.length);
  for (const write of before) assert.ok(texts.includes(write.text), write.text);
  console.log(`${before.length} acknowledged before: all there; ${later.length} begun after: none there; ` +
    `${acknowledged.length - before.length - later.length} under way at that second`);
});

test('whoever is ahead of the restored ledger starts over', { timeout: 600_000 }, async () => {
  const epoch = system.sql('SELECT epoch FROM phoihop_opinions.ledger_head').trim();
  assert.notEqual(epoch, ahead.epoch);
  assert.ok(ahead.position > Number(/^head\.opinions=\S+ (\d+)$/m.exec(fs.readFileSync(path.join(system.data, 'restored'), 'utf8'))[1]));
  // Reporting as if its own database had not been restored with the others.
  await eventually(() => cursor().epoch === epoch, 60_000, 'reporting has started over');
  system.sql(`UPDATE phoihop_reporting.projection_positions SET epoch = '${ahead.epoch}', position = ${ahead.position}
    WHERE service = 'opinions'`);
  system.kill('reporting', 'SIGKILL');
  await eventually(() => cursor().epoch === epoch && cursor().position >= head('opinions'), 120_000, 'reporting has started over');
});

test('ledgers, signed checkpoints, projection and figures agree', { timeout: 600_000 }, async () => {
  await timed('verify', whole);
  const caller = new Caller(system, system.token());
  const entries = Number(system.sql('SELECT COUNT(*) FROM phoihop_opinions.opinion_entries'));
  const counted = await caller.get('/v1/opinionEntries:count', { unit: district, since: DAY, until: DAY });
  assert.equal(counted.entryCount, entries);
  const indicators = await caller.get('/v1/indicators', { unit: district, since: DAY, until: DAY });
  const heard = indicators.row.values.find((value) => value.indicator === 'opinions.entries');
  assert.equal(Number(heard.numerator), entries, JSON.stringify(heard));
  assert.equal(Number(system.sql('SELECT COUNT(*) FROM phoihop_agreements.attachments')), uploaded.length);
  for (const file of uploaded.slice(-2)) assert.equal(await digestOf(caller, file), file.sha256);
  // What was lost with the disaster is done again by its author, under the id that it had.
  const lost = writes.find((write) => write.sent >= target * 1000 && write.name !== undefined);
  const again = await new Writer(system.token(), false).write(lost.unit, lost.text, lost.requestId);
  assert.notEqual(again.name, undefined);
  for (const [what, seconds] of Object.entries(minutes)) console.log(`  ${seconds.toFixed(1)} s  ${what}`);
  const total = (minutes.restore + minutes.start) / 60;
  console.log(`  ${total.toFixed(2)} minutes to have the system back, ${databaseMb(system.data)} MB`);
});

test('verify --deep reads the ledgers, which verify by digests does not', { timeout: 600_000 }, () => {
  const deep = () => rescued.back('verify', '--deep', '--scratch', folder);
  const scratch = () => fs.readdirSync(folder).filter((name) => name.startsWith('phoihop-verify'));
  rescued.must(['backup', 'full', '--backup', rescued.backup]);
  assert.equal(rescued.back('archive', '--once').status, 0);
  const good = deep();
  assert.equal(good.status, 0, good.stdout + good.stderr);
  assert.match(good.stdout, /opinions: nguyên vẹn[^]*Bằng nhau/);
  assert.deepEqual(scratch(), []);
  // Somebody changes a record behind everybody's back; the copy of that is a perfect copy.
  system.sql("UPDATE phoihop_opinions.ledger_records SET resource = 'opinionEntries/other' WHERE position = 3");
  rescued.must(['backup', 'incremental', '--backup', rescued.backup]);
  assert.equal(rescued.back('archive', '--once').status, 0);
  assert.equal(rescued.back('verify').status, 0);
  const bad = deep();
  assert.equal(bad.status, 1, bad.stdout + bad.stderr);
  assert.match(bad.stdout + bad.stderr, /opinions: .*\b3\b/);
  assert.deepEqual(scratch(), []);
});
