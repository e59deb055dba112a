// What the demonstration contains, worked out without any call. Totals, dates of the
// interval, number and parties of the programme are published; everything else is made up,
// the same at every run. See README.md.
import crypto from 'node:crypto';

export const DAY = '2023-10-24';
export const SINCE = '2020-09-30';
export const PROGRAMME = '02-CTr/BTGTU-ĐĐHĐND-BCSĐUBNDTP';

/** Petition kinds: how many, how many of the group resolved by DAY, days to settle. */
export const GROUPS = [
  {
    resolved: 381,
    kinds: [
      { kind: 'COMPLAINT', prefix: 'KN', count: 342, days: 30 },
      { kind: 'DENUNCIATION', prefix: 'TC', count: 65, days: 30 },
    ],
  },
  {
    resolved: 1573,
    kinds: [
      { kind: 'RECOMMENDATION', prefix: 'KG', count: 1400, days: 45 },
      { kind: 'FEEDBACK', prefix: 'PA', count: 621, days: 20 },
    ],
  },
];

/** A number in [0, below) that depends on the text alone. */
export function pick(text, below) {
  return crypto.createHash('sha256').update(text).digest().readUIntBE(0, 6) % below;
}

/** ISO 8601 day, `days` after another. */
export function addDays(day, days) {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * 86_400_000).toISOString().slice(0, 10);
}

function daysBetween(first, last) {
  return (Date.parse(last) - Date.parse(first)) / 86_400_000;
}

/** Splits a total over units by made-up weights; the shares add up to the total. */
export function spread(total, codes, what) {
  const weights = codes.map((code) => 1 + pick(`${what}/${code}`, 9));
  const sum = weights.reduce((a, b) => a + b, 0);
  const shares = weights.map((weight) => Math.floor((total * weight) / sum));
  const order = codes
    .map((code, index) => ({ index, rest: (total * weights[index]) % sum, code }))
    .sort((a, b) => b.rest - a.rest || (a.code < b.code ? -1 : 1));
  let left = total - shares.reduce((a, b) => a + b, 0);
  for (const { index } of order) {
    if (left-- <= 0) break;
    shares[index]++;
  }
  return shares;
}

/** All petitions by commune code, as PetitionRegister entries without their unit. */
export function petitions(codes) {
  const byCode = new Map(codes.map((code) => [code, []]));
  for (const group of GROUPS) {
    const all = [];
    for (const { kind, prefix, count, days } of group.kinds) {
      const shares = spread(count, codes, kind);
      codes.forEach((code, index) => {
        for (let n = 1; n <= shares[index]; n++) {
          const key = `${code}/${prefix}-${n}`;
          const receivedDate = addDays(SINCE, pick(`${key}/received`, daysBetween(SINCE, DAY) - 60));
          const reference = `${prefix}-${n}/${receivedDate.slice(0, 4)}`;
          const dueDate = addDays(receivedDate, days);
          all.push({ code, key, petition: { reference, kind, receivedDate, dueDate } });
        }
      });
    }
    // Which ones were resolved in time is drawn by lot among the whole group.
    const lot = (key) => pick(`${key}/lot`, 2 ** 40);
    all.sort((a, b) => lot(a.key) - lot(b.key) || (a.key < b.key ? -1 : 1));
    all.forEach(({ key, petition }, index) => {
      const took = 3 + pick(`${key}/took`, 50);
      if (index < group.resolved) {
        petition.resolvedDate = addDays(petition.receivedDate, took);
      } else if (pick(`${key}/later`, 3) === 0) {
        // Some of the rest were resolved after the review's last day.
        petition.resolvedDate = addDays(DAY, took);
      }
    });
    for (const { code, petition } of all) byCode.get(code).push(petition);
  }
  for (const list of byCode.values()) {
    list.sort((a, b) => (a.receivedDate + a.reference < b.receivedDate + b.reference ? -1 : 1));
  }
  return byCode;
}

const OPINIONS = [
  ['Đất đai', 'VOTER_MEETING', 'Cử tri đề nghị đẩy nhanh việc cấp giấy chứng nhận quyền sử dụng đất cho các hộ trong khu tái định cư.'],
  ['Giao thông', 'COLLABORATOR', 'Người dân phản ánh tuyến đường liên ấp xuống cấp, đề nghị sửa chữa trước mùa mưa.'],
  ['Môi trường', 'RECEPTION', 'Nhiều ý kiến lo ngại rác thải và nước thải chưa được thu gom đều tại khu vực chợ.'],
  ['Ngập úng đô thị', 'PRESS', 'Dư luận quan tâm tiến độ dự án chống ngập khi triều cường, đề nghị công khai thời gian hoàn thành.'],
  ['Giáo dục', 'BRIEFING', 'Phụ huynh đề nghị thông tin sớm về tuyển sinh đầu cấp và các khoản thu đầu năm học.'],
  ['Y tế', 'COLLABORATOR', 'Người dân mong muốn trạm y tế có thêm thuốc bảo hiểm và bác sĩ trực ngoài giờ.'],
  ['An ninh trật tự', 'VOTER_MEETING', 'Cử tri đề nghị tăng tuần tra ban đêm và xử lý tiếng ồn từ loa kéo.'],
];

/** Some opinions heard in a commune: none to two. */
export function opinions(code) {
  const count = pick(`${code}/opinions`, 3);
  return Array.from({ length: count }, (_, index) => {
    const key = `${code}/opinion-${index}`;
    const [topic, channel, text] = OPINIONS[pick(key, OPINIONS.length)];
    const heardDate = addDays('2021-07-01', pick(`${key}/day`, daysBetween('2021-07-01', DAY)));
    const entry = { topic, channel, text, heardDate };
    // Nobody counted everywhere.
    if (pick(`${key}/counted`, 2) === 0) entry.voicedCount = 1 + pick(`${key}/voices`, 60);
    return entry;
  });
}

/** The parties of a district's or commune's agreement: [name, abbreviation, signer's title]. */
export function parties(unit) {
  // "Quận Ninh Kiều" -> "quận Ninh Kiều" within a body's name.
  const place = unit.displayName.charAt(0).toLocaleLowerCase('vi') + unit.displayName.slice(1);
  if (unit.level === 'DISTRICT') {
    const committee = unit.kind === 'Quận' ? 'Quận ủy' : 'Huyện ủy';
    const bare = unit.displayName.slice(unit.kind.length + 1);
    return [
      [`Ban Tuyên giáo ${committee} ${bare}`, 'BTG', 'Trưởng ban'],
      [`Hội đồng nhân dân ${place}`, 'HĐND', 'Chủ tịch'],
      [`Ủy ban nhân dân ${place}`, 'UBND', 'Chủ tịch'],
    ];
  }
  return [
    [`Đảng ủy ${place}`, 'ĐU', 'Bí thư'],
    [`Ủy ban nhân dân ${place}`, 'UBND', 'Chủ tịch'],
  ];
}

/** The agreement of a district or commune, without its parties and parent, and the day of signing. */
export function agreement(unit) {
  const district = unit.level === 'DISTRICT';
  const names = parties(unit).map(([name]) => name);
  const first = district ? '2021-02-01' : '2021-05-01';
  return {
    title: `Chương trình phối hợp giữa ${names.slice(0, -1).join(', ')} và ${names.at(-1)}`,
    documentNumber: district ? '01-CTr/BTG-HĐND-UBND' : '01-CTr/ĐU-UBND',
    termStart: '2021-01-01',
    termEnd: '2026-06-30',
    signDate: addDays(first, pick(`${unit.code}/signed`, district ? 90 : 300)),
  };
}
