#!/usr/bin/env node
// Loads the demonstration through the public API, as the administrator. Running it again
// changes nothing. It is a Node script without dependencies because it should be what a
// client is: it knows the HTTP/JSON contract and nothing of the services' code.
//
//   PHOIHOP_URL=http://127.0.0.1:8080 PHOIHOP_TOKEN=$(deploy/token) node deploy/demo/can-tho/load.mjs
//
// PHOIHOP_DATA is the data folder when it is not the default one; PHOIHOP_TOKEN_COMMAND what makes tokens
// where there is none, a JSON list of words to which `--member ID` is added.
import { signAll } from './agreements.mjs';
import { Api, inParallel, requestId } from './api.mjs';
import { makeKnown } from './dissemination.mjs';
import { DAY, opinions, petitions, PROGRAMME, SINCE } from './figures.mjs';
import { informAll } from './informing.mjs';
import { keepAll } from './keeping.mjs';
import { approversOf, confirmerOf, memberWith } from './members.mjs';
import { reviewAll } from './reviews.mjs';
import { say, WIDTH } from './say.mjs';

/** The city with its districts and communes as they were on DAY. */
async function units(api) {
  const city = await api.get('/v1/units:resolve', { code: '92', on_date: DAY });
  const below = (unit) => api.list('/v1/units', { parent: unit.name, on_date: DAY }, 'units');
  const districts = await below(city);
  const communes = (await inParallel(districts, WIDTH, below)).flat();
  if (districts.length !== 9 || communes.length !== 83) {
    throw new Error(`Danh mục có ${districts.length} quận, huyện và ${communes.length} xã, phường; cần 9 và 83. / ` +
      `The register has ${districts.length} districts and ${communes.length} communes; 9 and 83 are needed.`);
  }
  return { city, districts, communes };
}

/** A whole batch is stored or none, so one reference that is there stands for all. */
async function register(api, unit, list) {
  try {
    await api.post('/v1/petitions:batchCreate',
      { unit: unit.name, petitions: list, requestId: requestId(`petitions/${unit.name}`) });
  } catch (error) {
    if (error.reason !== 'PETITION_REFERENCE_TAKEN') throw error;
  }
}

async function registerPetitions(api, communes) {
  const byCode = petitions(communes.map((unit) => unit.code).sort());
  await inParallel(communes, WIDTH, (unit) => {
    const list = byCode.get(unit.code);
    return list.length === 0 ? undefined : register(api, unit, list);
  });
  const total = [...byCode.values()].flat().length;
  say(`${total} đơn thư theo số hiệu, phân bổ cho ${communes.length} xã, phường`,
    'petitions by reference, spread over the communes');
}

async function recordOpinions(api, communes) {
  let count = 0;
  await inParallel(communes, WIDTH, async (unit) => {
    const wanted = opinions(unit.code);
    if (wanted.length === 0) return;
    const there = await api.list('/v1/opinionEntries', { unit: unit.name }, 'opinionEntries');
    for (const [index, entry] of wanted.entries()) {
      count++;
      const same = (other) => other.text === entry.text && other.heardDate === entry.heardDate;
      if (there.some(same)) continue;
      await api.post('/v1/opinionEntries', { ...entry, unit: unit.name },
        { request_id: requestId(`opinion/${unit.name}/${index}`) });
    }
  });
  say(`${count} phản ánh dư luận`, 'opinion entries');
}

/** What people raised; another service than that of agreements, so it goes on beside it. */
async function listen(api, { communes }) {
  await registerPetitions(api, communes);
  await recordOpinions(api, communes);
}

/** Signs the programmes and carries them out; gives the bodies of districts and communes. */
async function coordinate(api, found) {
  const { bodies, programmes } = await signAll(api, found);
  await makeKnown(api, found.city, programmes[0].name);
  const confirmer = await confirmerOf(api, found.city);
  const approvers = await approversOf(api, found.city, Math.max(...programmes.map(({ parties }) => parties.length)));
  await keepAll(api, confirmer, approvers, found.city, programmes);
  await informAll(confirmer, programmes);
  await reviewAll(api, found, programmes);
  return bodies;
}

/** The service itself waits until its projection includes what was written just now. */
async function review(api, city) {
  const title = `Báo cáo sơ kết 3 năm thực hiện Chương trình phối hợp số ${PROGRAMME}`;
  const there = await api.get('/v1/reports', { unit: city.name, page_size: 100 });
  if ((there.reports ?? []).some((report) => report.title === title)) return;
  const report = await api.post('/v1/reports', {
    title,
    kind: 'PRELIMINARY',
    unit: city.name,
    since: SINCE,
    until: DAY,
    typedFigures: [
      {
        label: 'Tỷ lệ giải quyết khiếu nại, tố cáo',
        indicator: 'petitions.complaints_and_denunciations.resolved',
        rateText: '88,1%', numerator: '381', denominator: '407',
      },
      {
        label: 'Tỷ lệ giải quyết kiến nghị, phản ánh',
        indicator: 'petitions.recommendations_and_feedback.resolved',
        rateText: '77,8%', numerator: '1573', denominator: '2021',
      },
    ],
  }, { request_id: requestId(`report/${city.name}/${title}`) });
  for (const finding of report.findings ?? []) say(`Báo cáo: ${finding.message}`, finding.kind);
}

/** The command that makes a token, quoted for a shell. */
function tokenCommand() {
  const { PHOIHOP_DATA: data, PHOIHOP_TOKEN_COMMAND: command } = process.env;
  const quoted = (word) => (/^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);
  return (command ? JSON.parse(command) : ['deploy/token', ...(data ? ['--data', data] : [])]).map(quoted).join(' ');
}

/** Two members of one district, for trying what each may see. */
async function members(api, districts, bodies) {
  const district = districts.find((unit) => unit.code === '916');
  const body = bodies.get(district.name)[0].name;
  for (const [displayName, role] of [
    [`Cán bộ tổng hợp ${district.displayName}`, 'OFFICER'],
    [`Người xem ${district.displayName}`, 'VIEWER'],
  ]) {
    const member = await memberWith(api, { displayName, body, role, unit: district.name });
    say(`${displayName}: ${member.name}`, `${tokenCommand()} --member ${member.name.split('/')[1]}`);
  }
}

async function main() {
  const { PHOIHOP_URL: url = 'http://127.0.0.1:8080', PHOIHOP_TOKEN: token } = process.env;
  if (!token) throw new Error('Thiếu PHOIHOP_TOKEN. / PHOIHOP_TOKEN is missing.');
  const began = Date.now();
  const api = new Api(url, token);
  const found = await units(api);
  const [bodies] = await Promise.all([coordinate(api, found), listen(api, found)]);
  await review(api, found.city);
  await members(api, found.districts, bodies);
  say(`Xong sau ${((Date.now() - began) / 1000).toFixed(1)} giây`, `done, ${api.calls} calls`);
}

main().catch((error) => {
  console.error(`LỖI / ERROR: ${error.message}`);
  process.exitCode = 1;
});
