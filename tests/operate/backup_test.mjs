// What backup and restore refuse, what an interruption leaves, what prune keeps, and the drill.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { communesOf, Writer } from '../faults/lib.mjs';
import { Caller } from '../journeys/lib/http.mjs';
import { deploy, eventually, programs, sleep } from '../journeys/lib/system.mjs';
import { folder, instant, nextSecond, now, phoihopctl, Rescued, start } from './backup.mjs';

const rescued = new Rescued();
const { system, backup } = rescued;
const target = path.join(folder, 'restored');
let unit;
let chosen; // an instant that can be restored
let first; // the first full backup

const write = (text) => new Writer(system.token(), false).write(unit, text, crypto.randomUUID());
const archive = () => rescued.back('archive', '--once');

before(async () => {
  await rescued.begin();
  unit = (await communesOf(new Caller(system, system.token()), '916'))[0].name;
}, { timeout: 300_000 });

after(() => {
  rescued.end();
});

/** Refused with this said in both languages, and nothing left behind. */
function refused(result, vi, en, code = 1) {
  assert.equal(result.status, code, result.stdout + result.stderr);
  assert.match(result.stderr, vi);
  assert.match(result.stderr, en);
  const left = fs.readdirSync(folder).filter((name) => name.includes('restor'));
  assert.deepEqual(left, []);
}

test('the first backup wants a certificate for the keys, not the private key, and a place outside', () => {
  refused(phoihopctl([`--data=${system.data}`, 'backup', 'full', '--backup', path.join(system.data, 'b'),
    '--recovery-cert', rescued.certificate]), /phải nằm ngoài/, /must lie outside/);
  refused(rescued.back('full'), /Chưa có chứng chỉ khôi phục/, /no recovery certificate/);
  const both = path.join(folder, 'elsewhere/both.pem');
  fs.writeFileSync(both, fs.readFileSync(rescued.key) + fs.readFileSync(rescued.certificate));
  refused(rescued.back('full', '--recovery-cert', both), /chứa cả khóa riêng/, /holds the private key/);
  refused(rescued.back('incremental', '--recovery-cert', rescued.certificate), /Chưa có bản đầy đủ/, /no full backup/);
});

test('what is kept for a while: an old answer is forgotten, ledgers are not', async () => {
  // Looked for in the last test: forgetting goes on once a minute.
  for (const days of [6, 8]) {
    system.sql(`INSERT INTO phoihop_opinions.request_memory (caller, request_id, body_hash, position, response, create_time)
      VALUES ('members/old', 'days-${days}', REPEAT('x', 32), 1, '', UTC_TIMESTAMP(6) - INTERVAL ${days} DAY)`);
  }
  const password = fs.readFileSync(path.join(system.data, 'secrets/mysql-opinions'), 'utf8').trim();
  for (const statement of ['DELETE FROM ledger_records', 'UPDATE ledger_payloads SET payload = NULL', 'DELETE FROM ledger_checkpoints']) {
    const { status, stderr } = spawnSync('mariadb', ['--no-defaults', `--socket=${system.config('mysql_socket')}`,
      '--user=phoihop_opinions', 'phoihop_opinions', '-e', statement], { encoding: 'utf8', env: { ...process.env, MYSQL_PWD: password } });
    assert.equal(status, 1);
    assert.match(stderr, /command denied/);
  }
  assert.match(fs.readFileSync(path.join(system.data, 'log/opinions/config'), 'utf8'), /^s10000000\nn20$/m);
});

test('full, incremental and archive make a chain that verifies', async () => {
  const authority = path.join(system.data, 'authorities/root.pem');
  fs.writeFileSync(authority, 'chứng chỉ');
  fs.chmodSync(authority, 0o644);
  // What the administrator has set.
  fs.appendFileSync(path.join(system.data, 'config'), 'max_connections=410\nsite_address=phoihop.example.vn:443\n');
  await write('trước bản đầy đủ');
  // The first signed statements come half a minute after the start.
  await eventually(() => fs.existsSync(path.join(system.data, 'checkpoints/directory')), 60_000, 'a checkpoint is signed');
  rescued.must(['backup', 'full', '--backup', backup, '--recovery-cert', rescued.certificate]);
  first = rescued.sets()[0];
  await write('giữa hai bản');
  rescued.must(['backup', 'incremental', '--backup', backup]);
  await write('sau bản bổ sung');
  await sleep(1100);
  rescued.must(['backup', 'incremental', '--backup', backup]);
  chosen = await nextSecond();
  await sleep(1000);
  assert.equal(archive().status, 0);
  const verified = rescued.back('verify');
  assert.equal(verified.status, 0, verified.stderr);
  assert.match(verified.stdout, /Nhật ký: nguyên vẹn/);
  const metrics = fs.readFileSync(path.join(backup, 'metrics.prom'), 'utf8');
  for (const kind of ['full', 'incremental', 'archive', 'verify']) {
    const value = Number(new RegExp(`^phoihop_backup_last_success_timestamp_seconds\\{kind="${kind}"\\} (\\d+)$`, 'm').exec(metrics)[1]);
    assert.ok(Math.abs(value - now()) < 120, kind);
  }
});

