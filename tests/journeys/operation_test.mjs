// What an operator does: start, end, start again, two systems side by side, and what goes wrong.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { Caller } from './lib/http.mjs';
import { deploy, eventually, freePort, programs, root, SERVICES, System } from './lib/system.mjs';

const system = System.running();
const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'phoihop operation '));
fs.chmodSync(temporary, 0o755);
const second = new System(path.join(temporary, 'thư mục thứ hai'));
after(() => {
  if (fs.existsSync(path.join(second.data, 'config'))) second.down();
  fs.rmSync(temporary, { recursive: true, force: true });
});

async function figures(of = system) {
  const { petitions, coverage } = await new Caller(of, of.token()).overview('92');
  return { petitions, coverage };
}

test('down leaves no process, and up brings the same figures back', async () => {
  const earlier = await figures();
  const down = system.down();
  assert.equal(down.status, 0, down.stderr);
  assert.deepEqual(system.processes(), []);
  assert.equal(system.down().status, 0, 'down again is no error');
  const began = Date.now();
  const up = system.up();
  console.log(`second start: ${Date.now() - began} ms`);
  assert.equal(up.status, 0, up.stderr);
  assert.doesNotMatch(up.stdout, /password/, 'the password is shown once only');
  assert.deepEqual(await figures(), earlier);
});

test('up on a running system says so and changes nothing', () => {
  const pids = ['mariadb', 'directory', 'gateway'].map((name) => system.pid(name));
  const again = system.up();
  assert.equal(again.status, 0, again.stderr);
  assert.match(again.stdout, /already runs/);
  assert.ok(again.stdout.includes(system.url));
  assert.deepEqual(['mariadb', 'directory', 'gateway'].map((name) => system.pid(name)), pids);
});

// What of the system's files an exchange must have changed.
const secretsOf = (name) => ({
  password: fs.readFileSync(path.join(system.data, 'secrets', `mysql-${name}`), 'utf8'),
  key: fs.readFileSync(path.join(system.data, 'keys/private', `${name}.key`), 'utf8'),
  certificate: fs.readFileSync(path.join(system.data, 'tls', name, 'cert.pem'), 'utf8'),
});

test('certificates, passwords and keys are exchanged under load: no call fails', async () => {
  const before = Object.fromEntries(SERVICES.map((name) => [name, secretsOf(name)]));
  const pids = SERVICES.map((name) => system.pid(name));
  const caller = new Caller(system, system.token());
  const { name: unit } = await caller.get('/v1/units:resolve', { code: '92', on_date: '2023-10-24' });
  let ended = false;
  const failures = [];
  let calls = 0;
  const load = async (ask) => {
    while (!ended) {
      try {
        await ask();
        calls += 1;
      } catch (error) {
        failures.push(error.message);
      }
    }
  };
  // The overview asks every service in the member's name.
  const loads = [
    load(async () => {
      const { parts } = await caller.overview('92');
      const bad = parts.find((part) => part.state !== 'OK');
      if (bad) throw new Error(`${bad.service}: ${bad.state} ${bad.message}`);
    }),
    load(() => caller.get('/v1/coverage', { unit, on_date: '2023-10-24' })),
    load(() => caller.get('/v1/due', { unit, bucket: 'OVERDUE' })),
    // New tokens all the time, by keys that change, each of which is noted in a ledger.
    load(async () => new Caller(system, (await system.ctl('token')).trim()).get('/v1/units:resolve', { code: '92' })),
  ];
  // Not by spawnSync, which would stop the load meanwhile.
  const { code, output } = await new Promise((resolve) => {
    const rotate = spawn(path.join(root, 'deploy/rotate'), ['--data', system.data, 'all'],
      { env: { ...process.env, PHOIHOP_BIN: programs } });
    let text = '';
    for (const stream of [rotate.stdout, rotate.stderr]) stream.on('data', (chunk) => { text += chunk; });
    rotate.on('close', (status) => resolve({ code: status, output: text }));
  });
  assert.equal(code, 0, output);
  // Every connection to the database is opened anew, with the new password.
  const sessions = system.sql("SELECT ID FROM information_schema.PROCESSLIST WHERE USER LIKE 'phoihop\\_%' AND COMMAND = 'Sleep'");
  ended = true;
  await Promise.all(loads);
  assert.deepEqual(failures, []);
  assert.ok(calls > 100, `${calls} calls`);
  console.log(`exchanged under load: ${calls} calls, none failed`);
  for (const id of sessions.trim().split('\n')) {
    try {
      system.sql(`KILL ${id}`);
    } catch {
      // It has ended by itself.
    }
  }
  await eventually(() => caller.overview('92').then(({ parts }) => parts.every((part) => part.state === 'OK')),
    30_000, 'every part with new connections');
  for (const name of SERVICES) {
    const now = secretsOf(name);
    for (const what of Object.keys(now)) assert.notEqual(now[what], before[name][what], `${what} of ${name}`);
    const old = spawnSync('mariadb', ['--no-defaults', `--socket=${system.config('mysql_socket')}`,
      `--user=phoihop_${name}`, `--password=${before[name].password}`, '-e', 'SELECT 1'], { encoding: 'utf8' });
    assert.match(old.stderr, /Access denied/, 'the old password is good no longer');
  }
  assert.deepEqual(SERVICES.map((name) => system.pid(name)), pids, 'nothing was started again');
});

