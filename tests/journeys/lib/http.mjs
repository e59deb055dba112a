// Calls of the public API whose status and body a test wants to see, without retries.

export class Caller {
  constructor(system, token) {
    this.system = system;
    this.token = token;
  }

  /** {status, headers, body, text}; `body` is undefined when the answer is no JSON. */
  async call(method, path, { query = {}, body, headers = {}, timeout = 30_000 } = {}) {
    const parameters = new URLSearchParams(query).toString();
    const response = await fetch(`${this.system.url}${path}${parameters ? `?${parameters}` : ''}`, {
      method,
      headers: {
        ...(this.token ? { authorization: `Bearer ${this.token}` } : {}),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      body: typeof body === 'string' || body instanceof Uint8Array || body === undefined ? body : JSON.stringify(body),
      signal: AbortSignal.timeout(timeout),
    });
    const text = await response.text();
    let parsed;
    try {
      parsed = JSON.parse(text);
    } catch {
      // The test looks at the text.
    }
    return { status: response.status, headers: response.headers, body: parsed, text };
  }

  /** The body of an answer that must be 200. */
  async get(path, query = {}, options = {}) {
    return this.#good(await this.call('GET', path, { query, ...options }), path);
  }

  async post(path, body, query = {}) {
    return this.#good(await this.call('POST', path, { body, query }), path);
  }

  overview(code, onDate = '2023-10-24', options = {}) {
    return this.get('/v1/overview', { unit_code: code, on_date: onDate }, options);
  }

  #good(answer, path) {
    if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${answer.text}`);
    return answer.body;
  }
}
