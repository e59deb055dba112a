// A service that is frozen or killed costs its part of the overview and nothing else, and the
// overview is whole again soon after.
import assert from 'node:assert/strict';
import { before, beforeEach, test } from 'node:test';
import { Caller } from './lib/http.mjs';
import { eventually, sleep, System } from './lib/system.mjs';

// How long an overview may take when a part does not answer.
const DEADLINE = 10_000;
const RECOVERY = 10_000;
const system = System.running();
let api;
before(() => {
  api = new Caller(system, system.token());
});
beforeEach(async () => {
  await eventually(async () => whole(await api.overview('92')), 30_000, 'whole before the test');
});

const whole = (overview) => overview.parts.every((part) => part.state === 'OK');
const stateOf = (overview, service) => overview.parts.find((part) => part.service === service).state;

async function timed(call) {
  const began = Date.now();
  return [await call(), Date.now() - began];
}

for (const service of ['agreements', 'opinions', 'reporting']) {
  test(`${service} frozen: the others answer, and it is whole again within 10 s`, async () => {
    const pid = system.kill(service, 'SIGSTOP');
    try {
      const [overview, took] = await timed(() => api.overview('92'));
      console.log(`${service} frozen: ${took} ms`);
      assert.ok(took < DEADLINE);
      assert.equal(stateOf(overview, service), 'UNAVAILABLE');
      assert.ok(overview.parts.find((p) => p.service === service).message.length > 0);
      for (const part of overview.parts) if (part.service !== service) assert.equal(part.state, 'OK', part.service);
      if (service !== 'opinions') assert.equal(overview.petitions[0].resolvedCount >= 381, true);
      if (service === 'opinions') assert.equal(overview.opinionCount, undefined, 'absent, not zero');
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await eventually(async () => whole(await api.overview('92')), RECOVERY, 'whole again');
  });

  test(`${service} killed: the others answer, and it is whole again within 10 s`, async () => {
    system.forgetFailures(service);
    system.kill(service, 'SIGKILL');
    const [overview, took] = await timed(() => api.overview('92'));
    console.log(`${service} killed: ${took} ms, ${stateOf(overview, service)}`);
    assert.ok(took < DEADLINE);
    for (const part of overview.parts) if (part.service !== service) assert.equal(part.state, 'OK', part.service);
    const [, recovery] = await timed(() =>
      eventually(async () => whole(await api.overview('92')), RECOVERY, 'whole again'));
    console.log(`${service} whole again after ${recovery} ms`);
  });
}

for (const [signal, what] of [['SIGSTOP', 'frozen'], ['SIGKILL', 'killed']]) {
  test(`directory ${what}: the overview answers within its deadline and recovers`, async () => {
    system.forgetFailures('directory');
    const pid = system.kill('directory', signal);
    try {
      const [answer, took] = await timed(() => api.call('GET', '/v1/overview',
        { query: { unit_code: '92', on_date: '2023-10-24' } }));
      console.log(`directory ${what}: ${answer.status} after ${took} ms`);
      assert.ok(took < DEADLINE);
      assert.equal(answer.status, 200, answer.text);
      if (signal === 'SIGSTOP') assert.equal(stateOf(answer.body, 'directory'), 'UNAVAILABLE');
      for (const service of ['agreements', 'opinions', 'reporting']) {
        assert.equal(stateOf(answer.body, service), 'OK', service);
      }
    } finally {
      if (signal === 'SIGSTOP') process.kill(pid, 'SIGCONT');
    }
    await eventually(async () => whole(await api.overview('92')), RECOVERY, 'whole again');
  });
}

test('the gateway killed: it serves again within 10 s', async () => {
  system.forgetFailures('gateway');
  system.kill('gateway', 'SIGKILL');
  await eventually(async () => whole(await api.overview('92')), RECOVERY, 'whole again');
});

test('the database killed: everything serves again within 15 s, with the same figures', async () => {
  const { petitions, coverage } = await api.overview('92');
  system.forgetFailures('mariadb');
  system.kill('mariadb', 'SIGKILL');
  await sleep(200);
  const again = await eventually(async () => {
    const overview = await api.overview('92');
    return whole(overview) ? overview : undefined;
  }, 15_000, 'whole again');
  assert.deepEqual([again.petitions, again.coverage], [petitions, coverage]);
});

test('the database frozen: callers get an answer within the deadline, and all recovers', async () => {
  const pid = system.kill('mariadb', 'SIGSTOP');
  try {
    const [answer, took] = await timed(() => api.call('GET', '/v1/overview',
      { query: { unit_code: '92', on_date: '2023-10-24' } }));
    console.log(`database frozen: ${answer.status} after ${took} ms`);
    assert.ok(took < DEADLINE);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await eventually(async () => whole(await api.overview('92')), RECOVERY, 'whole again');
});
