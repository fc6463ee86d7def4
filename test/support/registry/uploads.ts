import { randomUUID } from 'node:crypto';
import { apiError } from './answers.js';
import { type Answer, BodyCut, type Exchange, type Reply } from './exchange.js';
import type { RegistryState } from './registry-state.js';
import { digestOf, type TestRepository, type UploadSession } from './repository.js';

const unknownUpload = (): Answer => apiError(404, 'BLOB_UPLOAD_UNKNOWN');

interface Request {
  readonly exchange: Exchange;
  readonly repository: TestRepository;
}

/** Requests below `blobs/uploads/`: distribution-spec 1.1, "Pushing blobs". */
export class Uploads {
  readonly #state: RegistryState;

  constructor(state: RegistryState) {
    this.#state = state;
  }

  handle(exchange: Exchange, repository: TestRepository, id: string): Promise<Reply> | Reply {
    if (this.#isTooLarge(exchange)) return apiError(413, 'SIZE_INVALID');
    if (id === '') return exchange.method === 'POST' ? this.#start(exchange, repository) : apiError(405, 'UNSUPPORTED');
    const session = repository.sessions.get(id);
    if (session === undefined) return unknownUpload();
    if (this.#state.quirks.changingState && exchange.query('_state') !== session.state) {
      return apiError(404, 'BLOB_UPLOAD_INVALID');
    }
    switch (exchange.method) {
      case 'GET':
        return this.#progress(exchange, repository, session, 204);
      case 'PATCH':
        return this.#append(exchange, repository, session);
      case 'PUT':
        return this.#finish(exchange, repository, session);
      case 'DELETE':
        repository.sessions.delete(id);
        return { status: 204 };
      default:
        return apiError(405, 'UNSUPPORTED');
    }
  }

  #isTooLarge({ headers }: Exchange): boolean {
    const { maxBodyBytes } = this.#state.quirks;
    return maxBodyBytes !== undefined && Number(headers['content-length'] ?? 0) > maxBodyBytes;
  }

  async #start(exchange: Exchange, repository: TestRepository): Promise<Reply> {
    const mount = exchange.query('mount');
    if (mount !== undefined) {
      const mounted = this.#mount({ exchange, repository }, mount);
      if (mounted !== undefined) return mounted;
    }
    const session = repository.startUpload();
    const digest = exchange.query('digest');
    if (this.#state.quirks.uploadByPost && digest !== undefined && exchange.headers['content-length'] !== '0') {
      return this.#finish(exchange, repository, session);
    }
    await exchange.drain();
    return this.#progress(exchange, repository, session, 202);
  }

  #mount(request: Request, digest: string): Answer | undefined {
    const { mounts } = this.#state.quirks;
    if (mounts === 'unauthorised') return apiError(401, 'UNAUTHORIZED');
    if (mounts === 'missing') return apiError(404, 'NAME_UNKNOWN');
    const from = request.exchange.query('from');
    const bytes = from === undefined ? undefined : this.#state.repositories.get(from)?.blobs.get(digest);
    if (mounts === 'accepted' || bytes === undefined) return undefined;
    request.repository.blobs.set(digest, bytes);
    return this.#created(request, digest, 201);
  }

  async #append(exchange: Exchange, repository: TestRepository, session: UploadSession): Promise<Reply> {
    if (session.isEnding) return apiError(416, 'SIZE_INVALID');
    const before = session.size;
    const range = exchange.headers['content-range'];
    const start = range === undefined ? session.size : Number(/^(\d+)-\d+$/.exec(range)?.[1] ?? Number.NaN);
    if (this.#state.quirks.checksContentRange && start !== session.size) {
      await exchange.drain();
      return this.#progress(exchange, repository, session, 416);
    }
    await this.#receive(exchange, repository, session);
    session.isEnding = session.size - before < (this.#state.quirks.minChunkBytes ?? 0);
    return this.#progress(exchange, repository, session, this.#state.quirks.patchStatus);
  }

  /** @throws BodyCut */
  async #receive(exchange: Exchange, repository: TestRepository, session: UploadSession): Promise<void> {
    try {
      for await (const piece of exchange.body()) {
        session.pieces.push(piece);
        session.size += piece.length;
      }
    } catch (error) {
      if (error instanceof BodyCut && this.#state.quirks.partialUploads === 'cancelled') {
        repository.sessions.delete(session.id);
      }
      throw error;
    }
  }

  async #finish(exchange: Exchange, repository: TestRepository, session: UploadSession): Promise<Reply> {
    await this.#receive(exchange, repository, session);
    const digest = exchange.query('digest') ?? '';
    const bytes = Buffer.concat(session.pieces);
    repository.sessions.delete(session.id);
    if (!/^(sha256|sha512):[0-9a-f]+$/.test(digest)) return apiError(400, 'DIGEST_INVALID');
    if (digestOf(bytes, digest.split(':')[0]) !== digest) return apiError(400, 'DIGEST_INVALID');
    repository.blobs.set(digest, bytes);
    return this.#created({ exchange, repository }, digest, this.#state.quirks.blobPutStatus);
  }

  #created({ exchange, repository }: Request, digest: string, status: number): Answer {
    const location = this.#state.ownLocation(exchange, `/v2/${repository.name}/blobs/${digest}`);
    return { status, headers: { location, ...this.#state.digestHeader(digest) } };
  }

  #progress(exchange: Exchange, repository: TestRepository, session: UploadSession, status: number): Answer {
    const { changingState, emptyRange, minChunkBytes } = this.#state.quirks;
    if (session.size !== session.stateSize) session.state = randomUUID();
    session.stateSize = session.size;
    const query = changingState ? `?_state=${session.state}` : '';
    const path = `/v2/${repository.name}/blobs/uploads/${session.id}${query}`;
    const hasRange = session.size > 0 || emptyRange === '0-0';
    return {
      status,
      headers: {
        location: this.#state.uploadLocation(exchange, path),
        'docker-upload-uuid': session.id,
        ...(hasRange ? { range: `0-${Math.max(0, session.size - 1)}` } : {}),
        ...(minChunkBytes === undefined ? {} : { 'oci-chunk-min-length': String(minChunkBytes) }),
      },
    };
  }
}
