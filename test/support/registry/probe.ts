import { digestOf } from './registry.js';

/** What is compared of an answer: what clients rely on. */
export interface Seen {
  readonly status: number;
  readonly [name: string]: unknown;
}

export interface ProbeRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

const COMPARED = ['content-type', 'range', 'content-range', 'docker-content-digest', 'oci-subject', 'link'];

/** A URL without what is different every time. */
const withoutNumbers = (location: string): string =>
  location
    .replace(/^https?:\/\/[^/]+/, 'ORIGIN')
    .replace(/uploads\/[0-9a-f-]+/, 'uploads/ID')
    .replace(/_state=[^&]+/, '_state=STATE');

/** Sends plain requests to a registry, and tells what matters of the answers. */
export class Probe {
  readonly #origin: string;
  location = '';

  constructor(origin: string) {
    this.#origin = origin;
  }

  async send(path: string, { method = 'GET', headers = {}, body }: ProbeRequest = {}): Promise<Seen> {
    const url = new URL(path, this.#origin);
    const response = await fetch(url, { method, headers, redirect: 'manual', ...(body === undefined ? {} : { body }) });
    const text = await response.text();
    const location = response.headers.get('location');
    if (location !== null) this.location = new URL(location, url).href;
    const compared = COMPARED.map((name) => [name, response.headers.get(name)] as const);
    const type = response.headers.get('content-type') ?? '';
    return {
      status: response.status,
      ...Object.fromEntries(compared.filter(([, value]) => value !== null)),
      ...(location === null ? {} : { location: withoutNumbers(location) }),
      ...(type.startsWith('application/json') ? { body: comparable(text) } : { body: text }),
    };
  }

  /** At the last Location, as an upload goes on. */
  go(method: string, query = '', request: ProbeRequest = {}): Promise<Seen> {
    const joint = query === '' ? '' : this.location.includes('?') ? '&' : '?';
    return this.send(`${this.location}${joint}${query}`, { method, ...request });
  }

  async putBlob(repository: string, content: string | Uint8Array): Promise<string> {
    const digest = digestOf(Buffer.from(content as Uint8Array));
    await this.send(`/v2/${repository}/blobs/uploads/`, { method: 'POST' });
    const { status } = await this.go('PUT', `digest=${digest}`, { body: content });
    if (status !== 201) throw new Error(`the blob was not taken: ${status}`);
    return digest;
  }

  putManifest(
    repository: string,
    name: string,
    document: { readonly mediaType: string; readonly subject?: unknown },
  ): Promise<Seen> {
    const body = JSON.stringify(document);
    return this.send(`/v2/${repository}/manifests/${name}`, {
      method: 'PUT',
      headers: { 'content-type': document.mediaType },
      body,
    });
  }
}

/** Of errors the code and the digest it is about; of everything else all, tags in order. */
function comparable(text: string): unknown {
  if (text === '') return '';
  const value = JSON.parse(text);
  if (Array.isArray(value.tags)) return { ...value, tags: value.tags.sort() };
  if (!Array.isArray(value.errors)) return value;
  // biome-ignore lint/suspicious/noExplicitAny: documents are looked at as they are
  const lines = value.errors.map(({ code, detail }: any) =>
    detail?.digest === undefined ? code : `${code} ${detail.digest}`,
  );
  return lines.sort();
}
