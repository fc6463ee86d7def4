import { apiError, apiErrors, json } from './answers.js';
import type { Answer, Exchange, Reply } from './exchange.js';
import type { RegistryState } from './registry-state.js';
import { digestOf, type TestRepository } from './repository.js';

const MANIFEST_LIMIT_BYTES = 4 * 1024 * 1024;
const INDEX_TYPE = 'application/vnd.oci.image.index.v1+json';

/** The part of a body that Range asks for. */
function partOf(
  body: Buffer,
  range: string | undefined,
): { readonly first: number; readonly last: number } | undefined {
  const match = /^bytes=(\d+)-(\d*)$/.exec(range ?? '');
  if (match === null) return undefined;
  return {
    first: Number(match[1]),
    last: Math.min(match[2] === '' ? Number.POSITIVE_INFINITY : Number(match[2]), body.length - 1),
  };
}

/** Blobs, manifests, tags and referrers: distribution-spec 1.1, "Pull", "Push", "Content Discovery", "Content Management". */
export class Contents {
  readonly #state: RegistryState;

  constructor(state: RegistryState) {
    this.#state = state;
  }

  blob(exchange: Exchange, repository: TestRepository, digest: string): Answer {
    const bytes = repository.blobs.get(digest);
    if (bytes === undefined) return apiError(404, 'BLOB_UNKNOWN', digest);
    const { quirks } = this.#state;
    if (exchange.method === 'DELETE') {
      if (!quirks.deletes) return apiError(405, 'UNSUPPORTED');
      repository.forgetBlob(digest);
      return { status: 202 };
    }
    if (exchange.method !== 'GET' && exchange.method !== 'HEAD') return apiError(405, 'UNSUPPORTED');
    const headers = { 'content-type': 'application/octet-stream', ...this.#state.digestHeader(digest) };
    const part = quirks.ranges ? partOf(bytes, exchange.headers.range) : undefined;
    if (part === undefined) return { status: 200, headers, body: bytes };
    if (part.first > part.last) return { status: 416, headers: { 'content-range': `bytes */${bytes.length}` } };
    const range = `bytes ${part.first}-${part.last}/${bytes.length}`;
    return {
      status: 206,
      headers: { ...headers, 'content-range': range },
      body: bytes.subarray(part.first, part.last + 1),
    };
  }

  manifest(exchange: Exchange, repository: TestRepository, name: string): Promise<Reply> | Reply {
    switch (exchange.method) {
      case 'GET':
      case 'HEAD':
        return this.#readManifest(repository, name);
      case 'PUT':
        return this.#putManifest(exchange, repository, name);
      case 'DELETE':
        return this.#deleteManifest(repository, name);
      default:
        return apiError(405, 'UNSUPPORTED');
    }
  }

  #readManifest(repository: TestRepository, name: string): Answer {
    const found = repository.manifest(name);
    if (found === undefined) return apiError(404, 'MANIFEST_UNKNOWN', { name });
    const digest = name.includes(':') ? name : repository.tags.get(name)!;
    const etag = this.#state.quirks.etags ? { etag: `"${digest}"` } : {};
    return {
      status: 200,
      headers: { 'content-type': found.mediaType, ...this.#state.digestHeader(digest), ...etag },
      body: found.bytes,
    };
  }

  async #putManifest(exchange: Exchange, repository: TestRepository, name: string): Promise<Reply> {
    const bytes = await exchange.wholeBody();
    const refusal = this.#refusalOf(exchange, repository, name, bytes);
    if (refusal !== undefined) return refusal;
    const isDigest = name.includes(':');
    const digest = digestOf(bytes, isDigest ? name.split(':')[0] : 'sha256');
    const mediaType = exchange.headers['content-type'] ?? '';
    repository.putManifest(bytes, { digest, mediaType, ...(isDigest ? {} : { tag: name }) });
    const subject = repository.manifest(digest)!.document.subject?.digest;
    const hasSubject = typeof subject === 'string' && this.#state.quirks.referrers !== 'missing';
    return {
      status: 201,
      headers: {
        location: this.#state.ownLocation(exchange, `/v2/${repository.name}/manifests/${digest}`),
        ...this.#state.digestHeader(digest),
        ...(hasSubject ? { 'oci-subject': subject } : {}),
      },
    };
  }

