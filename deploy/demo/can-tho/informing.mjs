// Delivers what is owed by the information duties, and answers requests: what exists is kept.
import { inParallel } from './api.mjs';
import { DUTIES, REQUESTS } from './duties.mjs';
import { pick } from './figures.mjs';
import { AT_ONCE, before } from './programme.mjs';
import { say } from './say.mjs';

/**
 * Delivers one occurrence; it may be corrected afterwards, or withdrawn and delivered again. Another
 * member, `confirmer`, acknowledges it.
 * `delivery` is the one that counts for it so far.
 */
async function deliver(programme, confirmer, duty, content, { number, due, withdrawalCount }, delivery) {
  const { api } = programme;
  const key = `${content.title}/${due.date}`;
  const deliveredDate = content.delivered?.[due.date] ?? before(due.date, key);
  const wanted = {
    duty: duty.name, occurrence: number, deliveredDate, title: `${content.title} (${due.periodStart.slice(0, 7)})`,
    documentNumber: `${1 + pick(key, 90)}-${content.document}`,
  };
  const post = (time) => api.post('/v1/deliveries', wanted, programme.id('delivery', key, time));
  delivery ??= await post(withdrawalCount);
  if (content.withdrawn === due.date && withdrawalCount === 0) {
    await programme.command(delivery.name, 'withdraw', { reason: 'Gửi nhầm dự thảo, gửi lại bản chính thức.' });
    delivery = await post(1);
  }
  if (content.corrected === due.date && !delivery.replaces) {
    delivery = await programme.command(delivery.name, 'correct', {
      delivery: { documentNumber: wanted.documentNumber, title: wanted.title, note: 'Đính chính số liệu tại phụ lục 2.' },
      reason: 'Nhầm số liệu tại phụ lục 2.',
    });
  }
  for (const receiver of content.acknowledged ?? []) {
    if ((delivery.receipts ?? []).some(({ body }) => body === programme.body(receiver))) continue;
    await programme.as(confirmer).command(delivery.name, 'acknowledge', { body: programme.body(receiver) }, receiver);
  }
}

async function inform(programme, confirmer) {
  const { api } = programme;
  const there = await programme.list('/v1/duties', 'duties');
  for (const content of DUTIES[programme.key] ?? []) {
    const { from, to, kind, area, title, rhythm, startDate, endDate } = content;
    const duty = there.find((other) => other.title === title) ?? await api.post('/v1/duties', {
      agreement: programme.name, fromBody: programme.body(from), toBodies: to.map((key) => programme.body(key)),
      kind, area, title, rhythm, startDate, endDate,
    }, programme.id('duty', title));
    const occurrences = await api.list(`/v1/${duty.name}/occurrences`, {}, 'occurrences');
    const deliveries = await programme.list('/v1/deliveries', 'deliveries', `duty = "${duty.name}"`);
    await inParallel(occurrences, AT_ONCE, (occurrence) => deliver(programme, confirmer, duty, content, occurrence,
      deliveries.find(({ name }) => name === occurrence.delivery)));
  }
}

async function ask(programme) {
  const { api } = programme;
  const there = await programme.list('/v1/informationRequests', 'informationRequests');
  for (const { from, to, answer, refusal, ...content } of REQUESTS[programme.key] ?? []) {
    const asked = there.find((other) => other.subject === content.subject) ?? await api.post('/v1/informationRequests',
      { ...content, agreement: programme.name, fromBody: programme.body(from), toBody: programme.body(to) },
      programme.id('request', content.subject));
    if (asked.state !== 'OPEN') continue;
    if (answer) {
      const { date, ...told } = answer;
      await programme.command(asked.name, 'answer', { answer: told, answerDate: date });
    } else {
      const { date, ...refused } = refusal;
      await programme.command(asked.name, 'refuse', { ...refused, refuseDate: date });
    }
  }
}

/** The duties and requests of all `programmes`. */
export async function informAll(confirmer, programmes) {
  await inParallel(programmes, programmes.length, async (programme) => {
    await inform(programme, confirmer);
    await ask(programme);
  });
  const count = (lists) => Object.values(lists).flat().length;
  say(`${count(DUTIES)} trách nhiệm cung cấp thông tin, ${count(REQUESTS)} yêu cầu cung cấp`, 'information duties, requests');
}
