import { fail, TbuildError } from '../../errors/index.js';
import type { Patience } from '../../network/index.js';
import type { Bytes } from '../../util/index.js';
import type { Content } from '../verified-chunks.js';
import { verifiedStream } from '../verified-stream.js';
import type { Endpoint } from './endpoint.js';
import type { SessionMemory } from './session-memory.js';
import { isUploaded } from './upload-check.js';
import { startSession, type UploadSession } from './upload-session.js';
import { openUploadSource } from './upload-source.js';
import { askProgress, type Setback, type Step, sendLast, sendPiece, type Upload } from './upload-step.js';

export interface OutgoingBlob {
  readonly target: Content;
  /** The verified bytes; called again where they have to be sent again. */
  open(): Promise<Bytes>;
  /** Begins messages: `Cannot push blob sha256:… to "docker://ghcr.io/a/b"`. */
  readonly task: string;
}

export interface UploadOptions {
  /** Send pieces of so many bytes; otherwise everything at once, while the registry takes it. */
  readonly chunkBytes?: number | undefined;
  readonly memory: SessionMemory;
  /** An upload that the registry has begun already, and of which it has nothing. */
  readonly begun?: UploadSession | undefined;
}

/** Pieces of an upload that goes on, and the first try where everything at once is too much. */
const PIECE_BYTES = 16 * 1024 * 1024;
/** A registry that takes no pieces of this size takes no blobs. It is also what counts as progress. */
const SMALL_PIECE_BYTES = 1024 * 1024;
/** How often a blob is sent before it is given up, whatever the reasons were. */
const SENT_MAX = 4;

/** The next size to try after one that did not work; undefined where there is none. */
function smallerPiece(sentBytes: number, minPieceBytes: number): number | undefined {
  const least = Math.max(SMALL_PIECE_BYTES, minPieceBytes);
  return sentBytes <= least ? undefined : Math.max(least, Math.min(PIECE_BYTES, Math.floor(sentBytes / 2)));
}

class BlobUpload {
  readonly #upload: Upload;
  readonly #blob: OutgoingBlob;
  readonly #memory: SessionMemory;
  readonly #patience: Patience;
  #session!: UploadSession;
  /** Begun by this process: no other is using it. */
  #isOwn = true;
  #isRemembered = true;
  #mustAsk = false;
  /** What the session may have, at most. */
  #sentTo = 0;
  #pieceBytes: number;
  #lastBytes = 0;
  /** The answer to the closing request may have been lost. */
  #mayBeDone = false;
  /** What the registry had before it made trouble; counts progress across sessions. */
  #secured = 0;
  #failures = 0;

  constructor(upload: Upload, blob: OutgoingBlob, options: UploadOptions) {
    this.#upload = upload;
    this.#blob = blob;
    this.#memory = options.memory;
    this.#patience = upload.endpoint.patience();
    this.#pieceBytes = options.chunkBytes ?? Number.POSITIVE_INFINITY;
  }

  async run(begun: UploadSession | undefined): Promise<void> {
    await this.#begin(begun);
    for (;;) {
      const step = await this.#next();
      if (step.kind === 'done') return;
      if (step.kind === 'onward') await this.#goOn(step.session);
      else if (await this.#recover(step)) return;
    }
  }

  async #begin(begun: UploadSession | undefined): Promise<void> {
    const remembered = await this.#memory.recall(this.#blob.target);
    if (remembered === undefined) return begun === undefined ? this.#beginAnew() : this.#use(begun);
    if (begun !== undefined) await this.#cancel(begun);
    this.#session = remembered;
    this.#isOwn = false;
    this.#mustAsk = true;
    this.#sentTo = this.#blob.target.size;
  }