  #refusalOf(exchange: Exchange, repository: TestRepository, name: string, bytes: Buffer): Answer | undefined {
    const { quirks } = this.#state;
    const present = repository.tags.get(name);
    if (quirks.immutableTags !== undefined && present !== undefined && present !== digestOf(bytes)) {
      return apiError(quirks.immutableTags, 'TAG_IMMUTABLE');
    }
    const expected = exchange.headers['if-match'];
    if (quirks.etags && expected !== undefined && expected !== `"${present}"`)
      return apiError(412, 'PRECONDITION_FAILED');
    if (bytes.length > MANIFEST_LIMIT_BYTES) return apiError(413, 'MANIFEST_INVALID');
    if (name.includes(':') && digestOf(bytes, name.split(':')[0]) !== name) return apiError(400, 'DIGEST_INVALID');
    // biome-ignore lint/suspicious/noExplicitAny: documents are looked at as they are
    let document: any;
    try {
      document = JSON.parse(bytes.toString());
    } catch {
      return apiError(400, 'MANIFEST_INVALID');
    }
    const type = exchange.headers['content-type'];
    if (document.mediaType !== undefined && document.mediaType !== type) return apiError(400, 'MANIFEST_INVALID');
    return quirks.checksBlobs ? missingOf(repository, document, quirks.details) : undefined;
  }

  #deleteManifest(repository: TestRepository, name: string): Answer {
    const { deletes, deletesTags } = this.#state.quirks;
    if (!deletes) return apiError(405, 'UNSUPPORTED');
    if (!deletesTags && !name.includes(':')) return apiError(400, 'DIGEST_INVALID');
    const isThere = name.includes(':') ? repository.deleteManifest(name) : repository.tags.delete(name);
    return isThere ? { status: 202 } : apiError(404, 'MANIFEST_UNKNOWN', { name });
  }

  tags(exchange: Exchange, repository: TestRepository): Answer {
    if (exchange.method !== 'GET') return apiError(405, 'UNSUPPORTED');
    const { noTags, pageSize } = this.#state.quirks;
    const all = [...repository.tags.keys()].sort();
    if (all.length === 0) return json(200, { name: repository.name, tags: noTags === 'null' ? null : [] });
    const last = exchange.query('last');
    const rest = last === undefined ? all : all.filter((tag) => tag > last);
    if (pageSize === undefined) return json(200, { name: repository.name, tags: all });
    const asked = Number(exchange.query('n') ?? pageSize);
    const page = rest.slice(0, Math.min(asked, pageSize));
    const next = `${exchange.path}?n=${asked}&last=${page.at(-1)}`;
    const link = page.length > 0 && page.length < rest.length ? this.#state.link(exchange, next) : {};
    return json(200, { name: repository.name, tags: page }, link);
  }

  referrers(exchange: Exchange, repository: TestRepository, subject: string): Answer {
    const { referrers, pageSize } = this.#state.quirks;
    if (referrers === 'missing') return { ...apiError(404, 'NOT_FOUND') };
    const type = exchange.query('artifactType');
    const filters = type !== undefined && referrers === 'filtered';
    const all = repository.referrers(subject).filter((item) => !filters || item.artifactType === type);
    const start = Number(exchange.query('start') ?? 0);
    const end = start + (pageSize ?? all.length);
    const query = new URLSearchParams({ ...(type === undefined ? {} : { artifactType: type }), start: String(end) });
    return json(
      200,
      { schemaVersion: 2, mediaType: INDEX_TYPE, manifests: all.slice(start, end) },
      {
        'content-type': INDEX_TYPE,
        ...(filters ? { 'oci-filters-applied': 'artifactType' } : {}),
        ...(end < all.length ? this.#state.link(exchange, `${exchange.path}?${query}`) : {}),
      },
    );
  }
}

/** The refusal of a manifest whose parts are not all there: one error for each. */
// biome-ignore lint/suspicious/noExplicitAny: documents are looked at as they are
function missingOf(repository: TestRepository, document: any, details: 'text' | 'object'): Answer | undefined {
  // biome-ignore lint/suspicious/noExplicitAny: documents are looked at as they are
  const blobs: any[] = [document.config, ...(document.layers ?? [])].filter(
    (item) => item !== undefined && !repository.blobs.has(item.digest) && item.urls === undefined,
  );
  // biome-ignore lint/suspicious/noExplicitAny: documents are looked at as they are
  const manifests = (document.manifests ?? []).filter((item: any) => !repository.manifests.has(item.digest));
  const errors = [...blobs, ...manifests].map(({ digest }) => ({
    code: 'MANIFEST_BLOB_UNKNOWN',
    detail: details === 'text' ? digest : { digest },
  }));
  return errors.length === 0 ? undefined : apiErrors(400, errors);
}
