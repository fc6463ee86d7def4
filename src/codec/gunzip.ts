import { createGunzip, createInflateRaw, type Gunzip, type InflateRaw } from 'node:zlib';
import type { Bytes } from '../util/index.js';
import { damage } from './damage.js';

const OUTPUT_BYTES = 128 * 1024;

/** zlib's words for what people should read. The others (`incorrect header check`, …) say enough. */
const REASONS: Readonly<Record<string, string>> = {
  'unexpected end of file': 'it ends too early',
  'incorrect data check': 'a CRC-32 does not match',
  'incorrect length check': 'a length does not match',
};

/** An engine of node:zlib that is asked for its output instead of pushing it: what is not asked for is not computed. */
class PulledEngine {
  private bytesFed = 0;
  private isEnded = false;
  private failure: Error | undefined;
  private wake = (): void => undefined;

  constructor(
    private readonly engine: Gunzip | InflateRaw,
    private readonly codec: 'gzip' | 'deflate',
  ) {
    this.engine.on('readable', () => this.wake());
    this.engine.on('end', () => {
      this.isEnded = true;
      this.wake();
    });
    this.engine.on('error', (error) => {
      this.failure = error;
      this.wake();
    });
  }

  /** Feeds a chunk and yields what comes of it. The chunk is not needed any more when this returns. */
  async *feed(chunk: Uint8Array): AsyncGenerator<Uint8Array> {
    let isTaken = false;
    this.bytesFed += chunk.length;
    this.engine.write(chunk, () => {
      isTaken = true;
      this.wake();
    });
    yield* this.pullUntil(() => isTaken);
    // The engine takes zeros after a member for padding and ignores them and all that follows.
    if (this.engine.bytesWritten !== this.bytesFed) throw damage(this.codec, 'something else follows it');
  }

  /** Ends the input and yields what was left. */
  async *finish(): AsyncGenerator<Uint8Array> {
    this.engine.end();
    yield* this.pullUntil(() => this.isEnded);
  }

  close(): void {
    this.engine.destroy();
  }

  private async *pullUntil(isDone: () => boolean): AsyncGenerator<Uint8Array> {
    for (;;) {
      const output = this.engine.read() as Uint8Array | null;
      if (output !== null) yield output;
      else if (this.failure !== undefined) throw this.failureOf(this.failure);
      else if (isDone()) return;
      else await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }

  private failureOf(error: NodeJS.ErrnoException): Error {
    if (error.code !== 'Z_DATA_ERROR' && error.code !== 'Z_BUF_ERROR' && error.code !== 'Z_NEED_DICT') return error;
    return damage(this.codec, REASONS[error.message] ?? error.message, error);
  }
}

async function* pull(input: Bytes, open: () => PulledEngine): AsyncGenerator<Uint8Array> {
  const engine = open();
  try {
    for await (const chunk of input) yield* engine.feed(chunk);
    yield* engine.finish();
  } finally {
    engine.close();
  }
}

/** All members of a gzip file, one after the other. Errors: `compression-invalid`. */
export function gunzip(input: Bytes): Bytes {
  return pull(input, () => new PulledEngine(createGunzip({ chunkSize: OUTPUT_BYTES }), 'gzip'));
}

/** A deflate stream. Errors: `compression-invalid`. */
export function inflate(input: Bytes): Bytes {
  return pull(input, () => new PulledEngine(createInflateRaw({ chunkSize: OUTPUT_BYTES }), 'deflate'));
}
