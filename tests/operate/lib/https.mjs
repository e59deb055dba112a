// HTTP/2 over TLS with an authority of one's own, as a client outside would speak it: REST and gRPC
// on one port.
import http2 from 'node:http2';

export class Https {
  constructor(url, ca, token) {
    this.session = http2.connect(url, { ca });
    this.session.on('error', (error) => { this.broken = error; });
    this.token = token;
  }

  /** The protocol that the two sides agreed on: `h2`. */
  get protocol() {
    return this.session.alpnProtocol;
  }

  #request(headers, body) {
    return new Promise((resolve, reject) => {
      const stream = this.session.request({ authorization: `Bearer ${this.token}`, ...headers });
      stream.setTimeout(30_000, () => stream.destroy(new Error('timeout')));
      const chunks = [];
      let response = {};
      let trailers = {};
      stream.on('response', (got) => { response = got; });
      stream.on('trailers', (got) => { trailers = got; });
      stream.on('data', (chunk) => chunks.push(chunk));
      stream.on('error', reject);
      stream.on('close', () => resolve({ response, trailers, bytes: Buffer.concat(chunks) }));
      stream.end(body);
    });
  }

  async get(path, query) {
    const { response, bytes } = await this.#request({ ':path': `${path}?${new URLSearchParams(query)}` });
    if (response[':status'] !== 200) throw new Error(`${path}: ${response[':status']} ${bytes}`);
    return JSON.parse(bytes.toString());
  }

  async post(path, query, body) {
    const { response, bytes } = await this.#request(
      { ':method': 'POST', ':path': `${path}?${new URLSearchParams(query)}`, 'content-type': 'application/json' }, JSON.stringify(body));
    if (response[':status'] !== 200) throw new Error(`${path}: ${response[':status']} ${bytes}`);
    return JSON.parse(bytes.toString());
  }

  /** SHA-256 of the certificate that the other side has shown. */
  get certificate() {
    return this.session.socket.getPeerCertificate().fingerprint256;
  }

  /** A unary gRPC call: {code, bytes}. */
  async grpc(method, request) {
    const head = Buffer.alloc(5);
    head.writeUInt32BE(request.length, 1);
    const { response, trailers, bytes } = await this.#request(
      { ':method': 'POST', ':path': `/${method}`, 'content-type': 'application/grpc', te: 'trailers' }, Buffer.concat([head, request]));
    return { code: Number(trailers['grpc-status'] ?? response['grpc-status']), bytes: bytes.subarray(5) };
  }

  close() {
    this.session.destroy();
  }
}