test('deploy/ca keeps what is good, and changes certificate and key in one step', () => {
  const folder = path.join(temporary, 'tls');
  const ca = (...args) => {
    const result = deploy('ca', args);
    assert.equal(result.status, 0, result.stderr);
    return result.stdout;
  };
  const read = (...parts) => fs.readFileSync(path.join(folder, ...parts), 'utf8');
  const publicKey = (...args) => execFileSync('openssl', [...args, '-pubkey', '-noout'], { encoding: 'utf8' });
  ca('init', folder);
  const authority = read('ca.pem');
  ca('init', folder);
  assert.equal(read('ca.pem'), authority);
  ca('issue', folder, 'directory', '--ip', '127.0.0.1');
  const first = read('directory/cert.pem');
  assert.equal(ca('issue', folder, 'directory', '--ip', '127.0.0.1'), '', 'it is good');
  assert.equal(ca('renew', folder, '--due'), '');
  assert.equal(read('directory/cert.pem'), first);
  const generation = fs.realpathSync(path.join(folder, 'directory/current'));
  ca('renew', folder);
  const cert = path.join(folder, 'directory/cert.pem');
  assert.notEqual(read('directory/cert.pem'), first);
  assert.notEqual(fs.realpathSync(path.join(folder, 'directory/current')), generation);
  assert.equal(publicKey('x509', '-in', cert), execFileSync('openssl', ['pkey', '-in', path.join(folder, 'directory/key.pem'), '-pubout'], { encoding: 'utf8' }));
  assert.match(execFileSync('openssl', ['x509', '-in', cert, '-noout', '-ext', 'subjectAltName'], { encoding: 'utf8' }),
    /DNS:directory.phoihop.internal, IP Address:127.0.0.1/, 'the names stay');
  execFileSync('openssl', ['verify', '-CAfile', path.join(folder, 'ca.pem'), cert]);
  assert.equal(fs.statSync(path.join(folder, 'directory/key.pem')).mode & 0o077, 0);
  // gRPC tells two states apart by whole seconds.
  const seconds = (file) => Math.floor(fs.statSync(file).mtimeMs / 1000);
  assert.ok(seconds(cert) > seconds(path.join(generation, 'cert.pem')));
  ca('issue', folder, 'gateway', '--days', '1');
  for (const args of [['issue', folder, '../x'], ['renew', folder, 'opinions'], ['show', path.join(temporary, 'nothing')]]) {
    const refused = deploy('ca', args);
    assert.notEqual(refused.status, 0);
    assert.match(refused.stderr, /LỖI: .*\nERROR: /);
  }
});

test('a port in use is named, with the option to choose another', async () => {
  const server = net.createServer();
  const port = await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server.address().port)));
  for (const option of ['--http-port', '--grpc-port']) {
    const other = option === '--http-port' ? '--grpc-port' : '--http-port';
    const refused = second.up(option, String(port), other, String(await freePort()));
    assert.notEqual(refused.status, 0);
    assert.match(refused.stderr, new RegExp(`Cổng ${port} .*${option}`));
    assert.match(refused.stderr, new RegExp(`Port ${port} is in use`));
  }
  server.close();
});

