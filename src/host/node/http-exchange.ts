import type { Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { bytesOf } from '../../util/index.js';
import { HttpFailure, type HttpRequest, type HttpResponse } from '../http.js';
import { type ExchangeEnd, isForwarded } from './http-connections.js';
import { Download } from './http-download.js';
import { exchangeFailure, proxyFailure } from './http-failures.js';
import { Upload } from './http-upload.js';
import { onAbort } from './on-abort.js';

/** Rather than losing the connection, so much of an unwanted answer is read … */
const DISCARD_BYTES = 64 * 1024;
/** … if it comes soon. */
const DISCARD_MS = 1_000;
/** What the kernel may hold of a body after its last byte was written. */
const KERNEL_BYTES = 4 * 1024 * 1024;

function headersOf(raw: Dispatcher.DispatchController['rawHeaders']): ReadonlyMap<string, readonly string[]> {
  const headers = new Map<string, string[]>();
  const text = (item: unknown): string => (Buffer.isBuffer(item) ? item.toString('latin1') : String(item));
  const items = (raw ?? []) as readonly unknown[];
  for (let i = 0; i + 1 < items.length; i += 2) {
    const name = text(items[i]).toLowerCase();
    const values = headers.get(name) ?? [];
    headers.set(name, [...values, text(items[i + 1])]);
  }
  return headers;
}

/** What an exchange knows of its connection. */
export interface ExchangeConnection {
  /** Called once. */
  onOver(end: ExchangeEnd): void;
  /** The first error of the connection. */
  trouble(): unknown;
}

/**
 * One request and its answer: what undici calls back, with time-outs of its own. undici's run while a body is still
 * being written, and do not see whether it flows.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #request: HttpRequest;
  readonly #connection: ExchangeConnection;
  readonly #upload: Upload | undefined;
  readonly #download: Download;
  readonly #ignoreInterruption: () => void;
  readonly answer: Promise<HttpResponse>;
  #resolve!: (response: HttpResponse) => void;
  #reject!: (error: unknown) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isAnswered = false;
  #isOver = false;
  #startedAt = 0;
  #sentBytes = 0;
  /** Bytes that are still read of an answer that nobody wants, and who waits for its end. */
  #discard: { left: number; readonly done: () => void } | undefined;

  constructor(request: HttpRequest, connection: ExchangeConnection) {
    this.#request = request;
    this.#connection = connection;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#upload = this.#openUpload();
    this.#download = new Download({
      onWaiting: (isWaiting) => this.#onWaiting(isWaiting),
      pause: () => this.#controller?.pause(),
      resume: () => this.#controller?.resume(),
      onLeft: () => this.#leave(),
    });
    this.#ignoreInterruption = onAbort(request.interruption, () => this.#fail(request.interruption.reason));
  }

  /** What undici is to send as the body. It takes iterables too, which its types do not know. */
  get body(): Readable | null {
    return (this.#upload as unknown as Readable | undefined) ?? null;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.#startedAt = performance.now();
    if (this.#upload === undefined) this.#awaitHead(this.#request.limits.headersMs);
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (status < 200 || this.#isOver) return;
    if (status === 407 && isForwarded(this.#request)) {
      this.#fail(proxyFailure(status));
      return;
    }
    this.#isAnswered = true;
    this.#rest();
    // The server has decided without reading all of the body: sending on could only break the connection.
    if (status >= 300) this.#upload?.stop();
    const headers = headersOf(controller.rawHeaders);
    const length = this.#request.method === 'HEAD' ? 0 : Number(headers.get('content-length')?.[0] ?? 0);
    this.#resolve({ status, headers, body: this.#download, discard: () => this.#discardAll(length) });
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#discard === undefined) {
      this.#download.push(chunk);
      return;
    }
    this.#discard.left -= chunk.length;
    if (this.#discard.left < 0) this.#leave();
  }

  onResponseEnd(): void {
    this.#finish('whole');
    this.#download.end('whole');
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const ofSource = this.#upload?.failure;
    this.#fail(ofSource === undefined ? exchangeFailure(this.#connection.trouble() ?? error) : ofSource.error);
  }

  #openUpload(): Upload | undefined {
    const { body, limits } = this.#request;
    if (body === undefined || (body instanceof Uint8Array && body.length === 0)) return undefined;
    return new Upload(body instanceof Uint8Array ? bytesOf(body) : body, {
      // A slow source is not the server's fault.
      onAsked: () => {
        if (!this.#isAnswered) this.#rest();
      },
      onPiece: (bytes) => {
        this.#sentBytes += bytes;
        if (!this.#isAnswered) this.#expire(limits.progressMs, 'the server takes no more bytes');
        else if (this.#download.isAwaited) this.#onWaiting(true);
      },
      onEnd: () => {
        if (!this.#isAnswered) this.#awaitHead(limits.headersMs + this.#drainMs());
      },
    });
  }

  /** How long what the kernel may still hold will take, at the speed so far. */
  #drainMs(): number {
    const share = this.#sentBytes === 0 ? 0 : Math.min(1, KERNEL_BYTES / this.#sentBytes);
    return (performance.now() - this.#startedAt) * share;
  }

  #awaitHead(milliseconds: number): void {
    this.#expire(milliseconds, 'the server does not answer');
  }

  #onWaiting(isWaiting: boolean): void {
    if (this.#discard !== undefined) return;
    if (isWaiting && !this.#isOver) this.#expire(this.#request.limits.progressMs, 'the server sends no more bytes');
    else this.#rest();
  }

  #expire(milliseconds: number, what: string): void {
    this.#rest();
    if (this.#isOver) return;
    const seconds = Math.round(milliseconds / 100) / 10;
    this.#timer = setTimeout(() => this.#fail(new HttpFailure('timeout', `${what} within ${seconds} s`)), milliseconds);
  }

  #rest(): void {
    clearTimeout(this.#timer);
  }

  /** Reads on to keep the connection, where little is left. */
  async #discardAll(length: number): Promise<void> {
    this.#download.drop();
    if (this.#isOver) return;
    if (length > DISCARD_BYTES) {
      this.#leave();
      return;
    }
    this.#rest();
    this.#timer = setTimeout(() => this.#leave(), DISCARD_MS);
    await new Promise<void>((done) => {
      this.#discard = { left: DISCARD_BYTES, done };
      this.#controller?.resume();
    });
  }

  /** Ends an exchange whose answer nobody reads to its end. */
  #leave(): void {
    this.#download.drop();
    this.#finish('broken');
  }

  #fail(error: unknown): void {
    const isClosed = error instanceof HttpFailure && error.kind === 'closed';
    if (!this.#finish(isClosed && !this.#isAnswered ? 'unanswered' : 'broken')) return;
    this.#reject(error);
    this.#download.end({ error });
  }

  /** False where it is over already. */
  #finish(end: ExchangeEnd): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#rest();
    this.#ignoreInterruption();
    this.#upload?.close();
    this.#discard?.done();
    this.#connection.onOver(end);
    return true;
  }
}