test('no secret lies in a backup unsealed', () => {
  const secrets = ['secrets', 'keys/private'].flatMap((name) => {
    const there = path.join(system.data, name);
    return fs.readdirSync(there).map((file) => fs.readFileSync(path.join(there, file), 'utf8').trim());
  });
  assert.ok(secrets.length >= 15 && secrets.every((secret) => secret.length >= 16));
  for (const file of fs.readdirSync(backup, { recursive: true }).map((name) => path.join(backup, name))) {
    if (!fs.statSync(file).isFile()) continue;
    const bytes = fs.readFileSync(file);
    for (const secret of secrets) assert.ok(!bytes.includes(secret), file);
  }
  assert.equal(fs.statSync(path.join(backup, 'sets')).mode & 0o77, 0);
});

test('bad usage is told apart', () => {
  assert.equal(rescued.restore('hôm qua', target).status, 2);
  assert.equal(rescued.restore('2026-13-45T00:00:00Z', target).status, 2);
  assert.equal(rescued.back('mirror').status, 2);
  assert.equal(rescued.back('prune', '--keep-days', '0').status, 2);
  for (const command of ['backup', 'restore']) {
    assert.match(rescued.must([command, '--help']), /Mã thoát/);
  }
});

test('an instant outside of the archive is refused, and what can be restored is said', () => {
  for (const second of [now() - 86400, now() + 86400]) {
    const result = rescued.restore(instant(second), target);
    refused(result, /nằm ngoài những gì đã lưu/, /outside of what is archived/);
    assert.match(result.stderr, /any second can be restored in:\n\s+20\d\d-\d\d-\d\dT/);
  }
});

test('a folder that is not empty is left alone', () => {
  refused(rescued.restore('latest', system.data), /không trống/, /is not empty/);
  assert.match(fs.readFileSync(path.join(system.data, 'config'), 'utf8'), /^id=/m);
});

test('a wrong recovery key is refused before anything is copied', () => {
  const other = path.join(folder, 'elsewhere/other');
  rescued.must(['backup', 'recovery-key', '--key', other, '--cert', `${other}.pem`]);
  const result = rescued.restore('latest', target, '--recovery-key', other);
  refused(result, /không phải là khóa khôi phục/, /not the recovery key/);
});

/** Changes one byte of a file for a while. */
function spoilt(file, at, check) {
  const bytes = fs.readFileSync(file);
  const bad = Buffer.from(bytes);
  bad[at < 0 ? bad.length + at : at] ^= 1;
  fs.writeFileSync(file, bad);
  try {
    check(new RegExp(file.replace(/[.\\/]/g, '\\$&')));
  } finally {
    fs.writeFileSync(file, bytes);
  }
}

test('a file that was altered is named: of a set, of the manifest, of sealed keys, of the log', () => {
  const set = path.join(backup, 'sets', first);
  for (const file of ['database/ibdata1', 'manifest', 'sealed.cms', 'folder/administrator']) {
    spoilt(path.join(set, file), -20, (named) => {
      refused(rescued.restore(instant(chosen), target), named, named);
      const verified = rescued.back('verify');
      assert.equal(verified.status, 1);
      assert.match(verified.stderr, named);
    });
  }
  const state = fs.readFileSync(path.join(rescued.log, 'state'), 'utf8');
  const tail = path.join(rescued.log, /^tail=(.*)$/m.exec(state)[1]);
  spoilt(tail, 5000, (named) => {
    refused(rescued.restore(instant(chosen), target), named, named);
    const verified = rescued.back('verify');
    assert.equal(verified.status, 1);
    assert.match(verified.stderr, named);
    assert.match(verified.stdout, /không có mốc nào/);
  });
});

