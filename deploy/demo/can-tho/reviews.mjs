// Visits, the review of three years, and the evaluation of the parties. The review's figures are
// filled in by the service from the records.
import { inParallel, requestId } from './api.mjs';
import { DAY, SINCE } from './figures.mjs';
import { say } from './say.mjs';

const VISITS = [
  {
    code: '916', visitDate: '2022-09-14', documentNumber: '12-BB/BTGTU',
    subject: 'Việc ký kết và thực hiện chương trình phối hợp ở cơ sở',
    findings: 'Các phường đã ký chương trình; cần cung cấp thông tin đúng hạn hơn.',
  },
  {
    code: '923', visitDate: '2023-05-17', documentNumber: '07-BB/BTGTU',
    subject: 'Việc trả lời kiến nghị của cử tri',
    findings: 'Kiến nghị được trả lời trước kỳ họp; một số nội dung còn chung chung.',
  },
];

const FINDINGS = [
  ['RESULT', 'PROMINENT_ISSUES', '9/9 quận, huyện và 83/83 xã, phường, thị trấn đã ký chương trình phối hợp.'],
  ['RESULT', 'LAW_ENFORCEMENT_AND_DEVELOPMENT', 'Nghị quyết của Hội đồng nhân dân được tuyên truyền sau mỗi kỳ họp.'],
  ['SHORTCOMING', 'DUTIES', 'Việc cung cấp thông tin có lúc chưa kịp thời.'],
  ['CAUSE', 'DUTIES', 'Một số nơi chưa nắm rõ quy định; chưa theo dõi được ai phải làm gì, khi nào.'],
  ['PROPOSAL', 'PROMINENT_ISSUES', 'Công khai kết quả giải quyết kiến nghị; đưa vào kế hoạch phối hợp hằng năm.'],
].map(([kind, area, text]) => ({ kind, area, text }));

const REVIEW = {
  kind: 'PRELIMINARY', firstDate: SINCE, lastDate: DAY,
  title: 'Sơ kết 3 năm thực hiện chương trình phối hợp (2020-2023)',
  findings: FINDINGS,
};

async function visit(api, city, districts, agreement, visitingBodies) {
  const there = await api.list('/v1/visits', { unit: city.name, filter: `agreement = "${agreement}"` }, 'visits');
  for (const { code, ...content } of VISITS) {
    if (there.some((other) => other.subject === content.subject)) continue;
    const unit = districts.find((district) => district.code === code).name;
    await api.post('/v1/visits', { ...content, agreement, unit, visitingBodies },
      { request_id: requestId(`visit/${content.subject}`) });
  }
}

async function look(api, city, agreement) {
  const there = await api.list('/v1/reviews', { unit: city.name, filter: `agreement = "${agreement}"` }, 'reviews');
  const review = there.find((other) => other.title === REVIEW.title) ??
    await api.post('/v1/reviews', { ...REVIEW, agreement }, { request_id: requestId(`review/${agreement}/${REVIEW.title}`) });
  if (review.state !== 'DRAFT') return;
  await api.post(`/v1/${review.name}:approve`, {
    approveDate: '2023-11-15', approverName: 'Người phê duyệt minh họa', approverTitle: 'Trưởng ban',
    requestId: requestId(`${review.name}/approve`),
  });
}

/** Every programme's parties over one year. */
async function evaluate(api, city, programmes) {
  const there = await api.list('/v1/evaluations', { unit: city.name }, 'evaluations');
  await inParallel(programmes, programmes.length, async ({ name }) => {
    if (there.some(({ agreement }) => agreement === name)) return;
    await api.post('/v1/evaluations', { agreement: name, firstDate: '2024-01-01', lastDate: '2024-12-31' },
      { request_id: requestId(`evaluation/${name}`) });
  });
}

/** Needs the plans and duties, from which figures are counted. */
export async function reviewAll(api, { city, districts }, programmes) {
  const [council] = programmes;
  await visit(api, city, districts, council.name, [council.body('BTG'), council.body('HDND')]);
  await look(api, city, council.name);
  await evaluate(api, city, programmes);
  say(`Sơ kết 3 năm, ${VISITS.length} cuộc giám sát, đánh giá năm 2024`, 'a review, visits, evaluations');
}
