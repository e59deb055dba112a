// Members of the demonstration beside the administrator.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Api, requestId } from './api.mjs';

const TOKEN = fileURLToPath(new URL('../../token', import.meta.url));

/** The member of this name with a role over a unit; made when it is not there. */
export async function memberWith(api, { displayName, body, role, unit }) {
  const there = await api.list('/v1/members', {}, 'members');
  const member = there.find((other) => other.displayName === displayName) ??
    await api.post('/v1/members', { displayName, body }, { request_id: requestId(`member/${displayName}`) });
  const { grants } = await api.get('/v1/grants', { member: member.name });
  if (!(grants ?? []).some((grant) => grant.role === role && grant.unit === unit && !grant.revokeTime)) {
    await api.post('/v1/grants', { member: member.name, role, unit },
      { request_id: requestId(`grant/${member.name}/${role}`) });
  }
  return member;
}

/** Calls in the name of a member whom the service of agreements knows by now. */
async function callsAs(api, member, unit) {
  const { PHOIHOP_DATA: data, PHOIHOP_TOKEN_COMMAND: command } = process.env;
  // Elsewhere than beside deploy/up, tokens come from another command (a JSON list of words).
  const [program, ...words] = command ? JSON.parse(command) : [TOKEN, ...(data ? ['--data', data] : [])];
  const { stdout } = await promisify(execFile)(program, [...words, '--member', member.name.split('/')[1]]);
  const other = new Api(api.url, stdout.trim());
  for (let attempt = 1; ; attempt++) {
    try {
      await other.get('/v1/commitments', { unit, page_size: 1 });
      return other;
    } catch (error) {
      if (attempt === 50 || ![401, 403, 404].includes(error.status)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Calls of another leader of the city. */
async function leaderOf(api, city, displayName) {
  return callsAs(api, await memberWith(api, { displayName, role: 'LEADER', unit: city.name }), city.name);
}

/** Calls of the second member of the city: who reports or delivers never confirms that. */
export function confirmerOf(api, city) {
  return leaderOf(api, city, 'Người xác nhận minh họa');
}

/** Calls of so many leaders: each approves a plan for one party. */
export async function approversOf(api, city, count) {
  const approvers = [];
  while (approvers.length < count) {
    approvers.push(await leaderOf(api, city, `Người phê duyệt minh họa ${approvers.length + 1}`));
  }
  return approvers;
}
