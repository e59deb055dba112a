// How the programme was made known: what was published as totals of three years, as one
// record each. Attendances are no number of people.
import { requestId } from './api.mjs';
import { DAY } from './figures.mjs';
import { say } from './say.mjs';

const SESSIONS = [
  {
    sessionDate: DAY, kind: 'CONFERENCE', sessionCount: 36, attendanceCount: 412,
    title: 'Hội nghị báo cáo viên hằng tháng, 3 năm 2020-2023',
    documents: [{ title: 'Quy định về phối hợp giữa ban tuyên giáo cấp ủy với các cơ quan nhà nước cùng cấp', documentNumber: '238-QĐ/TW' }],
  },
  {
    sessionDate: DAY, kind: 'BULLETIN', sessionCount: 36, copyCount: 116250,
    title: 'Bản tin sinh hoạt chi bộ, 3 năm 2020-2023',
  },
];

export async function makeKnown(api, city, agreement) {
  const there = await api.list('/v1/disseminationSessions', { agreement }, 'disseminationSessions');
  for (const session of SESSIONS) {
    if (there.some((other) => other.title === session.title)) continue;
    await api.post('/v1/disseminationSessions', { ...session, agreement, unit: city.name },
      { request_id: requestId(`dissemination/${session.title}`) });
  }
  say(`${SESSIONS.length} hình thức quán triệt, triển khai`, 'records of dissemination');
}