test('a missing increment breaks its chain by name; the log leads there from the full backup', () => {
  const [, middle, last] = rescued.sets();
  const gone = path.join(backup, 'sets', middle);
  fs.renameSync(gone, path.join(backup, 'aside'));
  try {
    const named = new RegExp(middle);
    refused(rescued.restore(last, target), named, named);
    refused(rescued.back('incremental'), named, named);
    const verified = rescued.back('verify');
    assert.equal(verified.status, 1);
    assert.match(verified.stderr, named);
    const restored = rescued.restore(instant(chosen), target, '--no-check');
    assert.equal(restored.status, 0, restored.stderr);
    assert.match(fs.readFileSync(path.join(target, 'restored'), 'utf8'), new RegExp(`^sets=${first}$`, 'm'));
    assert.equal(fs.statSync(path.join(target, 'authorities/root.pem')).mode & 0o777, 0o644, 'readable as it was');
    // Settings come back; what belongs to one running system does not.
    const settings = Object.fromEntries(fs.readFileSync(path.join(target, 'config'), 'utf8').trim().split('\n').map((line) => line.split(/=(.*)/s)));
    assert.deepEqual([settings.max_connections, settings.site_address], ['410', 'phoihop.example.vn:443']);
    assert.notEqual(settings.id, system.config('id'));
    assert.deepEqual(Object.keys(settings).filter((name) => /^(mysql_|run_user|opinions_)/.test(name)), []);
    for (const name of ['secrets/mysql-opinions', 'keys/private/ctl.key', 'administrator', 'checkpoints/directory']) {
      assert.deepEqual(fs.readFileSync(path.join(target, name)).subarray(0, 20), fs.readFileSync(path.join(system.data, name)).subarray(0, 20), name);
    }
    fs.rmSync(target, { recursive: true });
    // Without the log there is no way around.
    fs.renameSync(rescued.log, path.join(backup, 'log-aside'));
    refused(rescued.restore(instant(chosen), target), /thiếu hoặc hỏng/, /missing or bad/);
    fs.renameSync(path.join(backup, 'log-aside'), rescued.log);
  } finally {
    fs.renameSync(path.join(backup, 'aside'), gone);
  }
});

test('lost recovery key: the data come back, keys are made anew', () => {
  const result = rescued.restore('latest', target, '--without-keys');
  assert.equal(result.status, 0, result.stdout + result.stderr);
  assert.match(result.stdout, /Bằng nhau/);
  fs.rmSync(target, { recursive: true });
});

test('a backup that is killed leaves nothing that counts, and the next one clears up', async () => {
  const sets = rescued.sets();
  for (const signal of ['SIGKILL', 'SIGTERM']) {
    const running = start([`--data=${system.data}`, 'backup', 'full', '--backup', backup]);
    const partial = await eventually(() => fs.readdirSync(path.join(backup, 'sets')).find((name) => name.startsWith('.partial-')), 20_000, 'it has begun');
    await eventually(() => fs.existsSync(path.join(backup, 'sets', partial, 'database/ibdata1')), 20_000, 'it copies');
    running.process.kill(signal);
    await running.ended;
    assert.deepEqual(rescued.sets(), sets);
    // Nothing goes on copying in the dark, and writers were never held.
    await write(`sau ${signal}`);
  }
  await sleep(1100);
  rescued.must(['backup', 'incremental', '--backup', backup]);
  assert.deepEqual(fs.readdirSync(path.join(backup, 'sets')).filter((name) => name.startsWith('.')), []);
});

test('a full disk: the backup fails and says so, the system and what was archived stay', { skip: process.getuid() !== 0 && 'needs root for a small disk' }, async () => {
  const small = path.join(folder, 'small');
  fs.mkdirSync(small);
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=60m', 'tmpfs', small]);
  } catch {
    console.log('no small disk can be mounted here');
    return;
  }
  try {
    const args = [`--data=${system.data}`, 'backup', 'full', '--backup', `${small}/b`, '--recovery-cert', rescued.certificate];
    const running = start(args);
    assert.equal(await running.ended, 1, running.output);
    assert.match(running.output, /Không sao lưu được/);
    assert.deepEqual(fs.readdirSync(`${small}/b/sets`), []);
    await write('đĩa sao lưu đầy');
    // The archive goes on as soon as there is room.
    const filler = `${small}/filler`;
    const log = () => start([`--data=${system.data}`, 'backup', 'archive', '--once', '--backup', `${small}/b`]);
    try {
      execFileSync('dd', ['if=/dev/zero', `of=${filler}`, 'bs=64k'], { stdio: 'ignore' });
    } catch {
      // Full, as it should be.
    }
    const full = log();
    assert.equal(await full.ended, 1, full.output);
    assert.match(full.output, /đã đầy/);
    fs.rmSync(filler);
    const again = log();
    assert.equal(await again.ended, 0, again.output);
  } finally {
    execFileSync('umount', [small]);
    fs.rmdirSync(small);
  }
});

