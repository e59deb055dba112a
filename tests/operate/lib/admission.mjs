// Who is let in, and by what: certificates at the database, passwords and keys that change, addresses
// of anonymous callers. Of the system that containers_test.mjs has started.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { root, SERVICES, sleep } from '../../journeys/lib/system.mjs';
import { addressOf, answersWithin, client, compose, containerOf, data, DAY, folder, podman, state, underCalls } from './stack.mjs';

/** What an account's login at the database gives, with the certificate in a folder (of `tls`), or none: "" or the error. */
function login(user, password, certificate) {
  const own = certificate && path.resolve(data, 'tls', certificate);
  const shown = own ? [`--ssl-cert=${own}/cert.pem`, `--ssl-key=${own}/key.pem`] : [];
  const { status, stdout, stderr } = spawnSync('mariadb', ['--no-defaults', `--host=${addressOf('mariadb', 'data')}`, `--user=phoihop_${user}`,
    `--ssl-ca=${data}/tls/ca.pem`, ...shown, '--batch', '--skip-column-names', '-e', 'SELECT CURRENT_USER()'], { encoding: 'utf8', env: { ...process.env, MYSQL_PWD: password } });
  if (status === 0) assert.equal(stdout.trim(), `phoihop_${user}@%`);
  return status === 0 ? '' : stderr;
}

const passwordOf = (service) => fs.readFileSync(path.join(data, 'services', service === 'admin' ? 'mariadb/mysql-admin' : `${service}/mysql`), 'utf8');

export function databaseLogins() {
  for (const service of SERVICES) {
    const password = passwordOf(service);
    const other = SERVICES[(SERVICES.indexOf(service) + 1) % SERVICES.length];
    assert.equal(login(service, password, service), '', service);
    assert.match(login(service, password), /Access denied/, `${service} without a certificate`);
    assert.match(login(service, password, other), /Access denied/, `${service} with that of ${other}`);
    assert.match(login(service, password, 'ctl'), /Access denied/, `${service} with that of ctl`);
    assert.match(login(service, passwordOf(other), service), /Access denied/, `${service} with another's password`);
  }
  // The administrator of the migrations, who run with the services' certificates.
  assert.equal(login('admin', passwordOf('admin'), 'reporting'), '');
  assert.match(login('admin', passwordOf('admin')), /Access denied/);
  // A certificate with the right name by another authority.
  const strange = path.join(folder, 'strange');
  fs.rmSync(strange, { recursive: true, force: true });
  for (const args of [['init', strange], ['issue', strange, 'opinions']]) podman.good(path.join(root, 'deploy/ca'), args);
  assert.match(login('opinions', passwordOf('opinions'), path.join(strange, 'opinions')), /ERROR/);
  fs.rmSync(strange, { recursive: true });
}

export async function exchanges() {
  const before = new Map([...SERVICES, 'admin'].map((service) => [service, passwordOf(service)]));
  const certificate = (service) => (service === 'admin' ? 'directory' : service);
  // What a service would do that opens a connection just now.
  const { said } = await underCalls(['rotate', 'passwords'], 0, () => assert.equal(login('opinions', passwordOf('opinions'), 'opinions'), ''));
  assert.equal(said.match(/changed the password/g).length, SERVICES.length + 1, said);
  for (const [service, old] of before) {
    assert.notEqual(passwordOf(service), old, service);
    assert.equal(login(service, passwordOf(service), certificate(service)), '', service);
    assert.match(login(service, old, certificate(service)), /Access denied/, `${service}: the old password`);
    // What was asked for besides stays.
    assert.match(login(service, passwordOf(service)), /Access denied/, `${service} without a certificate`);
  }
  const keys = () => fs.readdirSync(path.join(data, 'trusted')).filter((name) => name.endsWith('.pub'));
  const kept = keys();
  await underCalls(['rotate', 'keys']);
  assert.equal(keys().length, 2 * kept.length, 'the old ones are trusted for another day');
  assert.ok(kept.every((name) => keys().includes(name)));
  await underCalls(['rotate', 'keys']);
  assert.equal(keys().length, 3 * kept.length);
  // All were followed by others; of those before, none signs any longer.
  const retired = compose('rotate', 'keys', '--retire-now');
  assert.equal(retired.status, 0, retired.stdout + retired.stderr);
  assert.equal(keys().length, kept.length);
  const https = client();
  await assert.rejects(https.get('/v1/overview', { unit_code: '92', on_date: DAY }), /401/);
  https.close();
  // Who has signed nothing since then does so with the new key.
  const issued = compose('token');
  assert.equal(issued.status, 0, issued.stderr);
  state.token = issued.stdout.trim();
  await answersWithin(10_000, 'right answers with a token of the new key');
  const verified = compose('ctl', 'ledger', 'verify');
  assert.equal(verified.status, 0, verified.stdout + verified.stderr);
}

export async function anonymousCallers() {
  const file = path.join(data, 'limits/limits.json');
  const first = fs.readFileSync(file, 'utf8');
  const set = async (limits) => {
    fs.writeFileSync(`${file}.new`, JSON.stringify(limits), { mode: 0o644 });
    fs.renameSync(`${file}.new`, file);
    await sleep(2500);
  };
  const empty = path.join(folder, 'empty-message');
  fs.writeFileSync(empty, Buffer.alloc(5));
  // From beside HAProxy, where there are as many addresses as one likes.
  const { Pid: pid } = podman.inspect(containerOf('haproxy')).State;
  const from = (address, ...args) => podman.good('nsenter', ['--target', `${pid}`, '--net', 'curl', '--silent', '--show-error', '--http2', '--cacert', `${data}/tls/ca.pem`,
    '--interface', address, '--dump-header', '-', '--output', '/dev/null', ...args]);
  const rest = (address, ...args) => Number(/^HTTP\/2 (\d+)/.exec(from(address, ...args, '-H', 'content-type: application/json', '--data', '{}', 'https://localhost:8443/v1/sessions'))[1]);
  const grpc = (address, ...args) => Number(/^grpc-status: (\d+)/m.exec(from(address, ...args, '-H', 'content-type: application/grpc', '-H', 'te: trailers',
    '--data-binary', `@${empty}`, 'https://localhost:8443/phoihop.gateway.v1.SessionService/CreateSession'))[1]);
  const INVALID = [400, 3];
  const REFUSED = [429, 8];
  const answers = (address) => [rest(address), grpc(address)];
  await set({ ...JSON.parse(first), anonymous: { per_second: 0.001, burst: 2 } });
  assert.deepEqual(answers('127.0.0.2'), INVALID);
  assert.deepEqual(answers('127.0.0.2'), REFUSED);
  assert.deepEqual(answers('127.0.0.3'), INVALID);
  // What a client says of itself is not believed: its own address comes behind that.
  const forwarded = ['-H', 'x-forwarded-for: 192.0.2.9'];
  assert.deepEqual([rest('127.0.0.3', ...forwarded), grpc('127.0.0.3', ...forwarded)], REFUSED);
  // Nobody is trusted: all share the address of HAProxy.
  await set({ anonymous: { per_second: 0.001, burst: 2 } });
  assert.deepEqual(answers('127.0.0.4'), INVALID);
  assert.deepEqual(answers('127.0.0.5'), REFUSED);
  // A mistake changes nothing.
  await set({ anonymous: { per_second: 1000, burst: 1000 }, trusted_proxies: ['10.0.0.7/8'] });
  assert.deepEqual(answers('127.0.0.6'), REFUSED);
  await set(JSON.parse(first));
  assert.deepEqual(answers('127.0.0.2'), INVALID);
}
