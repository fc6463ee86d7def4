import { createHash, type Hash } from 'node:crypto';
import { fail, TbuildError } from '../../errors/index.js';
import { type Network, type NetworkResponse, type Patience, redactUrl } from '../../network/index.js';
import { digestOfHash } from '../../oci/index.js';
import type { Bytes } from '../../util/index.js';
import { lengthOf, refusal, validatorOf, wholeOfRest } from './answer-facts.js';
import { type Download, type DownloadHeaders, taskOf } from './download-request.js';

/** So much has to come before a connection that breaks again counts as another misfortune and not as the same. */
const PROGRESS_BYTES = 256 * 1024;
/** How often one may have to begin anew. */
const BEGINNINGS_MAX = 4;

/** Thrown where the file cannot be read on from where the connection broke: it may be another one by now. */
class BeginAnew extends Error {}

interface Part {
  readonly answer: NetworkResponse;
  /** How many of its first bytes are already there. */
  readonly skip: number;
}

async function* withoutFirst(bytes: Bytes, skip: number): AsyncGenerator<Uint8Array> {
  let left = skip;
  for await (const chunk of bytes) {
    const passed = Math.min(left, chunk.length);
    left -= passed;
    if (passed < chunk.length) yield chunk.subarray(passed);
  }
}

/** One place of a download: what is known of the file there, and how far it was read. */
class PlaceReading {
  readonly #request: Download;
  readonly #url: URL;
  readonly #network: Network;
  readonly #headers: DownloadHeaders;
  readonly #patience: Patience;
  #done = 0;
  #validator: string | undefined;
  #total: number | undefined;
  /** Of what was read, where nothing but the digest can tell that it is whole. */
  #hash: Hash | undefined;

  constructor(place: { request: Download; url: URL; network: Network; headers: DownloadHeaders }) {
    this.#request = place.request;
    this.#url = place.url;
    this.#network = place.network;
    this.#headers = place.headers;
    this.#patience = place.network.patience();
  }

