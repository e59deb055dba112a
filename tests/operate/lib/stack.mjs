// Everything in containers on one host, as containers_test.mjs runs it: where it lies, how it is
// asked.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { eventually, programs, root } from '../../journeys/lib/system.mjs';
import { Https } from './https.mjs';
import { hasPodman, Podman } from './podman.mjs';

export const skip = hasPodman() ? false : 'needs root and the packages marked `operate`';
export const folder = process.env.PHOIHOP_TEST_CONTAINERS ?? path.join(path.dirname(programs), 'operate-containers');
export const PROJECT = 'phoihop-test';
export const TAG = 'test';
export const DAY = '2023-10-24';
export const data = path.join(folder, 'data');
export const containerOf = (service) => `${PROJECT}_${service}_1`;
export const podman = skip ? undefined : new Podman(folder);

export const compose = (...args) => podman.run(path.join(root, 'deploy/compose'), ['--data', data, '--engine', 'podman', ...args]);

/** Known once it runs. */
export const state = { port: 0, token: '' };

export const client = () => new Https(`https://localhost:${state.port}`, fs.readFileSync(path.join(data, 'tls/ca.pem')), state.token);

/** The overview of the city, with what is known of it from elsewhere. */
export async function overviewIsRight(https) {
  const overview = await https.get('/v1/overview', { unit_code: '92', on_date: DAY });
  assert.deepEqual(overview.coverage.map((level) => [level.level, level.signedCount, level.expectedCount]),
    [['DISTRICT', 9, 9], ['COMMUNE', 83, 83]]);
  assert.ok(overview.parts.every((part) => part.state === 'OK'), JSON.stringify(overview.parts));
}

/** The same, when it may take a moment. */
export const answersWithin = (ms, what) => eventually(async () => {
  const https = client();
  try {
    await overviewIsRight(https);
    return true;
  } finally {
    https.close();
  }
}, ms, what);

/** The address of a service's container in one of the networks. */
export const addressOf = (service, network) => podman.inspect(containerOf(service)).NetworkSettings.Networks[`${PROJECT}_${network}`].IPAddress;

/** Runs `deploy/compose ...` while calls go on, each over a connection of its own. None of them fails. */
export async function underCalls(args, least = 0, also = () => {}) {
  const call = async () => {
    const https = client();
    try {
      await overviewIsRight(https);
      return https.certificate;
    } finally {
      https.close();
    }
  };
  const shown = new Set([await call()]);
  const child = spawn(path.join(root, 'deploy/compose'), ['--data', data, '--engine', 'podman', ...args], { env: podman.env, stdio: ['ignore', 'pipe', 'inherit'] });
  let said = '';
  child.stdout.on('data', (chunk) => { said += chunk; });
  let calls = 0;
  for (const until = Date.now() + least; Date.now() < until || child.exitCode === null; calls++) {
    shown.add(await call());
    also();
  }
  assert.equal(child.exitCode, 0, said);
  console.log(`${args.join(' ')}: ${calls} calls meanwhile, none failed`);
  return { said, shown };
}
