// What a member sees who watches what is due, over each way into the gateway.
import { fields, GrpcClient, message, stringField } from '../../faults/grpc.mjs';

const METHOD = 'phoihop.agreements.v1.DueService/WatchDue';
const STATES = ['', 'OPEN', 'DONE', 'WITHDRAWN'];

/** Collects changes as they come. `end` is {code} or, of a stream that ended well, {}. */
class Watch {
  messages = [];
  end = undefined;

  /** `KIND STATE` of each change of an agreement's obligations, in order. */
  of(agreement) {
    return this.messages.flatMap((m) => m.items).filter((item) => item.agreement === agreement)
      .map((item) => `${item.body} ${item.state}`);
  }
}

function fromJson({ position, epoch, items }) {
  return { position, epoch, items: items.map(({ obligation: { agreement, body, state } }) => ({ agreement, body, state })) };
}

async function answer(caller, method, path, headers, body, timeout) {
  const response = await fetch(`${caller.system.url}${path}`, {
    method, headers: { authorization: `Bearer ${caller.token}`, ...headers }, body, signal: AbortSignal.timeout(timeout),
  });
  if (response.status !== 200) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return response;
}

/** GET /v1/due:watch: a line of JSON for each message. */
export async function watchRest(caller, query = {}, timeout = 60_000) {
  const watch = new Watch();
  const response = await answer(caller, 'GET', `/v1/due:watch?${new URLSearchParams(query)}`, {}, undefined, timeout);
  watch.type = response.headers.get('content-type');
  watch.reading = (async () => {
    let rest = '';
    for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split('\n');
      rest = lines.pop();
      for (const line of lines) {
        const { result, error } = JSON.parse(line);
        if (error) watch.end = { code: error.code };
        else watch.messages.push(fromJson(result));
      }
    }
    watch.end ??= {};
  })().catch((error) => { watch.end ??= { broken: error.message }; });
  return watch;
}

/** The Connect protocol: each message in an envelope, and how it ended in the last one. */
export async function watchConnect(caller, request = {}, timeout = 60_000) {
  const watch = new Watch();
  const body = Buffer.from(JSON.stringify(request));
  const head = Buffer.alloc(5);
  head.writeUInt32BE(body.length, 1);
  const response = await answer(caller, 'POST', `/${METHOD}`,
    { 'content-type': 'application/connect+json', 'connect-protocol-version': '1' }, Buffer.concat([head, body]), timeout);
  watch.type = response.headers.get('content-type');
  watch.reading = (async () => {
    let rest = Buffer.alloc(0);
    for await (const chunk of response.body) {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 5 && rest.length >= 5 + rest.readUInt32BE(1)) {
        const size = rest.readUInt32BE(1);
        const json = JSON.parse(rest.subarray(5, 5 + size));
        if (rest[0] === 2) watch.end = json.error ? { code: json.error.code } : {};
        else watch.messages.push(fromJson(json));
        rest = rest.subarray(5 + size);
      }
    }
    watch.end ??= { broken: 'no last envelope' };
  })().catch((error) => { watch.end ??= { broken: error.message }; });
  return watch;
}

/** gRPC. `watch.close()` leaves. */
export function watchGrpc(system, token, { afterPosition } = {}) {
  const watch = new Watch();
  const client = new GrpcClient(system.grpcPort, token);
  const request = afterPosition === undefined ? message() : message([1, Number(afterPosition)]);
  const stream = client.stream(METHOD, request, (bytes) => {
    const items = fields(bytes, 3).map((item) => {
      const [obligation] = fields(item, 1);
      const [state] = fields(obligation, 12);
      return { agreement: stringField(obligation, 4), body: stringField(obligation, 6), state: STATES[state] };
    });
    watch.messages.push({ position: String(fields(bytes, 1)[0] ?? 0), epoch: stringField(bytes, 2), items });
  });
  watch.reading = stream.ended.then(({ code }) => { watch.end = code === 0 ? {} : { code }; });
  watch.close = () => {
    stream.cancel();
    client.close();
  };
  return watch;
}
