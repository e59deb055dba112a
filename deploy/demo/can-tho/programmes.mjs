// The city's programmes, as far as they can be told without any call: parties, legal bases,
// clauses by area, order of signing and cascade. Bodies are named by short keys. What is
// published and what is made up says README.md.
import { addDays, parties, pick, PROGRAMME, SINCE } from './figures.mjs';

export const TERM_END = '2026-06-30';

/** The city's bodies: [name, abbreviation, signer's title]. */
export const CITY_BODIES = {
  BTG: ['Ban Tuyên giáo Thành ủy Cần Thơ', 'BTGTU', 'Trưởng ban'],
  HDND: ['Đảng đoàn Hội đồng nhân dân thành phố Cần Thơ', 'ĐĐHĐND', 'Bí thư Đảng đoàn'],
  UBND: ['Ban cán sự đảng Ủy ban nhân dân thành phố Cần Thơ', 'BCSĐUBNDTP', 'Bí thư Ban cán sự đảng'],
  TAND: ['Tòa án nhân dân thành phố Cần Thơ', 'TAND', 'Chánh án'],
  VKS: ['Viện kiểm sát nhân dân thành phố Cần Thơ', 'VKSND', 'Viện trưởng'],
  BHXH: ['Bảo hiểm xã hội thành phố Cần Thơ', 'BHXH', 'KT. Giám đốc, Phó Giám đốc'],
  LMHTX: ['Liên minh Hợp tác xã thành phố Cần Thơ', 'LMHTX', 'Chủ tịch'],
};

const REGULATION_238 = {
  documentNumber: '238-QĐ/TW',
  title: 'Quy định về phối hợp giữa ban tuyên giáo cấp ủy với các cơ quan nhà nước cùng cấp',
  issueDate: '2020-09-30',
  issuer: 'Ban Bí thư Trung ương Đảng',
};
const law = (documentNumber, title, issueDate) => ({ documentNumber, title, issueDate, issuer: 'Quốc hội' });
const clause = (area, heading, ...lines) => ({ area, heading, text: lines.join('\n') });

