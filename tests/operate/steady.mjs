// Clients that read and write through one address without a pause, over REST and gRPC, each write
// with a request id. A call that does not succeed at its first try is a failed one; writes are then
// repeated with their ids until they are acknowledged, so that the count of what exists is exact.
import crypto from 'node:crypto';
import { GrpcClient, message, stringField } from '../faults/grpc.mjs';
import { Caller } from '../journeys/lib/http.mjs';
import { sleep } from '../journeys/lib/system.mjs';

const DAY = '2023-10-24';

/** A petition's number, which is short. */
const reference = (text) => text.slice(9);

export class Steady {
  /** `door`: {url, grpcPort}. `unit`: whose entries, petitions and agreements are written. */
  constructor(door, token, { unit, communes, bodies }) {
    Object.assign(this, { door, token, unit, communes, bodies });
    // `kind text` -> name
    this.acknowledged = new Map();
    this.failed = [];
    this.calls = 0;
    this.slowest = 0;
    this.run = crypto.randomUUID();
  }

  start() {
    this.over = false;
    const writers = [0, 1, 2, 3].map((n) => this.#loop(n, (client, i) => this.#write(client, n, i)));
    const readers = [4, 5, 6].map((n) => this.#loop(n, (client, i) => this.#read(client, n, i)));
    this.workers = [...writers, ...readers];
  }

  async stop() {
    this.over = true;
    await Promise.all(this.workers);
  }

  async #loop(number, step) {
    const client = { rest: new Caller(this.door, this.token), grpc: number % 2 ? new GrpcClient(this.door.grpcPort, this.token) : undefined };
    this.counts ??= [];
    for (let i = this.counts[number] ?? 0; !this.over; i++) {
      this.counts[number] = i + 1;
      await step(client, i);
      await sleep(10);
    }
    client.grpc?.close();
  }

  /** One call; `ask` gives what came of it, or throws. Undefined when it failed, which is noted. */
  async #call(what, ask) {
    const began = performance.now();
    this.calls++;
    try {
      return await ask();
    } catch (error) {
      this.failed.push(`${new Date().toISOString()} ${what}: ${error.message}${error.cause ? ` (${error.cause.message ?? error.cause})` : ''}`);
      return undefined;
    } finally {
      this.slowest = Math.max(this.slowest, performance.now() - began);
    }
  }

  async #write(client, number, i) {
    const text = `${this.run}-${number}-${i}`;
    const id = crypto.randomUUID();
    const kind = ['entry', 'petition', 'agreement'][i % 3];
    // Until it is acknowledged; what is not within a minute stays one that failed.
    for (const until = Date.now() + 60_000; Date.now() < until;) {
      const name = await this.#call(`write ${kind}`, () => (client.grpc ? this.#overGrpc(client.grpc, kind, text, id) : this.#overRest(client.rest, kind, text, id)));
      if (name !== undefined) {
        this.acknowledged.set(`${kind} ${text}`, name);
        return;
      }
      await sleep(50);
    }
  }

  #commune(text) {
    return this.communes[text.length % this.communes.length].name;
  }

  async #overRest(caller, kind, text, id) {
    const unit = this.#commune(text);
    const [path, body] = {
      entry: ['/v1/opinionEntries', { unit, topic: 'Giao thông', channel: 'PRESS', text, heardDate: DAY }],
      petition: ['/v1/petitions', { unit, reference: reference(text), kind: 'FEEDBACK', receivedDate: DAY }],
      agreement: ['/v1/agreements', { title: text, unit: this.unit, termStart: DAY, termEnd: '2028-10-24', parties: this.bodies.map((party) => ({ body: party })) }],
    }[kind];
    return (await caller.post(path, body, { request_id: id })).name;
  }

  async #overGrpc(grpc, kind, text, id) {
    const unit = this.#commune(text);
    const [method, resource] = {
      entry: ['phoihop.opinions.v1.OpinionsService/CreateOpinionEntry', message([2, unit], [3, 'Giao thông'], [4, 5], [5, text], [7, DAY])],
      petition: ['phoihop.opinions.v1.OpinionsService/CreatePetition', message([2, unit], [3, reference(text)], [4, 4], [5, DAY])],
    }[kind] ?? [];
    // Agreements have many fields: over REST.
    if (method === undefined) return this.#overRest(new Caller(this.door, this.token), kind, text, id);
    const { code, message: why, bytes } = await grpc.call(method, message([1, resource], [2, id]));
    if (code !== 0) throw new Error(`gRPC ${code} ${why}`);
    return stringField(bytes, 1);
  }

  async #read(client, number, i) {
    const { unit } = this;
    if (client.grpc) {
      await this.#call('read over gRPC', async () => {
        const { code, message: why } = await client.grpc.call('phoihop.agreements.v1.AgreementsService/GetCoverage', message([1, unit], [2, DAY]));
        if (code !== 0) throw new Error(`gRPC ${code} ${why}`);
        return true;
      });
      return;
    }
    const reads = [
      ['/v1/coverage', { unit, on_date: DAY }], ['/v1/opinionEntries', { unit: this.communes[0].name, page_size: 20 }],
      ['/v1/units:resolve', { code: '92', on_date: DAY }], ['/v1/agreements', { unit, page_size: 20 }], ['/v1/overview', { unit_code: '92', on_date: DAY }],
    ];
    const [path, query] = reads[(i + number) % reads.length];
    await this.#call(`read ${path}`, async () => {
      const answer = await client.rest.get(path, query);
      // An overview is given also when a part of it is missing; here none may be.
      const bad = answer.parts?.find((part) => part.state !== 'OK');
      if (bad) throw new Error(`${bad.service}: ${bad.state} ${bad.message}`);
      return true;
    });
  }

  /** {lost, doubled, unknown} of what was acknowledged, as the database has it. */
  compare(system) {
    const tables = {
      entry: ['phoihop_opinions.opinion_entries', 'content', 'entry_id'],
      petition: ['phoihop_opinions.petitions', 'reference', 'petition_id'],
      agreement: ['phoihop_agreements.agreements', 'title', 'id'],
    };
    const found = new Map();
    const result = { lost: [], doubled: [], unknown: [] };
    const wanted = new Map([...this.acknowledged].map(([key, name]) => {
      const kind = key.slice(0, key.indexOf(' '));
      const text = key.slice(kind.length + 1);
      return [`${kind} ${kind === 'petition' ? reference(text) : text}`, name.split('/').pop()];
    }));
    for (const [kind, [table, column, id]] of Object.entries(tables)) {
      const like = kind === 'petition' ? reference(this.run) : this.run;
      for (const line of system.sql(`SELECT ${column}, ${id} FROM ${table} WHERE ${column} LIKE '%${like}%'`).trim().split('\n')) {
        if (line === '') continue;
        const [text, own] = line.split('\t');
        const key = `${kind} ${text}`;
        if (found.has(key)) result.doubled.push(key);
        found.set(key, own);
        if (!wanted.has(key)) result.unknown.push(key);
      }
    }
    result.lost = [...wanted].filter(([key, own]) => found.get(key) !== own).map(([key]) => key);
    return result;
  }
}
