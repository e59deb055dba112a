// Who tells whom what when under the city's programmes, what was told, and what was asked
// beside that; worked out without any call. All of it is made up.

const monthly = (workingDay) => ({ kind: 'MONTHLY', workingDay });

/**
 * Duties by key of their programme. Every occurrence is delivered some days before it is due,
 * unless `delivered` names another day for that due day. `corrected` and `withdrawn` are due days
 * of deliveries to which that happened; what was withdrawn is delivered again.
 */
export const DUTIES = {
  COUNCIL: [
    {
      from: 'HDND', to: ['BTG', 'UBND'], kind: 'COUNCIL_RESOLUTIONS', area: 'LAW_ENFORCEMENT_AND_DEVELOPMENT',
      title: 'Nghị quyết của Hội đồng nhân dân sau kỳ họp', document: 'NQ-HĐND',
      rhythm: { kind: 'AFTER_EVENT', event: 'COUNCIL_SESSION', workingDays: 10 },
      startDate: '2022-01-01', endDate: '2025-06-30',
    },
    {
      from: 'BTG', to: ['HDND', 'UBND'], kind: 'MONTHLY_OPINION_DIGEST', area: 'PROMINENT_ISSUES',
      title: 'Bản tin dư luận xã hội hằng tháng', document: 'BT-BTGTU',
      rhythm: monthly(-1), startDate: '2023-07-01', endDate: '2024-06-30',
      corrected: '2023-09-29',
    },
    {
      from: 'UBND', to: ['BTG', 'HDND'], kind: 'PROJECT_WITH_IMPACT', area: 'LAW_ENFORCEMENT_AND_DEVELOPMENT',
      title: 'Dự án đường vành đai phía Tây: phương án bồi thường, tái định cư', document: 'TTr-UBND',
      rhythm: { kind: 'ONCE', date: '2024-03-29' }, startDate: '2024-01-02', endDate: '2024-12-31',
      withdrawn: '2024-03-29',
    },
  ],
  COURT: [
    {
      from: 'TAND', to: ['BTG', 'VKS'], kind: 'COURT_SCHEDULE', area: 'DUTIES',
      title: 'Lịch xét xử các vụ án được dư luận quan tâm', document: 'LXX-TA',
      rhythm: monthly(7), startDate: '2024-01-01', endDate: '2024-12-31',
      // After Tet: three working days late.
      delivered: { '2024-02-16': '2024-02-21' }, acknowledged: ['BTG'],
    },
  ],
  INSURANCE: [
    {
      from: 'BHXH', to: ['BTG'], kind: 'OTHER', area: 'DUTIES',
      title: 'Số liệu thu, chi, chậm đóng bảo hiểm xã hội hằng quý', document: 'BC-BHXH',
      rhythm: { kind: 'QUARTERLY', workingDay: 10 }, startDate: '2023-01-01', endDate: '2024-12-31',
    },
  ],
  COOPERATIVES: [
    {
      from: 'LMHTX', to: ['BTG'], kind: 'OTHER', area: 'DUTIES',
      title: 'Tình hình kinh tế tập thể, hợp tác xã hằng năm', document: 'BC-LMHTX',
      rhythm: { kind: 'YEARLY', date: '2022-12-15' }, startDate: '2022-01-01', endDate: '2024-12-31',
    },
  ],
};

/** Requests outside the rhythm, by key of their programme, with `answer` or `refusal`. */
export const REQUESTS = {
  COUNCIL: [
    {
      from: 'HDND', to: 'UBND', subject: 'Tiến độ cấp giấy chứng nhận quyền sử dụng đất khu tái định cư',
      workingDays: 5, requestDate: '2023-06-12',
      answer: { date: '2023-06-16', documentNumber: '1874/UBND-KT', note: 'Đã cung cấp số liệu đến ngày 31/5/2023.' },
    },
    {
      from: 'BTG', to: 'UBND', subject: 'Kế hoạch khắc phục ngập úng do triều cường',
      workingDays: 10, requestDate: '2024-10-21',
      answer: { date: '2024-11-08', documentNumber: '4320/UBND-XDĐT', note: 'Gửi kèm kế hoạch.' },
    },
  ],
  COURT: [
    {
      from: 'BTG', to: 'TAND', subject: 'Thông tin để trả lời báo chí về một vụ án chưa xét xử',
      description: 'Đề nghị cung cấp kết quả điều tra và lời khai trong hồ sơ vụ án.',
      legalBasis: 'Chương trình phối hợp số 03-CTr/BTGTU-TAND-VKSND',
      workingDays: 10, requestDate: '2024-04-02',
      refusal: {
        date: '2024-04-09',
        reason: 'Vụ án đang được điều tra, chưa xét xử; Tòa án sẽ thông tin sau khi tuyên án.',
        legalGround: 'Khoản 2 Điều 38 Luật Báo chí số 103/2016/QH13',
      },
    },
  ],
};