/** Programmes of the city by key, the one with the cascade down to the communes first. */
export const PROGRAMMES = [
  {
    key: 'COUNCIL',
    parties: ['BTG', 'HDND', 'UBND'],
    title: 'Chương trình phối hợp giữa Ban Tuyên giáo Thành ủy với Đảng đoàn Hội đồng nhân dân và Ban cán sự đảng Ủy ban nhân dân thành phố Cần Thơ',
    documentNumber: PROGRAMME,
    termStart: SINCE,
    signDate: SINCE,
    signedLast: 'BTG',
    cascadeTarget: { levels: ['DISTRICT', 'COMMUNE'], dueDate: '2022-06-30' },
    legalBases: [
      REGULATION_238,
      law('77/2015/QH13', 'Luật Tổ chức chính quyền địa phương', '2015-06-19'),
    ],
    clauses: [
      clause('LAW_ENFORCEMENT_AND_DEVELOPMENT', 'Thực hiện pháp luật và kế hoạch phát triển kinh tế - xã hội',
        'Trao đổi dự thảo nghị quyết, đề án, dự án tác động đến đời sống nhân dân trước khi quyết định.',
        'Tuyên truyền nghị quyết của Hội đồng nhân dân sau mỗi kỳ họp.'),
      clause('PROMINENT_ISSUES', 'Giải quyết những vấn đề nhân dân quan tâm',
        'Nắm dư luận xã hội, lựa chọn vấn đề để giám sát, chất vấn tại kỳ họp.',
        'Trả lời công khai kết quả giải quyết kiến nghị của cử tri.'),
      clause('DUTIES', 'Trách nhiệm của các bên',
        'Ban Tuyên giáo cung cấp bản tin dư luận hằng tháng.',
        'Hội đồng nhân dân cung cấp nghị quyết trong 10 ngày làm việc sau kỳ họp.',
        'Hằng năm xây dựng kế hoạch; sơ kết 3 năm, tổng kết khi kết thúc.'),
    ],
  },
  {
    key: 'COURT',
    parties: ['BTG', 'TAND', 'VKS'],
    title: 'Chương trình phối hợp giữa Ban Tuyên giáo Thành ủy với Tòa án nhân dân và Viện kiểm sát nhân dân thành phố Cần Thơ, giai đoạn 2021-2026',
    documentNumber: '03-CTr/BTGTU-TAND-VKSND',
    termStart: '2021-01-15',
    signDate: '2021-01-15',
    signedLast: 'BTG',
    legalBases: [
      REGULATION_238,
      law('62/2014/QH13', 'Luật Tổ chức Tòa án nhân dân', '2014-11-24'),
      law('63/2014/QH13', 'Luật Tổ chức Viện kiểm sát nhân dân', '2014-11-24'),
    ],
    clauses: [
      clause('LAW_ENFORCEMENT_AND_DEVELOPMENT', 'Tuyên truyền, phổ biến pháp luật',
        'Phối hợp tổ chức phiên tòa rút kinh nghiệm, tuyên truyền pháp luật.'),
      clause('DUTIES', 'Cung cấp thông tin',
        'Tòa án cung cấp lịch xét xử các vụ án được dư luận quan tâm, chậm nhất ngày làm việc thứ 7 hằng tháng.',
        'Thông tin về vụ án đang điều tra, chưa xét xử được từ chối cung cấp theo quy định của pháp luật.'),
    ],
  },
  {
    key: 'INSURANCE',
    parties: ['BTG', 'BHXH'],
    title: 'Chương trình phối hợp giữa Ban Tuyên giáo Thành ủy và Bảo hiểm xã hội thành phố Cần Thơ, giai đoạn 2021-2026',
    documentNumber: '04-CTr/BTGTU-BHXH',
    termStart: '2021-03-10',
    signDate: '2021-03-10',
    capacities: { BHXH: 'ON_BEHALF' },
    cascadeTarget: { levels: ['DISTRICT'], dueDate: '2021-12-31' },
    legalBases: [
      REGULATION_238,
      { documentNumber: '28-NQ/TW', title: 'Nghị quyết về cải cách chính sách bảo hiểm xã hội', issueDate: '2018-05-23', issuer: 'Ban Chấp hành Trung ương Đảng' },
      law('58/2014/QH13', 'Luật Bảo hiểm xã hội', '2014-11-20'),
    ],
    clauses: [
      clause('LAW_ENFORCEMENT_AND_DEVELOPMENT', 'Phát triển người tham gia',
        'Tuyên truyền chính sách bảo hiểm xã hội tự nguyện, bảo hiểm y tế hộ gia đình.'),
      clause('PROMINENT_ISSUES', 'Chậm đóng, trốn đóng',
        'Thông tin kịp thời những vướng mắc được người lao động quan tâm.'),
      clause('DUTIES', 'Trách nhiệm của các bên',
        'Bảo hiểm xã hội cung cấp số liệu hằng quý; Ban Tuyên giáo định hướng tuyên truyền.'),
    ],
  },
  {
    key: 'COOPERATIVES',
    parties: ['BTG', 'LMHTX'],
    title: 'Chương trình phối hợp giữa Ban Tuyên giáo Thành ủy và Liên minh Hợp tác xã thành phố Cần Thơ, giai đoạn 2021-2026',
    documentNumber: '05-CTr/BTGTU-LMHTX',
    termStart: '2021-04-20',
    signDate: '2021-04-20',
    legalBases: [
      REGULATION_238,
      law('23/2012/QH13', 'Luật Hợp tác xã', '2012-11-20'),
    ],
    clauses: [
      clause('LAW_ENFORCEMENT_AND_DEVELOPMENT', 'Phát triển kinh tế tập thể',
        'Tuyên truyền, nhân rộng mô hình hợp tác xã hoạt động hiệu quả.'),
      clause('DUTIES', 'Trách nhiệm của các bên',
        'Liên minh Hợp tác xã báo cáo tình hình hằng năm trước ngày 15 tháng 12.'),
    ],
  },
];

/** The groups of keys in the order of signing: all but the last one first. */
export function signingGroups({ parties, signedLast }) {
  if (!signedLast) return [parties];
  return [parties.filter((key) => key !== signedLast), [signedLast]];
}

/** What the parties agree on, for the API; `name` gives the resource name of a body's key. */
export function contentOf(programme, name) {
  const { title, documentNumber, termStart, legalBases, clauses, cascadeTarget } = programme;
  return {
    title, documentNumber, termStart, termEnd: TERM_END, legalBases, clauses, cascadeTarget,
    issuingBody: name('BTG'),
    documentSeries: '2020-2025',
    parties: programme.parties.map((key) => ({ body: name(key) })),
    signingPlan: { groups: signingGroups(programme).map((keys) => ({ parties: keys.map(name) })) },
  };
}

/** Districts that have not followed the programme with Social Insurance, by code. */
const NOT_FOLLOWING = ['924', '927'];

/** How a district follows that programme: bodies as in parties(), content, day; or undefined. */
export function insuranceOf(district) {
  if (NOT_FOLLOWING.includes(district.code)) return undefined;
  const [[department, ...rest]] = parties(district);
  const place = district.displayName.charAt(0).toLocaleLowerCase('vi') + district.displayName.slice(1);
  const insurance = `Bảo hiểm xã hội ${place}`;
  return {
    bodies: [[department, ...rest], [insurance, 'BHXH', 'Giám đốc']],
    content: {
      title: `Chương trình phối hợp giữa ${department} và ${insurance}`,
      documentNumber: '02-CTr/BTG-BHXH',
      termStart: '2021-05-01',
      termEnd: TERM_END,
    },
    signDate: addDays('2021-05-10', pick(`${district.code}/insurance`, 180)),
  };
}
