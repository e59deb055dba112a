// An upgrade during office hours: two replicas of every service go one after the other from the
// programs of the previous release to these, and back, while clients read and write. No call fails,
// each acknowledged write exists exactly once, the ledgers verify, and the projection equals a
// recount, whichever version asks.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { Caller } from '../journeys/lib/http.mjs';
import { eventually, programs as current, root, SERVICES, sleep } from '../journeys/lib/system.mjs';
import { Fleet } from './fleet.mjs';
import { previousPrograms } from './previous.mjs';
import { Steady } from './steady.mjs';

const DAY = '2023-10-24';
// Gateways are the ones that repeat calls: they are new before anything else ends.
const ORDER = ['gateway', ...SERVICES.filter((name) => name !== 'gateway')];
const fleet = new Fleet(process.env.PHOIHOP_TEST_SYSTEM ?? path.join(root, 'build/operate_upgrade'));
let previous;
let load;

before(async () => {
  const { programs, what } = previousPrograms();
  previous = programs;
  console.log(`previous: ${what}`);
  await fleet.start(previous);
  fleet.ctl(previous, 'units', 'import', `--exporter=${path.join(root, 'deploy/register/export.mjs')}`);
  const calendars = fs.readdirSync(path.join(root, 'deploy/calendars')).filter((name) => name.endsWith('.json'));
  fleet.ctl(previous, 'calendar', 'import', '--missing_only', ...calendars.map((name) => path.join(root, 'deploy/calendars', name)));
  const password = path.join(fleet.data, 'secrets/first-password');
  fs.writeFileSync(password, 'một mật khẩu đủ dài', { mode: 0o600 });
  fleet.ctl(previous, 'bootstrap', `--password_file=${password}`);
  const token = fleet.ctl(previous, 'token', '--lifetime_seconds=43200').trim();
  const door = { url: `http://127.0.0.1:${fleet.door.http}`, grpcPort: fleet.door.grpc };
  const api = new Caller(door, token);
  const unit = await eventually(async () => (await api.get('/v1/units:resolve', { code: '92', on_date: DAY })).name, 30_000, 'the register is there');
  const district = (await api.get('/v1/units:resolve', { code: '916', on_date: DAY })).name;
  const { units: communes } = await api.get('/v1/units', { parent: district, on_date: DAY, page_size: 100 });
  const bodies = [];
  for (const displayName of ['Ban Tuyên giáo và Dân vận', 'Hội đồng nhân dân']) bodies.push((await api.post('/v1/bodies', { displayName, unit })).name);
  await sleep(1500);
  load = new Steady(door, token, { unit, communes, bodies });
}, { timeout: 3_000_000 });

after(async () => {
  if (load?.over === false) await load.stop();
  await fleet.stop();
}, { timeout: 120_000 });

/** What is promised of the data, as this version's phoihopctl sees it. */
async function whole(programs) {
  const { lost, doubled, unknown } = load.compare(fleet.system);
  assert.deepEqual({ lost, doubled, unknown }, { lost: [], doubled: [], unknown: [] });
  fleet.ctl(programs, 'ledger', 'verify');
  await eventually(() => fleet.ctl(programs, 'reporting', 'rebuild'), 30_000, 'the projection equals a recount');
}

/** Runs `steps` under load and looks at what came of the calls. */
async function underLoad(what, steps) {
  const [calls, began] = [load.calls, performance.now()];
  load.failed = [];
  load.slowest = 0;
  fleet.ends = [];
  load.start();
  try {
    await sleep(2000);
    await steps();
    await sleep(2000);
  } finally {
    await load.stop();
  }
  const slowest = fleet.ends.reduce((most, end) => Math.max(most, end.ms), 0);
  console.log(`${what}: ${load.calls - calls} calls in ${((performance.now() - began) / 1000).toFixed(0)} s, ${load.failed.length} failed, ` +
    `the slowest took ${load.slowest.toFixed(0)} ms; ${load.acknowledged.size} writes so far; ${fleet.ends.length} processes ended, within ${slowest.toFixed(0)} ms`);
  assert.deepEqual(load.failed, []);
}

test('the previous release by itself', async () => {
  await underLoad('previous alone', () => sleep(3000));
  await whole(previous);
});

test('new tables under the old programs', async () => {
  await underLoad('migration', () => fleet.migrate(current));
  await whole(previous);
});

test('every process goes to this version, one after the other', async () => {
  await underLoad('upgrade', () => fleet.roll(current, ORDER));
  await whole(current);
});

test('and back, over the new tables', async () => {
  await underLoad('way back', () => fleet.roll(previous, [...ORDER].reverse()));
  await whole(previous);
  await whole(current);
});

test('old and new replicas of each service side by side', async () => {
  await underLoad('side by side', async () => {
    await fleet.roll(current, ['gateway']);
    for (const name of ORDER.slice(1)) await fleet.replace(current, name, 1);
    await sleep(5000);
  });
  await whole(current);
});
