// Somebody with the database's own rights changes, removes or cuts off what was recorded:
// phoihopctl ledger verify finds it and names the record. Last, since it spoils the ledger.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { before, beforeEach, test } from 'node:test';
import { Caller } from '../journeys/lib/http.mjs';
import { eventually } from '../journeys/lib/system.mjs';
import { communesOf, head, system, Writer } from './lib.mjs';

const TABLES = ['ledger_records', 'ledger_payloads', 'ledger_checkpoints', 'ledger_head'];
let token;
let unit;
let last;
let middle;

const sql = (statement) => system.sql(`USE phoihop_opinions; ${statement}`);
const verify = () => system.ctlResult('ledger', 'verify', 'opinions');

async function write(count) {
  const writer = new Writer(token, false);
  for (let i = 0; i < count; i++) await writer.write(unit, `sổ ${i}`, crypto.randomUUID());
}

/** A checkpoint at the newest record: the service signs one when it ends. */
async function checkpoint() {
  const pid = system.kill('opinions', 'SIGTERM');
  await eventually(() => system.pid('opinions') !== undefined && system.pid('opinions') !== pid, 30_000, 'restarted');
  await system.healthy('30s');
}

before(async () => {
  token = system.token();
  unit = (await communesOf(new Caller(system, token), '919'))[0].name;
  await write(50);
  system.forgetFailures('opinions');
  await checkpoint();
  last = head('opinions');
  middle = last - 25;
  for (const table of TABLES) sql(`DROP TABLE IF EXISTS kept_${table}; CREATE TABLE kept_${table} AS SELECT * FROM ${table}`);
});

beforeEach(() => {
  for (const table of TABLES) sql(`DELETE FROM ${table}; INSERT INTO ${table} SELECT * FROM kept_${table}`);
});

function found(position, kind) {
  const { status, stdout, stderr } = verify();
  assert.equal(status, 1, stdout + stderr);
  assert.match(stdout, new RegExp(`SAI tại bản ghi ${position}:`), stdout);
  assert.match(stdout, new RegExp(`BAD at record ${position}: ${kind}`), stdout);
}

test('an untouched ledger verifies', () => {
  const { status, stdout, stderr } = verify();
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, /opinions: nguyên vẹn/);
});

for (const [field, value] of [
  ['actor', "'members/aiđó'"], ['effective_date', "'2020-01-01'"], ['revision', 'revision + 1'],
  ['resource', "'opinionEntries/khác'"], ['record_time', 'record_time - INTERVAL 1 MICROSECOND'],
]) {
  test(`a changed ${field} is found at its record`, () => {
    sql(`UPDATE ledger_records SET ${field} = ${value} WHERE position = ${middle}`);
    found(middle, 'CHANGED_RECORD');
  });
}

test('a changed payload is found at its record', () => {
  sql(`UPDATE ledger_payloads SET payload = CONCAT(payload, 'x') WHERE position = ${middle}`);
  found(middle, 'CHANGED_PAYLOAD');
});

test('a payload that was taken out is found at its record', () => {
  sql(`DELETE FROM ledger_payloads WHERE position = ${middle}`);
  found(middle, 'MISSING_PAYLOAD');
});

test('a removed record is found', () => {
  sql(`DELETE FROM ledger_records WHERE position = ${middle}; DELETE FROM ledger_payloads WHERE position = ${middle}`);
  found(middle, 'REMOVED_RECORD');
});

test('records cut off at the end, with the head put back, are found by the checkpoint kept outside', () => {
  const cut = last - 10;
  sql(`DELETE FROM ledger_records WHERE position > ${cut}; DELETE FROM ledger_payloads WHERE position > ${cut};
       DELETE FROM ledger_checkpoints WHERE position > ${cut};
       UPDATE ledger_head SET position = ${cut}, hash = (SELECT hash FROM ledger_records WHERE position = ${cut})`);
  const { status, stdout } = verify();
  assert.equal(status, 1, stdout);
  assert.match(stdout, /CUT_OFF/, stdout);
});

test('the last record cut off without touching the head is found', () => {
  sql(`DELETE FROM ledger_records WHERE position = ${last}; DELETE FROM ledger_payloads WHERE position = ${last}`);
  const { status, stdout } = verify();
  assert.equal(status, 1, stdout);
  assert.match(stdout, /CUT_OFF|HEAD_MISMATCH/, stdout);
});

test('a ledger that was cut off and filled again is found by the checkpoint', async () => {
  const cut = last - 10;
  sql(`DELETE FROM ledger_records WHERE position > ${cut}; DELETE FROM ledger_payloads WHERE position > ${cut};
       DELETE FROM ledger_checkpoints WHERE position > ${cut};
       UPDATE ledger_head SET position = ${cut}, hash = (SELECT hash FROM ledger_records WHERE position = ${cut})`);
  system.forgetFailures('opinions');
  await checkpoint();
  await write(20);
  const { status, stdout } = verify();
  assert.equal(status, 1, stdout);
  // The first that was signed behind the cut: usually the last, unless a checkpoint came between.
  const found = Number(/BAD at record (\d+): REWRITTEN/.exec(stdout)?.[1]);
  assert.ok(found > cut && found <= last, stdout);
});
