// Members beside the administrator: who signs or approves for one party does not for another.
import { Caller } from './http.mjs';
import { eventually } from './system.mjs';

/** Calls of `count` new leaders of a unit, whom the service of agreements knows by now. */
export async function leadersOf(system, api, unit, count) {
  const leaders = [];
  for (let i = 1; i <= count; i++) {
    const { name: member } = await api.post('/v1/members', { displayName: `Lãnh đạo ${i}` });
    await api.post('/v1/grants', { member, role: 'LEADER', unit });
    const caller = new Caller(system, system.token(member.split('/')[1]));
    await eventually(() => caller.get('/v1/commitments', { unit, page_size: 1 }), 5_000, 'the leader is known');
    leaders.push(caller);
  }
  return leaders;
}