  async #beginAnew(): Promise<void> {
    await this.#use(await startSession(this.#upload.endpoint, this.#upload.task));
  }

  async #use(session: UploadSession): Promise<void> {
    this.#session = session;
    this.#isOwn = true;
    this.#mustAsk = false;
    this.#mayBeDone = false;
    this.#sentTo = 0;
    await this.#remember();
  }

  async #remember(): Promise<void> {
    if (this.#isRemembered) await this.#memory.remember(this.#blob.target, this.#session);
  }

  #next(): Promise<Step> {
    if (this.#mustAsk) {
      this.#lastBytes = 0;
      return askProgress(this.#upload, this.#session, this.#sentTo);
    }
    this.#checkEffort();
    const { offset } = this.#session;
    const { size } = this.#blob.target;
    const end = this.#endOfPiece();
    this.#lastBytes = end - offset;
    this.#sentTo = Math.max(this.#sentTo, end);
    if (offset < size && (offset > 0 || end < size)) return sendPiece(this.#upload, this.#session, end);
    this.#mayBeDone = true;
    return sendLast(this.#upload, this.#session);
  }

  #endOfPiece(): number {
    const { offset, minPieceBytes } = this.#session;
    const wanted = offset > 0 ? Math.min(this.#pieceBytes, PIECE_BYTES) : this.#pieceBytes;
    return Math.min(this.#blob.target.size, offset + Math.max(wanted, minPieceBytes));
  }

  /** @throws TbuildError `server-unavailable` */
  #checkEffort(): void {
    const { source, task } = this.#upload;
    const { size } = this.#blob.target;
    if (source.givenBytes <= SENT_MAX * size + PIECE_BYTES) return;
    throw fail('server-unavailable', {
      message: `${task}: the upload does not come to an end; ${source.givenBytes} bytes were sent of a blob of ${size}`,
    });
  }

  async #goOn(session: UploadSession): Promise<void> {
    const { offset } = session;
    this.#session = session;
    this.#mustAsk = false;
    const isLast = offset === this.#blob.target.size && offset > this.#secured;
    if (isLast || offset - this.#secured >= SMALL_PIECE_BYTES) {
      this.#secured = offset;
      this.#failures = 0;
      this.#patience.reset();
    }
    await this.#remember();
  }

  /** @returns true where the blob is there in spite of all */
  async #recover(setback: Setback): Promise<boolean> {
    this.#session = setback.session;
    switch (setback.remedy) {
      case 'stop':
        if (await this.#isThere()) return true;
        throw setback.error;
      case 'reject':
        await this.#checkContent(setback.error);
        await this.#beginAnew();
        return false;
      case 'smaller':
        this.#shrink(setback.error);
        return false;
      default:
        await this.#wait(setback);
        return this.#resume(setback);
    }
  }

  async #resume({ remedy, isOdd }: Setback): Promise<boolean> {
    if (remedy === 'ask') this.#mustAsk = true;
    if (remedy !== 'anew') return false;
    // Another process may go on with what this one did not begin.
    if (isOdd && this.#isOwn) await this.#cancel(this.#session);
    if (await this.#isThere()) return true;
    await this.#beginAnew();
    return false;
  }

  async #wait({ error, answer }: Setback): Promise<void> {
    this.#failures += 1;
    if (!(await this.#patience.wait(answer))) {
      // A session that cannot be asked for is in the way of later processes too.
      if (this.#mustAsk && answer !== undefined) this.#memory.forget(this.#blob.target);
      throw error;
    }
    if (this.#failures < 2) return;
    this.#pieceBytes = smallerPiece(this.#lastBytes, this.#session.minPieceBytes) ?? this.#pieceBytes;
  }

  #shrink(error: TbuildError): void {
    const smaller = smallerPiece(this.#lastBytes, this.#session.minPieceBytes);
    if (smaller === undefined) throw error;
    this.#pieceBytes = smaller;
  }

  /** Tells whose fault it is. A second time the upload is not remembered: no other process can have had a part in it. */
  async #checkContent(error: TbuildError): Promise<void> {
    for await (const _ of verifiedStream(await this.#blob.open(), this.#blob.target));
    if (!this.#isRemembered) throw error;
    this.#isRemembered = false;
    this.#memory.forget(this.#blob.target);
  }

  async #isThere(): Promise<boolean> {
    const { endpoint, target, task } = this.#upload;
    return this.#mayBeDone && isUploaded(endpoint, target, task);
  }

  async #cancel(session: UploadSession): Promise<void> {
    const { endpoint, task } = this.#upload;
    try {
      const request = { method: 'DELETE', url: session.url, access: 'push', repeat: 'never', task } as const;
      await (await endpoint.send(request)).discard();
    } catch (error) {
      if (!(error instanceof TbuildError)) throw error;
    }
  }
}

/**
 * Sends a blob to a repository that does not have it: in one request, or in pieces where that is asked, needed, or goes
 * on with what was begun. A connection that breaks costs only what the registry did not keep.
 *
 * @throws TbuildError `registry-refused`, `registry-unauthorised`, `server-unavailable`, `server-invalid`, and what the
 *   opened streams throw
 */
export async function uploadBlob(endpoint: Endpoint, blob: OutgoingBlob, options: UploadOptions): Promise<void> {
  const { target, task } = blob;
  const source = openUploadSource(target, () => blob.open());
  try {
    await new BlobUpload({ endpoint, target, source, task }, blob, options).run(options.begun);
    options.memory.forget(target);
  } finally {
    await source.close();
  }
}
