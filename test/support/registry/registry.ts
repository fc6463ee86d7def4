import { apiError, json } from './answers.js';
import { Contents } from './contents.js';
import type { Exchange, Reply } from './exchange.js';
import { Faults } from './faults.js';
import { type Guard, needsOf } from './guards.js';
import { plainQuirks, type Quirks } from './quirks.js';
import { RegistryState } from './registry-state.js';
import type { TestRepository } from './repository.js';
import { type ServerOptions, startServer, type TestServer } from './server.js';
import { Uploads } from './uploads.js';

export type { Answer, Exchange, LoggedRequest, Reply } from './exchange.js';
export { at, when } from './faults.js';
export type { Quirks } from './quirks.js';
export { digestOf, type TestRepository } from './repository.js';
export type { TestServer } from './server.js';

export interface RegistryOptions {
  readonly quirks?: Partial<Quirks>;
  readonly guard?: Guard;
  readonly tls?: ServerOptions['tls'];
  /** To be shared with other servers: the token server's, another registry's. */
  readonly log?: ServerOptions['log'];
  /** In the log: `registry` by default. */
  readonly name?: string;
}

/** A registry of the distribution-spec 1.1 in this process, on loopback, which does as tests want it to. */
export interface TestRegistry extends TestServer {
  readonly repositories: ReadonlyMap<string, TestRepository>;
  /** Made where it is not there. */
  repository(name: string): TestRepository;
  /** May be changed at any time. */
  readonly quirks: Quirks;
  /** Asked before everything else. May be changed at any time. */
  guard: Guard | undefined;
  readonly faults: Faults;
  /**
   * Another server for the same contents: for blobs (a CDN) or uploads elsewhere. It needs no authorization, and refuses
   * with 400 what has one, as stores with signed URLs do. Closed with the registry.
   */
  openFront(name: string, tls?: ServerOptions['tls']): Promise<TestServer>;
  /** The logged requests whose line is like this: `PUT /v2/a/manifests/latest`. */
  requestsLike(line: RegExp): TestServer['requests'];
}

const NAME = '[a-z0-9]+(?:[._-]+[a-z0-9]+)*';
const ROUTE = new RegExp(
  `^/v2/((?:${NAME}/)*${NAME})/(?:(manifests)/([^/]+)|(blobs/uploads)/([^/]*)|(blobs)/([^/]+)|(tags)/list|(referrers)/([^/]+))$`,
);

class Router {
  readonly #state: RegistryState;
  readonly #contents: Contents;
  readonly #uploads: Uploads;

  constructor(state: RegistryState) {
    this.#state = state;
    this.#contents = new Contents(state);
    this.#uploads = new Uploads(state);
  }

  /** @param isFront what it has is given out here, and not elsewhere */
  handle(exchange: Exchange, guard: Guard | undefined, isFront = false): Promise<Reply> | Reply {
    const match = ROUTE.exec(decodeURIComponent(exchange.path));
    const name = match?.[1];
    const refusal = guard?.(exchange, name === undefined ? [] : needsOf(exchange, name));
    if (refusal !== undefined) return refusal;
    if (exchange.path === '/v2/') return json(200, {});
    if (match === null)
      return { status: 404, headers: { 'content-type': 'text/plain' }, body: Buffer.from('404 page not found\n') };
    return this.#limits(exchange, isFront) ?? this.#route(exchange, match);
  }

  #limits({ method, path }: Exchange, isFront: boolean): Reply | undefined {
    const { readOnly, heads, blobsAt } = this.#state.quirks;
    if (readOnly && method !== 'GET' && method !== 'HEAD') return apiError(405, 'UNSUPPORTED');
    if (!heads && method === 'HEAD') return { status: 405 };
    const isBlob = method === 'GET' && /\/blobs\/[a-z0-9]+:/.test(path);
    return blobsAt === undefined || isFront || !isBlob ? undefined : this.#elsewhere(path, blobsAt);
  }

  #elsewhere(path: string, origin: string): Reply {
    return { status: 307, headers: { location: `${origin}${path}?signature=secret-of-the-url` } };
  }

  #route(exchange: Exchange, match: RegExpExecArray): Promise<Reply> | Reply {
    const [, name, manifests, reference, uploads, id, blobs, digest, tags, referrers, subject] = match;
    const isStart = uploads !== undefined && id === '' && exchange.method === 'POST';
    const isThere = this.#state.repositories.has(name!);
    if (!isThere && !isStart && exchange.method !== 'PUT') return this.#unknown(exchange, match);
    const repository = this.#state.repository(name!);
    if (manifests !== undefined) return this.#contents.manifest(exchange, repository, reference!);
    if (uploads !== undefined) return this.#uploads.handle(exchange, repository, id!);
    if (blobs !== undefined) return this.#contents.blob(exchange, repository, digest!);
    if (tags !== undefined) return this.#contents.tags(exchange, repository);
    return referrers === undefined
      ? apiError(404, 'UNSUPPORTED')
      : this.#contents.referrers(exchange, repository, subject!);
  }

  #unknown({ method }: Exchange, match: RegExpExecArray): Reply {
    const [, name, manifests, reference, uploads, , blobs, digest, , referrers] = match;
    if (manifests !== undefined) return apiError(404, 'MANIFEST_UNKNOWN', { name: reference });
    if (uploads !== undefined) return apiError(404, 'BLOB_UPLOAD_UNKNOWN');
    if (blobs !== undefined) return apiError(404, 'BLOB_UNKNOWN', digest);
    return apiError(404, referrers === undefined || method !== 'GET' ? 'NAME_UNKNOWN' : 'NOT_FOUND', { name });
  }
}

/** A server that shows what a registry holds to whoever has a signed URL. */
function front(router: Router, faults: Faults): (exchange: Exchange) => Promise<Reply> {
  return (exchange) =>
    faults.answer(exchange, () =>
      exchange.headers.authorization === undefined
        ? router.handle(exchange, undefined, true)
        : { status: 400, body: Buffer.from('InvalidArgument: Only one auth mechanism allowed') },
    );
}

export async function startRegistry(options: RegistryOptions = {}): Promise<TestRegistry> {
  const state = new RegistryState({ ...plainQuirks, ...options.quirks });
  const router = new Router(state);
  const faults = new Faults();
  const log = options.log ?? [];
  const fronts: TestServer[] = [];
  let guard = options.guard;
  const server = await startServer({
    name: options.name ?? 'registry',
    log,
    ...(options.tls === undefined ? {} : { tls: options.tls }),
    handle: (exchange) => faults.answer(exchange, () => router.handle(exchange, guard)),
  });
  const own = {
    repositories: state.repositories,
    repository: (name: string) => state.repository(name),
    quirks: state.quirks,
    get guard() {
      return guard;
    },
    set guard(value: Guard | undefined) {
      guard = value;
    },
    faults,
    async openFront(name: string, tls?: ServerOptions['tls']) {
      const opened = await startServer({
        name,
        log,
        handle: front(router, faults),
        ...(tls === undefined ? {} : { tls }),
      });
      fronts.push(opened);
      return opened;
    },
    requestsLike: (line: RegExp) => log.filter(({ method, url }) => line.test(`${method} ${url}`)),
    async close() {
      await Promise.all([server.close(), ...fronts.map((item) => item.close())]);
    },
  };
  return Object.create(
    {},
    { ...Object.getOwnPropertyDescriptors(server), ...Object.getOwnPropertyDescriptors(own) },
  ) as TestRegistry;
}
