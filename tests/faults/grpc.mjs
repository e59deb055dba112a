// Just enough gRPC and protobuf for these tests: unary calls and server streams over HTTP/2 with
// messages of strings, numbers and messages. Node brings the HTTP/2; nothing else is needed.
import http2 from 'node:http2';

function varint(value) {
  const bytes = [];
  let rest = BigInt(value);
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest > 0n ? low | 0x80 : low);
  } while (rest > 0n);
  return Buffer.from(bytes);
}

/** A message from [field number, value]; a Buffer is a message or bytes, a number a varint. */
export function message(...fields) {
  return Buffer.concat(fields.flatMap(([number, value]) => {
    if (typeof value === 'number') return [varint(number << 3), varint(value)];
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    return [varint((number << 3) | 2), varint(bytes.length), bytes];
  }));
}

/** The values of a message's field: a number, or a Buffer with a string or a message. */
export function fields(bytes, wanted) {
  const values = [];
  let at = 0;
  const read = () => {
    let result = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      result += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return result;
    }
  };
  while (at < bytes.length) {
    const key = read();
    let value;
    if ((key & 7) === 2) {
      const size = read();
      value = bytes.subarray(at, at + size);
      at += size;
    } else {
      value = read();
    }
    if (key >> 3 === wanted) values.push(value);
  }
  return values;
}

/** The first string in a message's field, if any. */
export function stringField(bytes, wanted) {
  return fields(bytes, wanted).find((value) => typeof value !== 'number')?.toString();
}

function framed(request) {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(request.length, 1);
  return Buffer.concat([head, request]);
}

/** A connection of its own to the gateway's gRPC port. */
export class GrpcClient {
  constructor(port, token, host = '127.0.0.1') {
    this.host = host;
    this.port = port;
    this.token = token;
  }

  #connection() {
    if (this.session === undefined || this.session.closed || this.session.destroyed) {
      this.session = http2.connect(`http://${this.host}:${this.port}`);
      this.session.on('error', () => this.session?.destroy());
    }
    return this.session;
  }

  /** {code, message, bytes}; an exception when the connection broke. */
  call(method, request, timeout = 30_000) {
    return new Promise((resolve, reject) => {
      const stream = this.#begin(method, { 'grpc-timeout': `${timeout}m` });
      const timer = setTimeout(() => stream.destroy(new Error('timeout')), timeout + 2000);
      const chunks = [];
      let trailers = {};
      stream.on('response', (headers) => { trailers = headers; });
      stream.on('trailers', (headers) => { trailers = headers; });
      stream.on('data', (chunk) => chunks.push(chunk));
      stream.on('error', (error) => { clearTimeout(timer); reject(error); });
      stream.on('close', () => {
        clearTimeout(timer);
        if (trailers['grpc-status'] === undefined) return reject(new Error('connection lost'));
        resolve({
          code: Number(trailers['grpc-status']),
          message: decodeURIComponent(trailers['grpc-message'] ?? ''),
          bytes: Buffer.concat(chunks).subarray(5),
        });
      });
      stream.end(framed(request));
    });
  }

  #begin(method, headers = {}) {
    return this.#connection().request({
      ':method': 'POST', ':path': `/${method}`, 'content-type': 'application/grpc', te: 'trailers',
      authorization: `Bearer ${this.token}`, ...headers,
    });
  }

  /** A server stream: each message goes to `onMessage`; {ended: Promise of {code, message}, cancel()}. */
  stream(method, request, onMessage) {
    const stream = this.#begin(method);
    let rest = Buffer.alloc(0);
    stream.on('data', (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      while (rest.length >= 5 && rest.length >= 5 + rest.readUInt32BE(1)) {
        const size = rest.readUInt32BE(1);
        onMessage(rest.subarray(5, 5 + size));
        rest = rest.subarray(5 + size);
      }
    });
    let status;
    const note = (headers) => {
      if (headers['grpc-status'] === undefined) return;
      status = { code: Number(headers['grpc-status']), message: decodeURIComponent(headers['grpc-message'] ?? '') };
    };
    stream.on('response', note);
    stream.on('trailers', note);
    stream.on('error', () => {});
    stream.end(framed(request));
    const ended = new Promise((resolve) => {
      stream.on('close', () => resolve(status ?? { code: 14, message: 'connection lost' }));
    });
    return { ended, cancel: () => stream.close(http2.constants.NGHTTP2_CANCEL) };
  }

  close() {
    this.session?.destroy();
  }
}
