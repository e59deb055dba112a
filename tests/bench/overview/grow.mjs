// Makes a demonstration larger, to see how the overview's time grows with what is recorded:
//
//   TOKEN=$(deploy/token) node tests/bench/overview/grow.mjs --http http://127.0.0.1:8080 \
//     --unit 92 --day 2023-10-24 --petitions 260 --entries 200
//
// Every unit without units below it gets that many petitions and opinion entries, spread over the
// three years before the day. Running it again adds as many.
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    http: { type: 'string', default: 'http://127.0.0.1:8080' },
    unit: { type: 'string', default: '92' },
    day: { type: 'string', default: '2023-10-24' },
    petitions: { type: 'string', default: '260' },
    entries: { type: 'string', default: '0' },
    callers: { type: 'string', default: '16' },
  },
});
const headers = { authorization: `Bearer ${process.env.TOKEN}`, 'content-type': 'application/json' };

async function call(method, path, { query = {}, body } = {}) {
  const url = `${values.http}${path}?${new URLSearchParams(query)}`;
  const response = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return JSON.parse(text);
}

const DAYS = 1095, BATCH = 400;
const KINDS = ['COMPLAINT', 'DENUNCIATION', 'RECOMMENDATION', 'FEEDBACK'];
const TOPICS = ['Đất đai', 'Giao thông', 'Y tế', 'Giáo dục', 'Môi trường', 'An ninh trật tự', 'Việc làm', 'Điện nước'];
const last = Date.parse(values.day);
const before = (days) => new Date(last - days * 86400e3).toISOString().slice(0, 10);

/** The units without units below them. */
async function leaves(unit) {
  const { units } = await call('GET', '/v1/units', { query: { parent: unit, on_date: values.day, page_size: 1000 } });
  if (!units?.length) return [unit];
  return (await Promise.all(units.map((below) => leaves(below.name)))).flat();
}

const stamp = Date.now().toString(36);
function petition(n) {
  const age = (n * 37) % DAYS;
  return {
    reference: `${stamp}/${n}`,
    kind: KINDS[n % 4],
    receivedDate: before(age),
    resolvedDate: n % 10 === 0 ? '' : before(Math.max(0, age - (n % 45))),
  };
}

const root = await call('GET', '/v1/units:resolve', { query: { code: values.unit, on_date: values.day } });
const units = await leaves(root.name);
const work = [];
units.forEach((unit, at) => {
  for (let done = 0; done < Number(values.petitions); done += BATCH) {
    const count = Math.min(BATCH, Number(values.petitions) - done);
    const petitions = Array.from({ length: count }, (_, i) => petition(done + i + at * 11));
    work.push(() => call('POST', '/v1/petitions:batchCreate', { body: { unit, petitions } }));
  }
  for (let n = 0; n < Number(values.entries); ++n) {
    const entry = {
      unit, topic: TOPICS[n % TOPICS.length], channel: 'VOTER_MEETING', heardDate: before((n * 53 + at) % DAYS),
      text: 'Người dân phản ánh; số liệu để đo tốc độ.', voicedCount: 1 + (n % 40),
    };
    work.push(() => call('POST', '/v1/opinionEntries', { body: entry }));
  }
});
const started = Date.now();
await Promise.all(Array.from({ length: Number(values.callers) }, async () => {
  while (work.length) await work.pop()();
}));
console.log(`${units.length} units, each ${values.petitions} petitions and ${values.entries} entries more, in ${(Date.now() - started) / 1e3} s`);
