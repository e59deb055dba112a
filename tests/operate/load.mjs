// Clients that write through the gateway without a pause, each write with a request id until it is
// acknowledged, and read back what they wrote; and what came of it.
import crypto from 'node:crypto';
import { GrpcClient } from '../faults/grpc.mjs';
import { Caller } from '../journeys/lib/http.mjs';
import { sleep } from '../journeys/lib/system.mjs';

/** `lib` is tests/faults/lib.mjs, which looks for its system when it is loaded. */
export class Load {
  constructor(lib, token, communes, clients = 6) {
    Object.assign(this, { lib, token, communes, clients });
    // Gateways besides the system's own; clients take turns.
    this.doors = [];
    // text -> name, and when it was begun and acknowledged by the clock.
    this.acknowledged = new Map();
    this.moments = new Map();
    this.times = [];
    this.tries = 0;
    // Reads that did not find what had been acknowledged before.
    this.wrong = [];
  }

  start(label) {
    this.run = `${label} ${crypto.randomUUID()}`;
    this.stopping = false;
    const { run } = this;
    this.workers = Array.from({ length: this.clients }, (_, i) => this.#client(run, i));
  }

  async #client(run, number) {
    const writer = new this.lib.Writer(this.token, number % 2 === 1);
    const doors = [this.lib.system, ...this.doors];
    const door = doors[Math.floor(number / 2) % doors.length];
    const reader = new Caller(door, this.token);
    if (door !== this.lib.system) {
      writer.caller = reader;
      if (writer.grpc) writer.grpc = new GrpcClient(door.grpcPort, this.token, door.host);
    }
    for (let i = 0; !this.stopping && run === this.run; i++) {
      const text = `${run} ${number}-${i}`;
      const id = crypto.randomUUID();
      const unit = this.communes[(number + i * this.clients) % this.communes.length].name;
      const begun = Date.now();
      this.moments.set(text, { begun });
      const { name } = await writer.write(unit, text, id, 180_000);
      this.moments.set(text, { begun, acknowledged: Date.now() });
      this.times.push(performance.now());
      this.acknowledged.set(text, name);
      if (i % 5 === 0) await this.#readBack(reader, name, text);
    }
    this.tries += writer.tries;
    writer.close();
  }

  async #readBack(reader, name, text) {
    for (let i = 0; i < 600; i++) {
      const answer = await reader.call('GET', `/v1/${name}`, { timeout: 10_000 }).catch(() => undefined);
      if (answer?.status === 200) {
        if (answer.body.text !== text) this.wrong.push(`${name}: ${answer.text}`);
        return;
      }
      // Away is no wrong answer, absent is one.
      if (answer !== undefined && answer.status < 500 && answer.status !== 429) {
        this.wrong.push(`${name}: ${answer.status} ${answer.text}`);
        return;
      }
      await sleep(100);
    }
  }

  /** Lets each client finish what it has begun. */
  async stop() {
    this.stopping = true;
    await Promise.all(this.workers);
  }

  /** The longest time without an acknowledgement between two instants, in seconds. */
  pause(from, until) {
    let last = from;
    let longest = 0;
    for (const time of this.times) {
      if (time <= from) continue;
      if (time >= until) break;
      longest = Math.max(longest, time - last);
      last = time;
    }
    return Math.max(longest, until - last) / 1000;
  }

  /** Seconds from an instant to the next acknowledgement. */
  first(from) {
    const time = this.times.find((other) => other > from);
    return time === undefined ? Infinity : (time - from) / 1000;
  }

  /** Acknowledgements a second between two instants. */
  rate(from, until) {
    return this.times.filter((time) => time > from && time < until).length / ((until - from) / 1000);
  }
}

/** What a node has of a run: {lost, doubled, unknown} against what was acknowledged. */
export function compare(cluster, node, run, acknowledged) {
  const rows = cluster.sql(node, `SET wsrep_sync_wait = 1; SELECT content, COUNT(*), MIN(entry_id)
    FROM phoihop_opinions.opinion_entries WHERE content LIKE '${run}%' GROUP BY content`)
    .trim().split('\n').filter((line) => line !== '').map((line) => line.split('\t'));
  const found = new Map(rows.map(([text, count, id]) => [text, { count: Number(count), id }]));
  const mine = [...acknowledged].filter(([text]) => text.startsWith(run));
  return {
    lost: mine.filter(([text, name]) => found.get(text)?.id !== name.split('/').pop()).map(([text]) => text),
    doubled: rows.filter(([, count]) => Number(count) > 1).map(([text]) => text),
    unknown: rows.filter(([text]) => !acknowledged.has(text)).map(([text]) => text),
    count: rows.length,
  };
}
