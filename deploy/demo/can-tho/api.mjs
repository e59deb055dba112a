// The public API over HTTP/JSON, as any client would call it: a bearer token, request ids
// on every write, and another try with the same id when an answer did not arrive.
import crypto from 'node:crypto';

const NAMESPACE = Buffer.from('6f1d3c0e5a1b4c7e9d2f0a8b7c6d5e4f', 'hex');

/** UUIDv5 of a name: the same name is the same request, today and next year. */
export function requestId(name) {
  const hash = crypto.createHash('sha1').update(NAMESPACE).update(name).digest().subarray(0, 16);
  hash[6] = (hash[6] & 0x0f) | 0x50;
  hash[8] = (hash[8] & 0x3f) | 0x80;
  const hex = hash.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)]
    .join('-');
}

/** An answer that is not 2xx; `reason` is the ErrorInfo's. */
export class ApiError extends Error {
  constructor(status, body, what) {
    const details = body?.details ?? [];
    const vi = details.find((d) => d.locale === 'vi-VN')?.message;
    super(`${what}: ${status} ${vi ?? ''} / ${body?.message ?? ''}`);
    this.status = status;
    this.reason = details.find((d) => d.reason)?.reason ?? '';
    this.body = body;
  }
}

export class Api {
  constructor(url, token) {
    this.url = url;
    this.token = token;
    this.calls = 0;
  }

  get(path, query = {}) {
    return this.#call('GET', path, query, undefined);
  }

  /** `query` carries the request id where the body is a resource. */
  post(path, body, query = {}) {
    return this.#call('POST', path, query, body);
  }

  patch(path, body, query = {}) {
    return this.#call('PATCH', path, query, body);
  }

  /** All pages of a list. */
  async list(path, query, field) {
    const all = [];
    let pageToken = '';
    do {
      const page = await this.get(path, { ...query, page_size: 1000, page_token: pageToken });
      all.push(...(page[field] ?? []));
      pageToken = page.nextPageToken ?? '';
    } while (pageToken !== '');
    return all;
  }

  async #call(method, path, query, body) {
    const parameters = new URLSearchParams();
    for (const [key, value] of Object.entries(query)) {
      if (value !== '' && value !== undefined) parameters.set(key, String(value));
    }
    const text = parameters.toString();
    const url = `${this.url}${path}${text === '' ? '' : `?${text}`}`;
    for (let attempt = 1; ; attempt++) {
      const error = await this.#try(method, path, url, body);
      if (!(error instanceof Error)) return error;
      if (attempt === 8 || !mayPass(error)) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100 * attempt));
    }
  }

  /** The answer, or the error of one try. */
  async #try(method, path, url, body) {
    this.calls++;
    const headers = { authorization: `Bearer ${this.token}` };
    if (body !== undefined) headers['content-type'] = 'application/json';
    try {
      const response = await fetch(url, {
        method,
        headers,
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: AbortSignal.timeout(30_000),
      });
      const answer = await response.json().catch(() => undefined);
      if (response.ok) return answer ?? {};
      return new ApiError(response.status, answer, `${method} ${path}`);
    } catch (error) {
      return error;
    }
  }
}

/**
 * Whether another try may succeed: the service was busy or away, or the connection broke.
 * A name that is taken (409, ALREADY_EXISTS) is an answer; a lost race (409, ABORTED) passes.
 */
function mayPass(error) {
  if (!(error instanceof ApiError)) return true;
  if (error.status === 409) return error.body?.code === 10;
  return [429, 502, 503, 504].includes(error.status);
}

/** Runs `work` over `items`, `width` at a time, and keeps their order. */
export async function inParallel(items, width, work) {
  const results = new Array(items.length);
  let next = 0;
  const lanes = Array.from({ length: Math.min(width, items.length) }, async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index], index);
    }
  });
  await Promise.all(lanes);
  return results;
}
