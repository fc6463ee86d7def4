import { fail, type TbuildError } from '../../errors/index.js';
import type { NetworkResponse, Patience } from '../../network/index.js';
import type { Descriptor } from '../../oci/index.js';
import type { Bytes } from '../../util/index.js';
import { isCutOff } from './answers.js';
import { askForBlob, type BlobPart, blobTask } from './blobs.js';
import type { Endpoint } from './endpoint.js';

/** So much has to come before a connection that breaks again counts as another misfortune and not as the same. */
const PROGRESS_BYTES = 256 * 1024;

/** What ends without a length and without chunks may have been cut off: HTTP cannot tell. */
function endIsSure(answer: NetworkResponse): boolean {
  return answer.header('content-length') !== undefined || answer.header('transfer-encoding') !== undefined;
}

async function* withoutFirst(bytes: Bytes, skip: number): AsyncGenerator<Uint8Array> {
  let left = skip;
  for await (const chunk of bytes) {
    const passed = Math.min(left, chunk.length);
    left -= passed;
    if (passed < chunk.length) yield passed === 0 ? chunk : chunk.subarray(passed);
  }
}

export interface BlobPlaces {
  /** The first that works is read; the others stand in where it fails. */
  readonly endpoints: readonly Endpoint[];
  /** Hears of a place that failed where there is another; may throw. */
  failed(endpoint: Endpoint, error: unknown): void;
}

/** A blob that is read, from one place after the other. */
class BlobReading {
  readonly #target: Descriptor;
  readonly #failed: BlobPlaces['failed'];
  readonly #others: Endpoint[];
  #endpoint: Endpoint;
  #patience: Patience;
  #done = 0;

  constructor(places: BlobPlaces, target: Descriptor) {
    const [first, ...others] = places.endpoints;
    this.#target = target;
    this.#failed = places.failed;
    this.#others = others;
    this.#endpoint = first!;
    this.#patience = first!.patience();
  }

  /** Goes on to the next place, or throws. */
  #leave(error: unknown): void {
    const next = this.#others.shift();
    if (next === undefined) throw error;
    this.#failed(this.#endpoint, error);
    this.#endpoint = next;
    this.#patience = next.patience();
  }

  async ask(): Promise<BlobPart> {
    for (;;) {
      try {
        return await askForBlob(this.#endpoint, this.#target, this.#done);
      } catch (error) {
        this.#leave(error);
      }
    }
  }

  /** The bytes of one answer. @returns why they ended too soon; undefined where they did not */
  async *#drain({ answer, skip }: BlobPart): AsyncGenerator<Uint8Array, TbuildError | undefined> {
    const { size } = this.#target;
    try {
      for await (const chunk of skip === 0 ? answer.body : withoutFirst(answer.body, skip)) {
        yield chunk;
        this.#done += chunk.length;
      }
      if (this.#done >= size || endIsSure(answer)) return undefined;
      const task = blobTask(this.#endpoint, this.#target);
      return fail('server-unavailable', { message: `${task}: the answer ended after ${this.#done} of ${size} bytes` });
    } catch (error) {
      if (!isCutOff(error)) throw error;
      return this.#done >= size ? undefined : error;
    } finally {
      await answer.discard();
    }
  }

  async *stream(first: BlobPart): AsyncGenerator<Uint8Array> {
    let part = first;
    for (let countedFrom = 0; ; ) {
      const misfortune = yield* this.#drain(part);
      if (misfortune === undefined) return;
      if (this.#done - countedFrom >= PROGRESS_BYTES) {
        this.#patience.reset();
        countedFrom = this.#done;
      }
      if (!(await this.#patience.wait())) this.#leave(misfortune);
      part = await this.ask();
    }
  }
}

/**
 * A stream of a blob, as it comes: whoever reads it verifies it. It goes on where a connection broke, and at another place where it
 * breaks for good.
 * @throws TbuildError `blob-missing`; `blob-mismatch` where the length is wrong
 */
export async function openBlob(places: BlobPlaces, target: Descriptor): Promise<Bytes> {
  const reading = new BlobReading(places, target);
  return reading.stream(await reading.ask());
}
