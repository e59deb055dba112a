// Carries the yearly plans out: what exists is kept, and what is under way is brought to its end
// from wherever it stands.
import { inParallel, requestId } from './api.mjs';
import { pick } from './figures.mjs';
import { PLANS, SESSIONS } from './plans.mjs';
import { after, AT_ONCE, before } from './programme.mjs';
import { say } from './say.mjs';

const APPROVER = 'Người phê duyệt minh họa';

async function schedule(api, city) {
  const there = await api.list('/v1/events', { unit: city.name }, 'events');
  for (const event of SESSIONS) {
    if (there.some((other) => other.kind === event.kind && other.title === event.title)) continue;
    await api.post('/v1/events', { ...event, unit: city.name }, { request_id: requestId(`event/${event.title}`) });
  }
}

/** Writes a plan and has every party approve it before its year, each by a leader of its own. */
async function approve(programme, approvers, plan, { year, commitments }) {
  const { api } = programme;
  if (plan.state === 'DRAFT') {
    const names = {};
    for (const other of await programme.list('/v1/commitments', 'commitments', `plan = "${plan.name}"`)) {
      names[other.title] = other.name;
    }
    for (const { lead, supporting, parent, done, ...content } of commitments) {
      names[content.title] ??= (await api.post('/v1/commitments', {
        ...content, plan: plan.name, parent: names[parent],
        lead: programme.body(lead), supporting: supporting.map((key) => programme.body(key)),
      }, programme.id('commitment', year, content.title))).name;
    }
    plan = await programme.command(plan.name, 'submit', { submitDate: `${year - 1}-12-15` });
  }
  for (const { party, approveDate } of plan.state === 'APPROVING' ? plan.approvals : []) {
    if (approveDate) continue;
    const key = programme.parties.find((other) => programme.body(other) === party);
    const leader = approvers[programme.parties.indexOf(key)];
    plan = await programme.as(leader).command(plan.name, 'approve', {
      party, approveDate: `${year - 1}-12-24`, approverName: APPROVER, approverTitle: programme.bodies[key].title,
    }, party);
  }
  if (plan.state !== 'APPROVED') throw new Error(`${plan.name}: ${plan.state}`);
}

/** Reports what a commitment owes, but for what is left open, and has another member confirm it. */
async function keep(programme, confirmer, { name, title, lead }, { supporting, expectedProduct, done = {} }) {
  const occurrences = await programme.api.list(`/v1/${name}/occurrences`, {}, 'occurrences');
  for (const { number, due, state, fulfilDate } of occurrences) {
    const key = `${title}/${due.date}`;
    const fulfilled = fulfilDate || (done[due.date] ?? before(due.date, key));
    if (fulfilled === '') continue;
    if (state === 'OPEN') {
      await programme.command(name, 'fulfil', {
        occurrence: number, body: lead, fulfilDate: fulfilled,
        evidence: [{ documentNumber: `${1 + pick(key, 400)}-BC`, documentDate: fulfilled, note: expectedProduct }],
      }, number);
    }
    if (state === 'OPEN' || state === 'FULFILLED') {
      await programme.as(confirmer).command(name, 'confirm', {
        occurrence: number, body: programme.body(supporting[0]), confirmDate: after(fulfilled, key),
      }, number);
    }
  }
}

/** Brings one year's plan to where it is to stand; `there` are the programme's plans. */
async function planYear(programme, confirmer, approvers, there, wanted) {
  const { year, commitments } = wanted;
  const plan = there.find((other) => other.year === year) ?? await programme.api.post('/v1/plans',
    { agreement: programme.name, year, title: `Kế hoạch phối hợp năm ${year}` }, programme.id('plan', year));
  await approve(programme, approvers, plan, wanted);
  const all = await programme.list('/v1/commitments', 'commitments', `plan = "${plan.name}"`);
  // Parts are confirmed before what they are parts of.
  for (const content of [...commitments].reverse()) {
    await keep(programme, confirmer, all.find(({ title }) => title === content.title), content);
  }
}

/** The plans of all `programmes`; `confirmer` and `approvers` make the calls of those who confirm and approve. */
export async function keepAll(api, confirmer, approvers, city, programmes) {
  await schedule(api, city);
  await inParallel(programmes, programmes.length, async (programme) => {
    const there = await programme.list('/v1/plans', 'plans');
    await inParallel(PLANS[programme.key], AT_ONCE, (wanted) => planYear(programme, confirmer, approvers, there, wanted));
  });
  const plans = Object.values(PLANS).flat();
  say(`${plans.length} kế hoạch năm với ${plans.flatMap((plan) => plan.commitments).length} nhiệm vụ`, 'annual plans with their commitments');
}