test('the archive goes on over a restart of the database and its death, and ends where the server is gone', async () => {
  const archiver = start([`--data=${system.data}`, 'backup', 'archive', '--backup', backup]);
  try {
    for (const signal of ['SIGTERM', 'SIGKILL']) {
      await write(`trước ${signal}`);
      const pid = system.kill('mariadb', signal);
      await eventually(() => system.pid('mariadb') !== undefined && system.pid('mariadb') !== pid, 60_000, 'restarted');
      await system.healthy('60s');
      await write(`sau ${signal}`);
    }
    const second = now();
    await rescued.archivedBeyond(second);
    assert.equal(rescued.back('verify').status, 0);
    // A second archiver is refused.
    refused(rescued.back('archive', '--once'), /Một lệnh khác/, /Another command/);
    // An archiver that was killed in the middle goes on where it ended.
    archiver.process.kill('SIGKILL');
    await archiver.ended;
    assert.equal(archive().status, 0);
    fs.renameSync(path.join(system.data, 'mysql/binlog.index'), path.join(system.data, 'mysql/aside'));
    const before = rescued.until();
    await sleep(1100);
    assert.equal(archive().status, 1);
    assert.equal(rescued.until(), before, 'nothing is said to be archived that was not seen');
    fs.renameSync(path.join(system.data, 'mysql/aside'), path.join(system.data, 'mysql/binlog.index'));
  } finally {
    archiver.process.kill('SIGKILL');
  }
});

test('prune keeps what the window needs, and nothing more', async () => {
  // Sets and logs of the past: everything that there is becomes older, then new ones are made.
  const range = () => /any second can be restored in:\n\s+(\S+) .*…\s+(\S+) /.exec(rescued.back('list').stdout).slice(1);
  await sleep(1100);
  rescued.must(['backup', 'full', '--backup', backup]);
  await sleep(1100);
  rescued.must(['backup', 'incremental', '--backup', backup]);
  assert.equal(archive().status, 0);
  const sets = rescued.sets();
  const kept = range();
  // All of it lies within a day: nothing may go.
  rescued.must(['backup', 'prune', '--backup', backup, '--keep-days', '1', '--keep-full', '1']);
  assert.deepEqual(rescued.sets(), sets);
  assert.deepEqual(range(), kept);
  const logs = fs.readdirSync(rescued.log).filter((name) => /^binlog\.\d+$/.test(name)).sort();

  // Ten days on: only the newest full backup, its increment and the log since then are needed.
  const later = (args) => {
    const { status, stdout, stderr } = rescued.back('prune', '--keep-days', '1', '--keep-full', '1', '--now', String(now() + 10 * 86400), ...args);
    assert.equal(status, 0, stdout + stderr);
    return stdout;
  };
  assert.match(later(['--dry-run']), new RegExp(`Sẽ xóa ${first}`));
  assert.deepEqual(rescued.sets(), sets);
  spoilt(path.join(backup, 'sets', sets.at(-2), 'database/ibdata1'), -20, (named) => {
    refused(rescued.back('prune', '--keep-days', '1', '--keep-full', '1', '--now', String(now() + 10 * 86400)), /Không xóa gì/, named);
    assert.deepEqual(rescued.sets(), sets);
  });
  later([]);
  assert.deepEqual(rescued.sets(), sets.slice(-2));
  const left = fs.readdirSync(rescued.log).filter((name) => /^binlog\.\d+$/.test(name)).sort();
  assert.ok(left.length < logs.length, `${left.length} of ${logs.length}`);
  assert.equal(rescued.back('verify').status, 0);
  // What was removed is not fetched again, and the rest still leads to a restore.
  assert.equal(archive().status, 0);
  assert.deepEqual(fs.readdirSync(rescued.log).filter((name) => /^binlog\.\d+$/.test(name)).sort(), left);
  const restored = rescued.restore('latest', target, '--no-check');
  assert.equal(restored.status, 0, restored.stderr);
  fs.rmSync(target, { recursive: true });
});

test('a drill needs no recovery key: what it restores gets keys of its own', () => {
  const result = deploy('backup/drill', ['--data', system.data, '--backup', backup]);
  assert.equal(result.status, 0, result.stdout + result.stderr);
  assert.match(result.stdout, /Bằng nhau/);
});

