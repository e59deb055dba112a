// A follower that sleeps a day: reporting is away while everybody writes, while grants come and go,
// and while the clock moves on by a day. It catches up from where it was and skips nothing. So does
// a follower whose cursor is of a ledger that has been restored since: see tests/operate.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Caller } from '../journeys/lib/http.mjs';
import { eventually, SERVICES, sleep } from '../journeys/lib/system.mjs';
import { Clock } from './clock.mjs';
import { communesOf, DAY, head, system } from './lib.mjs';
import { begin, end, start, stop } from './own.mjs';
import { Writing } from './writing.mjs';

const DAY_SECONDS = 24 * 3600;
let clock;
let communes;
let good = false;

before(async () => {
  await begin();
  clock = new Clock('all');
  await clock.giveTo(['mariadb', ...SERVICES]);
  communes = await communesOf(new Caller(system, await clock.token()), '917');
});

after(() => end(!good));

const cursor = (service) => Number(system.sql('SELECT position FROM phoihop_reporting.projection_positions p ' +
  `WHERE service = '${service}' ORDER BY position DESC LIMIT 1`).trim() || 0);

test('a follower that was away for a day catches up, and skips nothing', { timeout: 300_000 }, async () => {
  const renew = () => clock.token();
  const writing = new Writing(system, await renew(), communes, { renew });
  await writing.start();
  await sleep(2000);
  await stop('reporting');
  const slept = cursor('opinions');
  await sleep(5000);
  clock.set(DAY_SECONDS);
  await sleep(3000);
  // Of the directory's feed, too.
  const api = new Caller(system, await clock.token());
  for (let i = 0; i < 40; i++) {
    const { name: member } = await api.post('/v1/members', { displayName: `Người thứ ${i}` });
    const { name: grant } = await api.post('/v1/grants', { member, role: 'VIEWER', unit: communes[i % communes.length].name });
    if (i % 2 === 0) await api.post(`/v1/${grant}:revoke`, {});
  }
  // What is remembered of requests is purged once a minute; an id of yesterday is a new one again
  // only after seven days.
  await sleep(5000);
  const missed = head('opinions') - slept;
  assert.ok(missed > 300, `${missed}`);
  start('reporting');
  const began = Date.now();
  const woken = head('opinions');
  await eventually(() => cursor('opinions') >= woken && cursor('directory') >= head('directory'), 60_000, 'reporting catches up');
  console.log(`${missed} records of opinions missed, caught up ${Date.now() - began} ms after its start`);
  await writing.stop();
  const indicator = await eventually(async () => {
    api.token = await clock.token();
    const { row } = await api.get('/v1/indicators', { unit: communes[0].name, since: DAY, until: DAY });
    return row.values.find(({ indicator }) => indicator === 'opinions.entries');
  }, 20_000, 'reporting answers');
  assert.equal(Number(indicator.numerator), Number(system.sql(
    `SELECT COUNT(*) FROM phoihop_opinions.opinion_entries WHERE unit_id = ${communes[0].name.split('/')[1]}`).trim()));
  // On the machine's own time again, on which the checks run; everything is started anew for it.
  clock.set(0);
  await sleep(3000);
  await eventually(() => SERVICES.every((name) => system.pid(name) !== undefined), 60_000, 'all run');
  await system.healthy('60s');
  writing.api.token = system.token();
  await writing.check();
  good = true;
});
