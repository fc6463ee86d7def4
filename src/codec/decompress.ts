import { fail } from '../errors/index.js';
import type { Bytes } from '../util/index.js';
import type { Codec } from './choice.js';
import { gunzip } from './gunzip.js';
import { unzstd } from './unzstd.js';

export interface DecompressLimits {
  /** Bytes that may come out. */
  readonly maxBytes: number;
  /** Bytes that may come out for each byte read so far; looked at once more than 1 MiB came out. */
  readonly maxRatio: number;
}

/** A few kilobytes of zeros compress very well and harm nobody. */
const RATIO_FLOOR_BYTES = 1024 * 1024;

const DECODERS: Readonly<Record<Codec, (input: Bytes) => Bytes>> = {
  gzip: gunzip,
  zstd: unzstd,
  none: (input) => input,
};

interface Meter {
  bytesIn: number;
  bytesOut: number;
}

async function* metered(input: Bytes, meter: Meter): AsyncGenerator<Uint8Array> {
  for await (const chunk of input) {
    meter.bytesIn += chunk.length;
    yield chunk;
  }
}

function checkLimits({ bytesIn, bytesOut }: Meter, codec: Codec, { maxBytes, maxRatio }: DecompressLimits): void {
  if (bytesOut > maxBytes) {
    throw fail('compression-limit', {
      message: `The ${codec} data gives more than ${maxBytes} bytes`,
      details: { codec, maxBytes },
    });
  }
  if (bytesOut > RATIO_FLOOR_BYTES && bytesOut > bytesIn * maxRatio) {
    throw fail('compression-limit', {
      message: `The ${codec} data gives more than ${maxRatio} bytes for each of its own: ${bytesOut} from ${bytesIn}`,
      details: { codec, maxRatio, bytesIn, bytesOut },
    });
  }
}

/**
 * The decompressed stream, in bounded memory. All of the input must be compressed data: gzip members one after the
 * other (RFC 1952, section 2.2) with header, checksum and length right, or zstd frames one after the other (RFC 8878),
 * skippable ones included. `none` passes through, under the same limits.
 *
 * Errors: `compression-invalid` for data that is damaged, too short, followed by anything else, or zstd that needs a
 * dictionary or a window above 128 MiB; `compression-limit`. What came out before an error is not to be used.
 */
export async function* decompress(input: Bytes, codec: Codec, limits: DecompressLimits): Bytes {
  const meter: Meter = { bytesIn: 0, bytesOut: 0 };
  for await (const chunk of DECODERS[codec](metered(input, meter))) {
    if (chunk.length === 0) continue;
    meter.bytesOut += chunk.length;
    checkLimits(meter, codec, limits);
    yield chunk;
  }
}