test('the drill restores the running system beside itself and prints the minutes', () => {
  const result = deploy('backup/drill', ['--data', system.data, '--backup', backup, '--recovery-key', rescued.key]);
  assert.equal(result.status, 0, result.stdout + result.stderr);
  assert.match(result.stdout, /phút để có lại hệ thống/);
  assert.match(fs.readFileSync(path.join(backup, 'metrics.prom'), 'utf8'), /kind="drill"/);
  assert.deepEqual(fs.readdirSync(folder).filter((name) => name.includes('drill')), []);
});

const remembered = () => system.sql("SELECT request_id FROM phoihop_opinions.request_memory WHERE caller = 'members/old' ORDER BY request_id").trim();

test('the old answer has been forgotten, the younger one not yet', async () => {
  await eventually(() => remembered() === 'days-6', 90_000, 'forgotten');
});

test('with a backup folder, up starts the archiver and keeps it running', async () => {
  assert.equal(system.down().status, 0);
  // A shorter memory, for the test below.
  fs.appendFileSync(path.join(system.data, 'config'), 'request_retention=24h\n');
  refused(system.up('--backup', path.join(system.data, 'b')), /phải nằm ngoài/, /must lie outside/);
  const up = system.up('--backup', backup);
  assert.equal(up.status, 0, up.stdout + up.stderr);
  await write('chép theo');
  await rescued.archivedBeyond(now());
  const pid = system.kill('archive', 'SIGKILL');
  await eventually(() => system.pid('archive') !== undefined && system.pid('archive') !== pid, 30_000, 'started again');
  await rescued.archivedBeyond(now());
  assert.ok(!system.roles()['phoihop-opinions'].includes(system.pid('archive')));
  // What an exporter that is not the administrator's finds: it lists the folder.
  const metrics = path.join(backup, 'metrics');
  assert.equal(fs.statSync(metrics).mode & 0o777, 0o755);
  assert.deepEqual(fs.readdirSync(metrics).filter((name) => name.endsWith('.prom')), ['backup.prom']);
  const seen = /kind="archive"\} (\d+)/.exec(fs.readFileSync(path.join(metrics, 'backup.prom'), 'utf8'))[1];
  assert.ok(now() - Number(seen) < 120);
  // It ends with the system, when everything is copied.
  const last = system.sql('SHOW MASTER STATUS').split('\t')[0];
  assert.equal(system.down().status, 0);
  assert.deepEqual(system.processes(), []);
  assert.equal(fs.statSync(path.join(rescued.log, last)).size, fs.statSync(path.join(system.data, 'mysql', last)).size);
  assert.equal(system.up().status, 0);
});

test('--request_retention: what is older goes, of every other table nothing', async () => {
  const add = (caller, id, age) => system.sql(`INSERT INTO phoihop_opinions.request_memory (caller, request_id, body_hash, position, response, create_time)
    VALUES ('${caller}', '${id}', REPEAT('x', 32), 1, '', UTC_TIMESTAMP(6) - INTERVAL ${age})`);
  add('members/old', 'hours-23', '23 HOUR');
  add('members/old', 'hours-25', '25 HOUR');
  const tables = system.sql(`SELECT CONCAT(table_schema, '.', table_name) FROM information_schema.tables
    WHERE table_schema LIKE 'phoihop\\_%' AND table_type = 'BASE TABLE' AND table_name NOT IN ('request_memory', 'lease')`).trim().split('\n');
  assert.ok(tables.includes('phoihop_opinions.ledger_records') && tables.includes('phoihop_opinions.ledger_payloads') && tables.length > 30);
  const counts = () => Object.fromEntries(tables.map((table) => [table, Number(system.sql(`SELECT COUNT(*) FROM ${table}`))]));
  const before = counts();
  await eventually(() => remembered() === 'hours-23', 90_000, 'forgotten');
  for (const [table, count] of Object.entries(counts())) assert.ok(count >= before[table], `${table}: ${before[table]}, then ${count}`);
  assert.equal(phoihopctl([`--data=${system.data}`, 'ledger', 'verify']).status, 0);
  // Less than a client that repeats itself needs is refused.
  const flags = fs.readFileSync(path.join(system.data, 'sv/opinions/run'), 'utf8').match(/--\S+=\S+/g).filter((flag) => !/port|retention|re[ug]id/.test(flag));
  const least = spawnSync(path.join(programs, 'phoihop-opinions'), [...flags, '--port=0', '--request_retention=59m'], { encoding: 'utf8', timeout: 20_000 });
  assert.notEqual(least.status, 0);
  assert.match(least.stdout + least.stderr, /--request_retention is less than 1h/);
});
