// What the fault tests share: a place to write, writes with request ids, and the follower.
import { Caller } from '../journeys/lib/http.mjs';
import { eventually, sleep, System } from '../journeys/lib/system.mjs';
import { GrpcClient, message, stringField } from './grpc.mjs';

export const DAY = '2023-10-24';
export const system = System.running();

/** The communes of a district, in order of code. */
export async function communesOf(api, district) {
  const unit = await api.get('/v1/units:resolve', { code: district, on_date: DAY });
  return (await api.get('/v1/units', { parent: unit.name, on_date: DAY, page_size: 1000 })).units;
}

/** Codes that another try may get over; the request id keeps it from being done twice. */
const PASSING_HTTP = new Set([408, 409, 429, 499, 500, 502, 503, 504]);
const PASSING_GRPC = new Set([1, 2, 4, 8, 10, 13, 14]);

/** Creates an opinion entry over REST or gRPC until it is acknowledged; gives its name. */
export class Writer {
  constructor(token, overGrpc) {
    this.caller = new Caller(system, token);
    this.grpc = overGrpc ? new GrpcClient(system.grpcPort, token) : undefined;
    this.tries = 0;
  }

  /** One try: {name} when acknowledged, {again} when it may be tried again. */
  async try(unit, text, requestId) {
    this.tries++;
    try {
      return await (this.grpc ? this.#overGrpc(unit, text, requestId) : this.#overRest(unit, text, requestId));
    } catch (error) {
      return { again: error.message };
    }
  }

  async #overRest(unit, text, requestId) {
    const { status, body, text: raw } = await this.caller.call('POST', '/v1/opinionEntries', {
      query: { request_id: requestId },
      body: { unit, topic: 'Giao thông', channel: 'PRESS', text, heardDate: DAY },
    });
    if (status === 200) return { name: body.name, answer: raw };
    if (!PASSING_HTTP.has(status)) throw Object.assign(new Error(`${status} ${raw}`), { final: true });
    return { again: `${status}` };
  }

  async #overGrpc(unit, text, requestId) {
    const entry = message([2, unit], [3, 'Giao thông'], [4, 5], [5, text], [7, DAY]);
    const { code, bytes, message: why } = await this.grpc.call(
      'phoihop.opinions.v1.OpinionsService/CreateOpinionEntry', message([1, entry], [2, requestId]));
    if (code === 0) return { name: stringField(bytes, 1), answer: bytes.toString('hex') };
    if (!PASSING_GRPC.has(code)) throw Object.assign(new Error(`${code} ${why}`), { final: true });
    return { again: `${code}` };
  }

  async write(unit, text, requestId, ms = 60_000) {
    const until = Date.now() + ms;
    for (;;) {
      const result = await this.try(unit, text, requestId);
      if (result.name !== undefined) return result;
      if (Date.now() > until) throw new Error(`not acknowledged: ${result.again}`);
      await sleep(100);
    }
  }

  close() {
    this.grpc?.close();
  }
}

/** A read, repeated as the answer says while a service that has been away is not reached yet. */
async function read(api, path, query) {
  const until = Date.now() + 10_000;
  for (;;) {
    const { status, body, text } = await api.call('GET', path, { query });
    if (status === 200) return body;
    if (status !== 503 || Date.now() > until) throw new Error(`${path}: ${status} ${text}`);
    await sleep(100);
  }
}

/** All opinion entries of a unit. */
export async function entriesOf(api, unit) {
  const all = [];
  let page_token = '';
  do {
    const page = await read(api, '/v1/opinionEntries', { unit, page_size: 1000, page_token });
    all.push(...page.opinionEntries);
    page_token = page.nextPageToken;
  } while (page_token);
  return all;
}

/** The records of a ledger in (after, until], as a follower sees them. */
export async function follow(service, after, until) {
  const text = await system.ctl('ledger', 'follow', service, `--after=${after}`, `--until=${until}`);
  return text.trim().split('\n').filter((line) => line !== '').map((line) => {
    const [position, , resource, revision, method] = line.split('\t');
    return { position: Number(position), resource, revision: Number(revision), method };
  });
}

/** Newest position of a service's ledger. */
export function head(service) {
  return Number(system.sql(`SELECT position FROM phoihop_${service}.ledger_head`).trim());
}

export async function whole() {
  await system.healthy('60s');
  const verified = system.ctlResult('ledger', 'verify');
  if (verified.status !== 0) throw new Error(verified.stdout + verified.stderr);
  // Reporting may be a moment behind; then it says that it cannot compare yet.
  await eventually(() => {
    const rebuilt = system.ctlResult('reporting', 'rebuild');
    if (rebuilt.status !== 0) throw new Error(rebuilt.stdout + rebuilt.stderr);
    return true;
  }, 30_000, 'the projection equals a recount');
}
