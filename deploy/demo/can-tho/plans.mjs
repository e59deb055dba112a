// What the programmes' yearly plans hold, worked out without any call. All of it is made up.
// The old city ended on 2025-07-01, so nothing is planned for later days.

/** Days of council sessions, from which due dates are counted. */
export const SESSIONS = [
  ['2021-12-07', 'Kỳ họp thứ 4 Hội đồng nhân dân thành phố khóa X'],
  ['2022-07-07', 'Kỳ họp thứ 6 Hội đồng nhân dân thành phố khóa X'],
  ['2022-12-06', 'Kỳ họp thứ 8 Hội đồng nhân dân thành phố khóa X'],
  ['2023-07-06', 'Kỳ họp thứ 10 Hội đồng nhân dân thành phố khóa X'],
  ['2023-12-05', 'Kỳ họp thứ 13 Hội đồng nhân dân thành phố khóa X'],
  ['2024-07-09', 'Kỳ họp thứ 16 Hội đồng nhân dân thành phố khóa X'],
  ['2024-12-03', 'Kỳ họp thứ 18 Hội đồng nhân dân thành phố khóa X'],
].map(([date, title]) => ({ kind: 'COUNCIL_SESSION', date, title }));

const once = (date) => ({ kind: 'ONCE', date });
const QUARTERLY = { kind: 'QUARTERLY', workingDay: 5 };
const BEFORE_SESSION = { kind: 'BEFORE_EVENT', event: 'COUNCIL_SESSION', workingDays: 10 };
const LAW = 'LAW_ENFORCEMENT_AND_DEVELOPMENT';
const ISSUES = 'PROMINENT_ISSUES';

/**
 * A commitment of a plan. Every occurrence is reported some days before it is due and confirmed
 * soon after, unless `done` names another day for that due day (empty: not done).
 */
const commitment = (title, area, lead, supporting, rhythm, expectedProduct, more = {}) =>
  ({ title, area, lead, supporting, rhythm, expectedProduct, ...more });

function ofCouncil(year) {
  const list = [
    commitment('Trả lời kiến nghị của cử tri trước kỳ họp', ISSUES, 'UBND', ['HDND'], BEFORE_SESSION,
      'Báo cáo giải quyết kiến nghị'),
    commitment('Tổ chức hai cuộc điều tra dư luận xã hội', ISSUES, 'BTG', ['UBND'], once(`${year}-11-30`),
      'Báo cáo kết quả điều tra'),
    commitment('Giám sát việc thực hiện kế hoạch phát triển kinh tế - xã hội', LAW, 'HDND', ['BTG'],
      once(`${year}-10-31`), 'Báo cáo giám sát',
      // Kept, but late; that stays.
      { done: { '2022-10-31': '2022-11-18' } }),
  ];
  if (year === 2024) {
    list.push(
      commitment('Giải quyết tình trạng ngập úng đô thị', ISSUES, 'UBND', ['HDND', 'BTG'], once('2024-12-20'),
        'Báo cáo kết quả', { done: { '2024-12-20': '2025-01-10' } }),
      commitment('Công khai tiến độ dự án chống ngập hằng quý', ISSUES, 'UBND', ['BTG'], QUARTERLY,
        'Thông cáo báo chí', { parent: 'Giải quyết tình trạng ngập úng đô thị' }));
  }
  return list;
}

function ofCouncil2025() {
  return [
    commitment('Tổng hợp dư luận về sắp xếp đơn vị hành chính', ISSUES, 'BTG', ['UBND'], once('2025-03-31'),
      'Báo cáo chuyên đề'),
    commitment('Công bố kết quả giải quyết kiến nghị trước khi bàn giao', ISSUES, 'UBND', ['HDND'], once('2025-06-20'),
      'Báo cáo công khai', { description: 'Theo đề xuất của báo cáo sơ kết 3 năm 2020-2023.', done: { '2025-06-20': '' } }),
  ];
}

const ofCourt = (year) => [
  commitment('Tổ chức phiên tòa rút kinh nghiệm, tuyên truyền pháp luật', LAW, 'TAND', ['VKS'], once(`${year}-09-27`),
    'Báo cáo kết quả', { done: { '2023-09-27': '2023-10-06' } }),
  commitment('Giao ban thông tin tội phạm được dư luận quan tâm', ISSUES, 'VKS', ['BTG'], once(`${year}-06-28`),
    'Biên bản giao ban'),
];
const ofInsurance = (year) => [
  commitment('Truyền thông bảo hiểm xã hội tự nguyện, bảo hiểm y tế hộ gia đình', LAW, 'BHXH', ['BTG'],
    once(`${year}-05-31`), 'Báo cáo đợt truyền thông'),
  commitment('Định hướng tuyên truyền về chậm đóng bảo hiểm xã hội', ISSUES, 'BTG', ['BHXH'], once(`${year}-08-30`),
    'Văn bản định hướng', { done: { '2024-08-30': '2024-09-13' } }),
];
const ofCooperatives = (year) => [
  commitment('Tuyên truyền mô hình hợp tác xã hoạt động hiệu quả', LAW, 'LMHTX', ['BTG'], once(`${year}-10-15`),
    'Chuyên mục trên báo, đài'),
];

const YEARS = [2022, 2023, 2024];

/** Plans by key of their programme: [{year, commitments}], parts after what they are parts of. */
export const PLANS = {
  COUNCIL: [...[2021, ...YEARS].map((year) => ({ year, commitments: ofCouncil(year) })),
    { year: 2025, commitments: ofCouncil2025() }],
  COURT: YEARS.map((year) => ({ year, commitments: ofCourt(year) })),
  INSURANCE: YEARS.map((year) => ({ year, commitments: ofInsurance(year) })),
  COOPERATIVES: YEARS.map((year) => ({ year, commitments: ofCooperatives(year) })),
};
