import { fail } from '../errors/index.js';
import { type Host, HttpFailure } from '../host/index.js';
import type { Bytes } from '../util/index.js';
import { type Circumstances, explain } from './explain.js';
import type { Traffic } from './network.js';

/** Slower than this for so long of waiting is as good as not at all. */
const SLOWEST_BYTES = 60 * 1024;
const WINDOW_MS = 60_000;

/** The counts that `Traffic` shows. */
export interface Counts extends Traffic {
  requests: number;
  sentBytes: number;
  receivedBytes: number;
}

export async function* countSent(body: Bytes, counts: Counts): AsyncGenerator<Uint8Array> {
  for await (const chunk of body) {
    counts.sentBytes += chunk.length;
    yield chunk;
  }
}

/** The body of an answer: counted, with failures explained, and not endlessly slow. Time in which nobody asks for bytes does not count. */
export async function* receive(
  body: Bytes,
  options: { readonly host: Host; readonly counts: Counts; readonly circumstances: Circumstances },
): AsyncGenerator<Uint8Array> {
  const { host, counts, circumstances } = options;
  const { clock } = host;
  let waitedMs = 0;
  let windowBytes = 0;
  let askedAt = clock.monotonic();
  try {
    for await (const chunk of body) {
      waitedMs += clock.monotonic() - askedAt;
      windowBytes += chunk.length;
      counts.receivedBytes += chunk.length;
      if (windowBytes >= SLOWEST_BYTES) [waitedMs, windowBytes] = [0, 0];
      if (waitedMs > WINDOW_MS) {
        throw fail('server-unavailable', {
          message: `${circumstances.task}: ${circumstances.url.origin}: the server sends less than 1 KiB per second`,
        });
      }
      yield chunk;
      askedAt = clock.monotonic();
    }
  } catch (error) {
    throw error instanceof HttpFailure ? explain(host, error, circumstances) : error;
  }
}
