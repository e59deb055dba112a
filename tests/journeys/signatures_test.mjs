// Files and digital signatures, from upload to a signed file that is verified without the
// system. The certificate authority is made here with the openssl command.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Caller } from './lib/http.mjs';
import { programs, System } from './lib/system.mjs';

const system = System.running();
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'phoihop-ca-'));
const authorities = path.join(system.data, 'authorities');
after(() => {
  fs.rmSync(folder, { recursive: true, force: true });
  fs.rmSync(path.join(authorities, 'test-root.pem'), { force: true });
  fs.rmSync(path.join(authorities, 'crl/test.crl'), { force: true });
});

const file = (name) => path.join(folder, name);
const openssl = (...args) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });

/** A key and a certificate `NAME.pem` by `issuer`, or by itself. */
function certificate(name, issuer, extensions) {
  fs.writeFileSync(file(`${name}.ext`), extensions);
  openssl('req', '-new', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${name}.key`,
    '-out', `${name}.csr`, '-subj', `/CN=${name}`);
  const signer = issuer ? ['-CA', `${issuer}.pem`, '-CAkey', `${issuer}.key`, '-CAcreateserial']
    : ['-signkey', `${name}.key`];
  openssl('x509', '-req', '-in', `${name}.csr`, '-days', '30', '-sha256', '-extfile', `${name}.ext`, ...signer,
    '-out', `${name}.pem`);
}
const CA = 'basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n';
const LEAF = 'basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,nonRepudiation\n'
  + 'authorityKeyIdentifier=keyid\n';

/** A detached CMS signature (DER, base 64). */
function sign(text, signer, intermediate) {
  fs.writeFileSync(file('text'), text);
  openssl('cms', '-sign', '-binary', '-md', 'sha256', '-in', 'text', '-signer', `${signer}.pem`,
    '-inkey', `${signer}.key`, ...(intermediate ? ['-certfile', `${intermediate}.pem`] : []),
    '-outform', 'DER', '-out', 'signature');
  return fs.readFileSync(file('signature')).toString('base64');
}

const pdf = Buffer.concat([Buffer.from('%PDF-1.4\n'), crypto.randomBytes(300_000)]);
const sha256 = (bytes) => crypto.createHash('sha256').update(bytes).digest('hex');
const CHUNK = 200_000;

let api, unit, agreement, text;
before(async () => {
  certificate('root', undefined, CA);
  certificate('issuing', 'root', CA);
  certificate('first', 'issuing', LEAF);
  certificate('second', 'issuing', LEAF);
  certificate('stranger', undefined, LEAF);
  fs.copyFileSync(file('root.pem'), path.join(authorities, 'test-root.pem'));
  api = new Caller(system, system.token());
  unit = await api.get('/v1/units:resolve', { code: '11', on_date: '2023-10-24' });
});

const announce = (bytes, fileName, mediaType) => api.call('POST', '/v1/uploads', {
  body: { fileName, mediaType, sizeBytes: bytes.length, sha256: sha256(bytes), unit: unit.name },
});

/** Sends a file in chunks and asks to store it. */
async function upload(bytes, fileName, mediaType) {
  const { body: { name } } = await announce(bytes, fileName, mediaType);
  for (let offset = 0; offset < bytes.length; offset += CHUNK) {
    const data = bytes.subarray(offset, offset + CHUNK).toString('base64');
    await api.post(`/v1/${name}:uploadChunk`, { offset, data });
    // The answer may be lost: once more changes nothing.
    await api.post(`/v1/${name}:uploadChunk`, { offset, data });
  }
  return api.call('POST', `/v1/${name}:finish`, { body: {} });
}
const reason = (answer) => answer.body.details.find((d) => d.reason)?.reason;

test('a file comes back as it was sent', async () => {
  const stored = await upload(pdf, 'Kế hoạch.pdf', 'application/pdf');
  assert.equal(stored.status, 200, stored.text);
  assert.equal(stored.body.name, `attachments/${sha256(pdf)}`);
  const read = await api.get(`/v1/${stored.body.name}:read`);
  assert.ok(Buffer.from(read.data, 'base64').equals(pdf));
});

test('a name with a path and content of another type are refused with the field', async () => {
  const named = await announce(pdf, '../Kế hoạch.pdf', 'application/pdf');
  assert.equal(named.status, 400, named.text);
  assert.equal(reason(named), 'FILE_NAME');
  const other = await upload(Buffer.from('MZ\x90 not a document'), 'a.pdf', 'application/pdf');
  assert.equal(other.status, 400, other.text);
  assert.equal(reason(other), 'CONTENT_NOT_OF_TYPE');
  assert.match(other.text, /upload\.media_?[tT]ype/);
});

test('an agreement with a file opens for signing', async () => {
  const bodies = [];
  for (const displayName of ['Ban Tuyên giáo thử', 'Hội đồng nhân dân thử']) {
    bodies.push(await api.post('/v1/bodies', { displayName, unit: unit.name }));
  }
  const draft = await api.post('/v1/agreements', {
    title: 'Chương trình phối hợp có chữ ký số',
    unit: unit.name,
    termStart: '2023-10-01',
    termEnd: '2099-12-31',
    parties: bodies.map(({ name }) => ({ body: name })),
    attachments: [{ attachment: `attachments/${sha256(pdf)}`, fileName: 'Kế hoạch.pdf' }],
  });
  agreement = await api.post(`/v1/${draft.name}:startSigning`, {});
  text = await api.get(`/v1/${agreement.name}/text`);
  assert.equal(text.sha256, sha256(Buffer.from(text.text)));
  assert.ok(text.text.includes(sha256(pdf)), 'the text names the file by its digest');
});

const signAs = (party, cms) => api.call('POST', `/v1/${agreement.name}:sign`, {
  body: {
    party: agreement.parties[party].body, signerName: 'Nguyễn Văn Ử', signerTitle: 'Trưởng ban', kind: 'CMS', cms,
  },
});

test('signatures over another text, by strangers or without their chain are refused', async () => {
  const cases = {
    SIGNATURE_OTHER_TEXT: sign(`${text.text} `, 'first', 'issuing'),
    CERTIFICATE_UNTRUSTED: sign(text.text, 'stranger'),
    SIGNATURE_MALFORMED: Buffer.from('no signature').toString('base64'),
  };
  for (const [expected, cms] of Object.entries(cases)) {
    const answer = await signAs(0, cms);
    assert.equal(answer.status, 400, answer.text);
    assert.equal(reason(answer), expected);
    assert.ok(answer.body.details.some((d) => d.locale === 'vi-VN' && d.message), expected);
  }
  const lost = await signAs(0, sign(text.text, 'first'));
  assert.equal(reason(lost), 'CERTIFICATE_UNTRUSTED', lost.text);
});

test('a certificate that is revoked is refused from the moment the list is there', async () => {
  fs.writeFileSync(file('index'), '');
  fs.writeFileSync(file('ca.cnf'), '[ca]\ndefault_ca=d\n[d]\ndatabase=index\ndefault_md=sha256\ndefault_crl_days=30\n');
  const ca = ['ca', '-config', 'ca.cnf', '-keyfile', 'issuing.key', '-cert', 'issuing.pem'];
  openssl(...ca, '-revoke', 'second.pem');
  openssl(...ca, '-gencrl', '-out', 'test.crl');
  fs.copyFileSync(file('test.crl'), path.join(authorities, 'crl/test.crl'));
  const answer = await signAs(0, sign(text.text, 'second', 'issuing'));
  assert.equal(answer.status, 400, answer.text);
  assert.equal(reason(answer), 'CERTIFICATE_REVOKED');
});

test('a server certificate does not sign, and nobody signs for two', async () => {
  certificate('server', 'issuing', `${LEAF}extendedKeyUsage=serverAuth\n`);
  const server = await signAs(0, sign(text.text, 'server', 'issuing'));
  assert.equal(reason(server), 'CERTIFICATE_NOT_FOR_SIGNING', server.text);
  const first = sign(text.text, 'first', 'issuing');
  agreement = (await signAs(0, first)).body;
  const again = await signAs(1, first);
  assert.equal(again.status, 400, again.text);
  assert.equal(reason(again), 'CERTIFICATE_USED');
});

test('good signatures put it in force, with the certificate recorded', async () => {
  certificate('third', 'issuing', LEAF);
  const answer = await signAs(1, sign(text.text, 'third', 'issuing'));
  assert.equal(answer.status, 200, answer.text);
  agreement = answer.body;
  assert.equal(agreement.state, 'IN_FORCE');
  const { signature } = agreement.parties[0];
  assert.equal(signature.kind, 'CMS');
  assert.equal(signature.textSha256, text.sha256);
  assert.equal(signature.certificate.revocationChecked, false, 'the root has published no list');
  assert.deepEqual(signature.certificate.chain, ['CN=first', 'CN=issuing', 'CN=root']);
});

test('whoever holds the exported file verifies it without the system', async () => {
  await system.ctl('agreements', 'export', agreement.name, `--out=${file('signed.json')}`);
  // Without --data: nothing but the file and the authority that the reader trusts.
  const verify = (name, trust) => spawnSync(path.join(programs, 'phoihopctl'),
    ['agreements', 'verify', file(name), `--trust=${trust}`], { encoding: 'utf8', timeout: 60_000 });
  const good = verify('signed.json', authorities);
  assert.equal(good.status, 0, good.stdout + good.stderr);
  assert.match(good.stdout, /Result: 2 verified, 0 stated and not verifiable, 0 bad, as many as the text calls for\./);
  // The same file over REST.
  const rest = await api.get(`/v1/${agreement.name}:export`, { version: 1 });
  assert.match(rest.fileName, /^agreement-.*-v1\.json$/);
  const parts = (json) => ({ ...JSON.parse(json), exported_at: '' });
  assert.deepEqual(parts(rest.content), parts(fs.readFileSync(file('signed.json'), 'utf8')));

  // What is altered in it is named; what no signature covers is never called good.
  const altered = (name, change) => {
    const copy = JSON.parse(fs.readFileSync(file('signed.json'), 'utf8'));
    change(copy);
    fs.writeFileSync(file(name), JSON.stringify(copy));
    return verify(name, authorities);
  };
  const otherDay = altered('day.json', (f) => { f.signatures[0].sign_date = '2023-12-31'; });
  assert.equal(otherDay.status, 1, otherDay.stdout);
  assert.match(otherDay.stdout, /SAI {2}\[SIGN_DATE_OTHER_DAY\] sign_date: /);
  const removed = altered('removed.json', (f) => { f.signatures.pop(); });
  assert.equal(removed.status, 1, removed.stdout);
  assert.match(removed.stdout, /THIẾU {2}không có chữ ký của: Hội đồng nhân dân thử/);
  const disguised = altered('disguised.json', (f) => { f.signatures[0].kind = 'IN_SYSTEM'; });
  assert.equal(disguised.status, 3, disguised.stdout);
  const named = altered('named.json', (f) => {
    f.signatures[0].signer_name = 'Kẻ Mạo Danh';
    f.signatures[0].capacity = 'HEAD';
  });
  const [proven, statement] = named.stdout.split('Lời khai của tệp');
  assert.ok(!proven.includes('Kẻ Mạo Danh') && !proven.includes('HEAD'), proven);
  assert.match(statement, /Kẻ Mạo Danh\n.*CN=first\n.*KHÁC/);

  const bundle = JSON.parse(fs.readFileSync(file('signed.json'), 'utf8'));
  bundle.text = bundle.text.replace('Chương trình', 'Chương  trình');
  bundle.text_sha256 = sha256(Buffer.from(bundle.text));
  fs.writeFileSync(file('tampered.json'), JSON.stringify(bundle));
  const tampered = verify('tampered.json', authorities);
  assert.equal(tampered.status, 1, tampered.stdout);
  assert.match(tampered.stdout, /SIGNATURE_OTHER_TEXT/);

  const renamed = { ...JSON.parse(fs.readFileSync(file('signed.json'), 'utf8')), title: 'Chương trình khác' };
  fs.writeFileSync(file('renamed.json'), JSON.stringify(renamed));
  assert.equal(verify('renamed.json', authorities).status, 1, 'a file that contradicts its text');

  fs.mkdirSync(file('strangers'));
  fs.copyFileSync(file('stranger.pem'), file('strangers/stranger.pem'));
  const untrusted = verify('signed.json', file('strangers'));
  assert.equal(untrusted.status, 1);
  assert.match(untrusted.stdout, /CERTIFICATE_UNTRUSTED/);
});