  #shown(): string {
    return `${taskOf(this.#request)}: ${redactUrl(this.#url)}`;
  }

  /** Where the digest is known, a file that changed is found out in the end; else only a validator can tell. */
  #mayGoOn(): boolean {
    return this.#validator !== undefined || this.#request.expected !== undefined;
  }

  async #send(): Promise<NetworkResponse> {
    const from = this.#done;
    const { authorization, secretHeaders } = this.#headers;
    return this.#network.send({
      method: 'GET',
      url: this.#url,
      headers: {
        // The digest is that of the bytes as they are.
        'accept-encoding': 'identity',
        ...(from > 0 && { range: `bytes=${from}-` }),
        ...(from > 0 && this.#validator !== undefined && { 'if-range': this.#validator }),
      },
      authorization,
      ...(secretHeaders !== undefined && { secretHeaders }),
      repeat: 'safely',
      task: taskOf(this.#request),
    });
  }

  /** What of an answer is of use; undefined where one has to begin anew. */
  #partOf(answer: NetworkResponse): Part | undefined {
    const from = this.#done;
    const { status } = answer;
    if (status !== 200 && (from === 0 || (status !== 206 && status !== 416))) throw refusal(answer, this.#request);
    const encoding = answer.header('content-encoding') ?? 'identity';
    if (encoding.toLowerCase() !== 'identity') {
      throw fail('server-invalid', {
        message: `${this.#shown()}: the server sends the file encoded (Content-Encoding: ${JSON.stringify(answer.hide(encoding).slice(0, 50))}), though nobody asked for that`,
      });
    }
    const validator = validatorOf(answer);
    if (from === 0) {
      this.#validator = validator;
      this.#total = lengthOf(answer);
      const tellsItsEnd = this.#total !== undefined || answer.header('transfer-encoding') !== undefined;
      this.#hash = tellsItsEnd ? undefined : createHash('sha256');
      return { answer, skip: 0 };
    }
    if (status === 200)
      return validator !== undefined && validator === this.#validator ? { answer, skip: from } : undefined;
    const isSame = validator === undefined || this.#validator === undefined || validator === this.#validator;
    const whole = status === 206 && isSame ? wholeOfRest(answer, from, this.#total) : undefined;
    if (whole === undefined) return undefined;
    this.#total = whole;
    return { answer, skip: 0 };
  }

  async #ask(): Promise<Part> {
    const answer = await this.#send();
    let part: Part | undefined;
    try {
      part = this.#partOf(answer);
    } catch (error) {
      await answer.discard();
      throw error;
    }
    if (part !== undefined) return part;
    await answer.discard();
    throw new BeginAnew();
  }

  /** @throws TbuildError `input-limit`, `input-mismatch` where the length alone says so */
  #checkLength(): void {
    const { limitBytes, expected } = this.#request;
    const total = this.#total;
    if (total === undefined) return;
    if (expected?.size !== undefined && expected.size !== total)
      throw wrongSize(this.#request, this.#url, `${total} bytes`);
    if (total > limitBytes) throw beyondLimit(this.#request, this.#url, `has ${total} bytes`);
  }

  /** @returns why the bytes of an answer ended too soon; undefined where they did not */
  async *#drain({ answer, skip }: Part): AsyncGenerator<Uint8Array, TbuildError | undefined> {
    try {
      for await (const chunk of skip === 0 ? answer.body : withoutFirst(answer.body, skip)) {
        this.#done += chunk.length;
        this.#hash?.update(chunk);
        yield chunk;
      }
    } catch (error) {
      if (error instanceof TbuildError && error.code === 'server-unavailable') return error;
      throw error;
    } finally {
      await answer.discard();
    }
    return this.#lack(answer);
  }

  /** The answer ended as HTTP has it, which need not be the end of the file: a server may give less than it said. */
  #lack(answer: NetworkResponse): TbuildError | undefined {
    const total = this.#total;
    if (total !== undefined) {
      if (this.#done > total) throw new BeginAnew();
      return this.#done < total ? this.#endedEarly(`of ${total}`) : undefined;
    }
    if (answer.header('transfer-encoding') !== undefined) return undefined;
    // HTTP cannot tell the end of such an answer from a connection that broke.
    const { expected } = this.#request;
    if (this.#hash !== undefined && digestOfHash(this.#hash.copy()) === expected?.digest) return undefined;
    return this.#endedEarly('without saying that it is whole');
  }

  #endedEarly(how: string): TbuildError {
    const message = `${this.#shown()}: the answer ended after ${this.#done} bytes ${how}`;
    return fail('server-unavailable', { message });
  }

  async *stream(): AsyncGenerator<Uint8Array> {
    this.#done = 0;
    let part = await this.#ask();
    for (let countedFrom = 0; ; ) {
      let misfortune: TbuildError | undefined;
      try {
        this.#checkLength();
        misfortune = yield* this.#drain(part);
      } finally {
        await part.answer.discard();
      }
      if (misfortune === undefined) return;
      if (this.#done - countedFrom >= PROGRESS_BYTES) {
        this.#patience.reset();
        countedFrom = this.#done;
      }
      if (!(await this.#patience.wait())) throw misfortune;
      if (this.#done > 0 && !this.#mayGoOn()) throw new BeginAnew();
      part = await this.#ask();
    }
  }
}

export function beyondLimit(request: Download, url: URL, found: string): TbuildError {
  return fail('input-limit', {
    message: `${taskOf(request)}: ${redactUrl(url)} ${found}; at most ${request.limitBytes} are allowed`,
    hint: 'A larger "limit" can be set where it is declared.',
    details: { url: redactUrl(url), limit: request.limitBytes },
  });
}

/** The file has another size than its pin. @param found `12 bytes` */
export function wrongSize(request: Download, url: URL, found: string): TbuildError {
  const expected = `${request.expected?.size} bytes`;
  return fail('input-mismatch', {
    message: `${taskOf(request)}: ${redactUrl(url)} has ${found} instead of ${expected}`,
    hint: request.mismatchHint,
    details: { url: redactUrl(url), expected, found },
  });
}

/**
 * Reads a file from one place with `consume`, which is called again where one has to begin anew: the connection broke, and
 * the file cannot be read on, or is not the same any more.
 */
export async function readPlace<T>(
  place: {
    readonly request: Download;
    readonly url: URL;
    readonly network: Network;
    readonly headers: DownloadHeaders;
  },
  consume: (bytes: Bytes) => Promise<T>,
): Promise<T> {
  const reading = new PlaceReading(place);
  for (let beginnings = 1; ; beginnings++) {
    try {
      return await consume(reading.stream());
    } catch (error) {
      if (!(error instanceof BeginAnew)) throw error;
      if (beginnings < BEGINNINGS_MAX) continue;
      const message = `${taskOf(place.request)}: ${redactUrl(place.url)}: the connection broke ${beginnings} times, and the file could not be read on`;
      throw fail('server-unavailable', { message });
    }
  }
}