test('a folder that cannot be written is named', () => {
  const file = path.join(temporary, 'a file');
  fs.writeFileSync(file, '');
  const refused = new System(path.join(file, 'data')).up();
  assert.notEqual(refused.status, 0);
  assert.match(refused.stderr, /LỖI: .*a file\/data/);
});

test('a second folder, with spaces in its path, runs beside the first', async () => {
  const ports = ['--http-port', String(await freePort()), '--grpc-port', String(await freePort())];
  // The first start is cut off in the middle of the import; the next one completes it.
  const cut = second.upInBackground(...ports);
  await eventually(() => cut.output.includes('importing the register'), 60_000, 'the import begins');
  cut.process.kill('SIGKILL');
  const up = second.up(...ports);
  assert.equal(up.status, 0, up.stderr + up.stdout);
  assert.match(up.stdout, /password: +\S{20}\n/);
  const theirs = await figures(second);
  assert.deepEqual(theirs.coverage.map((c) => [c.signedCount, c.expectedCount]), [[0, 9], [0, 83]]);
  assert.equal(theirs.petitions[0].receivedCount, 0);
  assert.ok((await figures()).petitions[0].receivedCount >= 407, 'the first is untouched');
  const password = /password: +(\S+)/.exec(up.stdout)[1];
  const session = await new Caller(second, undefined).post('/v1/sessions', { login: 'admin', password });
  assert.ok(session.token.length > 20);
  const foreign = await new Caller(system, second.token()).call('GET', '/v1/units:resolve', { query: { code: '92' } });
  assert.equal(foreign.status, 401, 'a token of another system is worth nothing');
});

