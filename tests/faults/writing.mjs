// Clients that write and read all the time while a test breaks something: every write is repeated
// under its request id until it is acknowledged, every answer is looked at, and at the end each
// write must exist exactly once.
import assert from 'node:assert/strict';
import crypto from 'node:crypto';
import { Caller } from '../journeys/lib/http.mjs';
import { eventually, sleep } from '../journeys/lib/system.mjs';
import { DAY, entriesOf, follow, head, whole } from './lib.mjs';

/** How much later than its deadline an answer may come on a busy machine. */
const LATE = 1500;
/** What an error may be while something is broken; anything else is a wrong answer. */
const HONEST = new Set([409, 429, 503, 504]);

/** The reason of an error's ErrorInfo; undefined when it has none. */
export function reasonOf(body) {
  return body?.details?.find((detail) => detail.reason !== undefined)?.reason;
}

export class Writing {
  /**
   * `door`: the system, or another gateway of it. `deadline`: seconds that each try has. `renew`: how
   * a client signs in again that is told to; without it that is a wrong answer. `also`: {name: path}
   * that are read all the time, too. `late`: how much later than its deadline an answer may come, in ms.
   */
  constructor(door, token, communes, { clients = 6, deadline = 5, renew, also = {}, late = LATE } = {}) {
    Object.assign(this, { communes, clients, deadline, renew, also, late });
    this.api = new Caller(door, token);
    this.run = crypto.randomUUID();
    // text -> name
    this.acknowledged = new Map();
    // {began, ms, outcome}, of writes and of reads, in order of their end
    this.writes = [];
    this.reads = [];
    this.others = Object.fromEntries(Object.keys(also).map((name) => [name, []]));
    // What no fault excuses.
    this.wrong = [];
    this.stopping = false;
  }

  /** Comes back when each kind of call has gone well for a while. */
  async start() {
    this.from = head('opinions');
    this.workers = Array.from({ length: this.clients }, (_, i) => this.#client(i));
    this.workers.push(this.#reader());
    for (const name of Object.keys(this.also)) this.workers.push(this.#other(name));
    const lists = [this.writes, this.reads, ...Object.values(this.others)];
    await eventually(() => lists.every((list) => list.filter(({ outcome }) => outcome === 'OK').length >= 5), 30_000,
      'all goes well before the fault').catch((error) => {
      this.stopping = true;
      throw new Error(`${error.message}: ${this.wrong.slice(0, 3)}`);
    });
  }

  /** Lets each client finish what it has begun. */
  async stop() {
    this.stopping = true;
    await Promise.all(this.workers);
  }

  async #call(list, method, path, options) {
    const began = Date.now();
    let answer = {};
    try {
      answer = await this.api.call(method, path,
        { ...options, headers: { 'request-timeout': String(this.deadline) }, timeout: this.deadline * 1000 + 5000 });
    } catch (error) {
      // A gateway that is gone or frozen answers nothing.
      answer = { status: 0, text: error.name };
    }
    const ms = Date.now() - began;
    const reason = answer.status === 200 ? 'OK' : answer.status === 0 ? 'GONE' : reasonOf(answer.body);
    const outcome = answer.status === 200 ? 'OK' : `${answer.status} ${reason}`;
    list.push({ began, ms, outcome });
    if (answer.status > 0 && ms > this.deadline * 1000 + this.late) this.wrong.push(`${path}: ${outcome} only after ${ms} ms`);
    if (answer.status === 401 && this.renew !== undefined) {
      // All of them at once, and not while signing in has to wait, too.
      this.signing ??= this.renew().then((token) => { this.api.token = token; }, () => {}).finally(() => { this.signing = undefined; });
      await this.signing;
    } else if (answer.status > 200 && (!HONEST.has(answer.status) || reason === undefined)) {
      this.wrong.push(`${path}: ${answer.status} ${answer.text}`);
    }
    return answer;
  }

  async #client(number) {
    for (let i = 0; !this.stopping; i++) {
      const text = `${this.run} ${number}-${i}`;
      const id = crypto.randomUUID();
      const unit = this.communes[(number + i * this.clients) % this.communes.length].name;
      for (const until = Date.now() + 240_000; Date.now() < until; await sleep(100)) {
        const answer = await this.#call(this.writes, 'POST', '/v1/opinionEntries', {
          query: { request_id: id }, body: { unit, topic: 'Giao thông', channel: 'PRESS', text, heardDate: DAY },
        });
        if (answer.status === 200) {
          this.acknowledged.set(text, answer.body.name);
          break;
        }
      }
      await sleep(5);
    }
  }

  /** Reads back what was acknowledged last: it may be out of reach, but never absent or other. */
  async #reader() {
    while (!this.stopping) {
      const [text, name] = [...this.acknowledged].at(-1) ?? [];
      if (name !== undefined) {
        const { status, body } = await this.#call(this.reads, 'GET', `/v1/${name}`);
        if (status === 200 && body.text !== text) this.wrong.push(`${name} is ${body.text}`);
      }
      await sleep(100);
    }
  }

  async #other(name) {
    while (!this.stopping) {
      await this.#call(this.others[name], 'GET', this.also[name]);
      await sleep(200);
    }
  }

  /** {outcome: count} of those that began in [from, until). */
  outcomes(list, from = 0, until = Infinity) {
    const counts = {};
    for (const { began, outcome } of list) {
      if (began >= from && began < until) counts[outcome] = (counts[outcome] ?? 0) + 1;
    }
    return counts;
  }

  /** The longest that one took, of those that began in [from, until). */
  slowest(list, from = 0, until = Infinity) {
    return Math.max(0, ...list.filter(({ began }) => began >= from && began < until).map(({ ms }) => ms));
  }

  /** Milliseconds from an instant to the end of the first that went well and began behind it. */
  recovered(list, since) {
    const first = list.find(({ began, outcome }) => began >= since && outcome === 'OK');
    return first === undefined ? Infinity : first.began + first.ms - since;
  }

  /** Fails unless every write exists exactly once, under the name that was acknowledged, in the
   *  ledger too, whose followers see every position; ledgers verify; reporting equals a recount. */
  async check() {
    assert.deepEqual(this.wrong.slice(0, 5), [], `${this.wrong.length} wrong answers`);
    const found = (await Promise.all(this.communes.map((unit) => entriesOf(this.api, unit.name)))).flat()
      .filter((entry) => entry.text.startsWith(this.run));
    assert.deepEqual(new Map(found.map((entry) => [entry.text, entry.name])), this.acknowledged);
    assert.equal(found.length, this.acknowledged.size, 'each write exists exactly once');
    const end = head('opinions');
    const records = await follow('opinions', this.from, end);
    assert.deepEqual(records.map((r) => r.position), Array.from({ length: end - this.from }, (_, i) => this.from + 1 + i));
    const names = new Set(found.map((entry) => entry.name));
    assert.equal(records.filter((r) => names.has(r.resource)).length, found.length, 'and once in the ledger');
    await whole();
  }
}
