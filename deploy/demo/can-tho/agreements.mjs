// Bodies and agreements: those that exist are kept, and an agreement that is under way is
// brought into force from wherever it stands.
import crypto from 'node:crypto';
import { inParallel, requestId } from './api.mjs';
import { agreement, DAY, parties, PROGRAMME } from './figures.mjs';
import { Programme } from './programme.mjs';
import { CITY_BODIES, contentOf, insuranceOf, PROGRAMMES, signingGroups } from './programmes.mjs';
import { say, WIDTH } from './say.mjs';

/** The bodies of a unit by [name, abbreviation, signer's title], in that order. */
async function bodiesOf(api, unit, wanted) {
  const there = await api.list('/v1/bodies', { unit: unit.name }, 'bodies');
  const bodies = [];
  for (const [displayName, abbreviation, title] of wanted) {
    let body = there.find((other) => other.displayName === displayName);
    body ??= await api.post('/v1/bodies', { displayName, abbreviation, unit: unit.name },
      { request_id: requestId(`body/${unit.name}/${displayName}`) });
    bodies.push({ name: body.name, title });
  }
  return bodies;
}

// What was signed years ago was signed on paper, and the system takes the day of a paper alone. In
// place of the scans there is one page that says so.
const SCAN = Buffer.from(
  '%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n'
  + '2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n'
  + '3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R'
  + '/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>endobj\n'
  + '4 0 obj<</Length 61>>stream\nBT /F1 14 Tf 72 760 Td (Ban quet minh hoa / A sample.) Tj ET\nendstream endobj\n'
  + 'trailer<</Root 1 0 R>>\n%%EOF\n');
const SCAN_SHA256 = crypto.createHash('sha256').update(SCAN).digest('hex');

/** Uploads the scan for a unit; again changes nothing. */
async function uploadScan(api, unit) {
  const { name } = await api.post('/v1/uploads', {
    fileName: 'Bản quét minh họa.pdf', mediaType: 'application/pdf', sizeBytes: SCAN.length,
    sha256: SCAN_SHA256, unit: unit.name,
  });
  await api.post(`/v1/${name}:uploadChunk`, { offset: 0, data: SCAN.toString('base64') });
  return (await api.post(`/v1/${name}:finish`, {})).name;
}

/** `signers` are {body, title, capacity} in the order of signing. */
async function bringIntoForce(api, unit, { content, signDate, signers }, there) {
  const id = (step) => requestId(`agreement/${unit.name}/${content.documentNumber}/${step}`);
  let current = there.find((other) =>
    other.unit === unit.name && other.documentNumber === content.documentNumber);
  current ??= await api.post('/v1/agreements', { ...content, unit: unit.name }, { request_id: id('create') });
  if (current.state === 'DRAFT') {
    current = await api.post(`/v1/${current.name}:startSigning`, { requestId: id('start') });
  }
  const scan = current.state === 'SIGNING' ? await uploadScan(api, unit) : undefined;
  for (const { body, title, capacity } of signers) {
    if (current.parties.find((party) => party.body === body).signature) continue;
    current = await api.post(`/v1/${current.name}:sign`, {
      party: body, kind: 'PAPER', scan, textSha256: current.textSha256, signDate,
      signerName: 'Người ký minh họa', signerTitle: title, capacity, requestId: id(`sign/${body}`),
    });
  }
  if (current.state !== 'IN_FORCE') throw new Error(`${current.name}: ${current.state}`);
  return current.name;
}

/** The agreement by which a district or commune follows another one. */
function following({ signDate, ...content }, bodies, parent) {
  return {
    content: { ...content, parent, parties: bodies.map(({ name }) => ({ body: name })) },
    signDate,
    signers: bodies.map(({ name, title }) => ({ body: name, title })),
  };
}

/** The city's programmes in their order. */
async function signProgrammes(api, city, there) {
  const list = await bodiesOf(api, city, Object.values(CITY_BODIES));
  const bodies = Object.fromEntries(Object.keys(CITY_BODIES).map((key, index) => [key, list[index]]));
  const programmes = [];
  for (const wanted of PROGRAMMES) {
    const signers = signingGroups(wanted).flat().map((key) =>
      ({ body: bodies[key].name, title: bodies[key].title, capacity: wanted.capacities?.[key] ?? 'HEAD' }));
    const name = await bringIntoForce(api, city,
      { content: contentOf(wanted, (key) => bodies[key].name), signDate: wanted.signDate, signers }, there);
    programmes.push(new Programme(api, city, wanted, name, bodies));
  }
  return programmes;
}

/** Some districts have signed with their Social Insurance, too. */
async function followInsurance(api, district, parent, there) {
  const wanted = insuranceOf(district);
  if (wanted === undefined) return;
  const bodies = await bodiesOf(api, district, wanted.bodies);
  await bringIntoForce(api, district, following({ ...wanted.content, signDate: wanted.signDate }, bodies, parent), there);
}

/** Signs all; gives the city's programmes, and the bodies of districts and communes by their unit. */
export async function signAll(api, { city, districts, communes }) {
  const bodies = new Map();
  const there = await api.list('/v1/agreements',
    { unit: city.name, include_subtree: true, on_date: DAY }, 'agreements');
  const programmes = await signProgrammes(api, city, there);
  const programme = (key) => programmes.find((one) => one.key === key).name;
  await inParallel([...districts, ...communes], WIDTH, async (unit) =>
    bodies.set(unit.name, await bodiesOf(api, unit, parties(unit))));
  say(`${Object.keys(CITY_BODIES).length + [...bodies.values()].flat().length} cơ quan`, 'bodies');
  const names = new Map();
  const follow = async (unit, parent) =>
    names.set(unit.name, await bringIntoForce(api, unit, following(agreement(unit), bodies.get(unit.name), parent), there));
  await inParallel(districts, WIDTH, (unit) => follow(unit, programme('COUNCIL')));
  await inParallel(communes, WIDTH, (unit) => follow(unit, names.get(unit.parent)));
  await inParallel(districts, WIDTH, (unit) => followInsurance(api, unit, programme('INSURANCE'), there));
  say(`Chương trình ${PROGRAMME} và ${names.size} chương trình của quận, huyện, xã, phường`,
    'the programme and the agreements that carry it out');
  return { bodies, programmes };
}