test('what DATA/config sets is in force after a start, and a mistake in it is named before anything runs', () => {
  const file = path.join(second.data, 'config');
  assert.equal(second.down().status, 0);
  const good = fs.readFileSync(file, 'utf8');
  for (const [line, vi, en] of [
    ['buffer_pool=lots', /cần dạng 512M/, /the form is 512M/],
    ['max_connections=3', /số từ 150/, /a number from 150/],
    ['log_megabytes=1', /số từ 20/, /a number from 20/],
    ['flags.gateway=--no_such=1', /Unknown command line flag/, /phoihop-gateway --help/],
    ['flags.opinions=--workers=many', /Illegal value 'many'/, /phoihop-opinions --help/],
    ['flags.opinions=--queue=8 --port=1', /tự đặt --port/, /sets --port itself/],
    ['flags.opinions=workers 5', /cần dạng --tên/, /the form is --name=value/],
  ]) {
    fs.writeFileSync(file, `${good}${line}\n`);
    const refused = second.up();
    assert.equal(refused.status, 1, line);
    assert.match(refused.stderr, vi);
    assert.match(refused.stderr, en);
    assert.deepEqual(second.processes(), [], line);
  }
  const gateway = '--http_connections=100 --streams_per_caller=4';
  const others = '--workers=8 --queue=32 --lanes=2 --queue_wait=1s --slow_statement_limit=1s --drain_grace=5s --directory_stale_limit=30s';
  fs.writeFileSync(file, `${good}# ours\nbuffer_pool=64M\nmax_connections=300\nlog_megabytes=50\nbufer_pool=1M\n` +
    `request_retention=48h\nflags.gateway=${gateway}\nflags.opinions=${others}\n`);
  const up = second.up();
  assert.equal(up.status, 0, up.stderr);
  assert.match(up.stderr, /there is no setting 'bufer_pool'/);
  const commandOf = (name) => fs.readFileSync(`/proc/${second.pid(name)}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  assert.ok(commandOf('gateway').endsWith(gateway), commandOf('gateway'));
  assert.ok(commandOf('opinions').endsWith(others), commandOf('opinions'));
  assert.match(commandOf('opinions'), /--request_retention=48h /);
  assert.equal(second.sql('SELECT @@innodb_buffer_pool_size DIV 1048576, @@max_connections').trim(), '64\t300');
  assert.equal(fs.readFileSync(path.join(second.data, 'log/opinions/config'), 'utf8'), 's10000000\nn5\nN2\n');
  assert.match(fs.readFileSync(file, 'utf8'), /^# ours$/m, 'what up does not set stays as it was');
});

test('a program refuses a database that lacks its migrations, and serves once they are there', async () => {
  const mark = (finished) => second.sql(`UPDATE phoihop_opinions.schema_migrations SET finished = ${finished} WHERE set_name = 'opinions'`);
  const log = path.join(second.data, 'log/opinions/current');
  mark(0);
  second.kill('opinions', 'SIGTERM');
  await eventually(() => /cannot start.*run it with --migrate_only first/.test(fs.readFileSync(log, 'utf8')), 20_000, 'the refusal is logged');
  assert.notEqual(second.ctlResult('health', 'opinions').status, 0);
  mark(1);
  second.forgetFailures('opinions');
  await second.healthy('40s');
});

// Every kind of process of a system. Two keepers, since one misses the other.
const PARTS = ['mariadb', ...SERVICES];
const PROGRAMS = ['mariadbd', ...SERVICES.map((name) => `phoihop-${name}`)];
const ROLES = [...PROGRAMS, ...PARTS.flatMap((name) => [`runsv ${name}`, `svlogd ${name}`]), 'runsvdir', 'flock'];
const counted = (roles) => Object.fromEntries(Object.entries(roles).map(([role, pids]) => [role, pids.length]));
const WHOLE = { keeper: 2, ...Object.fromEntries(ROLES.map((role) => [role, 1])) };

const KILLED = {
  'the keeper at work': () => second.keeper(),
  'the other keeper': () => second.roles().keeper.find((pid) => pid !== second.keeper()),
  ...Object.fromEntries(ROLES.map((role) => [role, () => second.roles()[role][0]])),
};
for (const [what, pidOf] of Object.entries(KILLED)) {
  test(`kill -9 of ${what}: everything runs again, and never twice`, async () => {
    const isWhole = () => {
      const counts = counted(second.roles());
      for (const program of PROGRAMS) assert.ok((counts[program] ?? 0) <= 1, `two of ${program}`);
      return isDeepStrictEqual(counts, WHOLE);
    };
    await eventually(isWhole, 30_000, 'whole before');
    const pid = pidOf();
    process.kill(pid, 'SIGKILL');
    const began = Date.now();
    let doubled;
    await eventually(() => {
      try {
        return !fs.existsSync(`/proc/${pid}`) && isWhole();
      } catch (error) {
        doubled = error;
        return true;
      }
    }, 60_000, 'whole again');
    if (doubled) throw doubled;
    await second.healthy('40s');
    const overview = await eventually(async () => {
      const answer = await new Caller(second, second.token()).overview('92');
      return answer.parts.every((part) => part.state === 'OK') && answer;
    }, 30_000, 'every part of the overview');
    console.log(`${what} killed: whole again after ${Date.now() - began} ms`);
    assert.equal(overview.petitions[0].receivedCount, 0);
  });
}

test('down ends one system and leaves the other alone', async () => {
  const pids = system.processes();
  assert.equal(second.down().status, 0);
  assert.deepEqual(second.processes(), []);
  assert.deepEqual(system.processes(), pids);
});

test('the ledgers verify and the projection equals a recount', async () => {
  const verified = system.ctlResult('ledger', 'verify');
  assert.equal(verified.status, 0, verified.stdout + verified.stderr);
  for (const service of ['directory', 'agreements', 'opinions', 'reporting', 'gateway']) {
    assert.match(verified.stdout, new RegExp(`${service}: nguyên vẹn`));
  }
  const rebuilt = system.ctlResult('reporting', 'rebuild');
  assert.equal(rebuilt.status, 0, rebuilt.stdout + rebuilt.stderr);
});

test('importing the register again changes nothing', async () => {
  const imported = system.ctlResult('units', 'import');
  assert.equal(imported.status, 0, imported.stderr);
  const results = imported.stdout.match(/created (\d+), closed (\d+), changed (\d+)/g);
  assert.deepEqual(results, Array(3).fill('created 0, closed 0, changed 0'));
});
