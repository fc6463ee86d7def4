import { fail } from '../errors/index.js';
import type { Bytes } from '../util/index.js';
import type { ReadCodec } from './choice.js';
import { gunzip, inflate } from './gunzip.js';
import { unxz } from './unxz.js';
import { unzstd } from './unzstd.js';

export interface DecompressLimits {
  /** Bytes that may come out. */
  readonly maxBytes: number;
  /** Bytes that may come out for each byte read so far; looked at once more than 1 MiB came out. */
  readonly maxRatio: number;
}

/** A few kilobytes of zeros compress very well and harm nobody. */
const RATIO_FLOOR_BYTES = 1024 * 1024;

const DECODERS: Readonly<Record<ReadCodec, (input: Bytes) => Bytes>> = {
  gzip: gunzip,
  zstd: unzstd,
  xz: unxz,
  deflate: inflate,
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

function checkLimits({ bytesIn, bytesOut }: Meter, codec: ReadCodec, { maxBytes, maxRatio }: DecompressLimits): void {
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
 * other (RFC 1952, section 2.2) with header, checksum and length right, zstd frames one after the other (RFC 8878),
 * skippable ones included, or xz streams one after the other with their padding (The .xz File Format 1.2.1), of LZMA2
 * without further filters, or one deflate stream (RFC 1951), which has no check of its own. `none` passes through, under the same limits.
 *
 * Errors: `compression-invalid` for data that is damaged, too short, followed by anything else, or needs a dictionary of
 * its own (zstd), or a window above 128 MiB (zstd) or 64 MiB (xz); `compression-limit`. What came out before an error is not to be used.
 */
export async function* decompress(input: Bytes, codec: ReadCodec, limits: DecompressLimits): Bytes {
  const meter: Meter = { bytesIn: 0, bytesOut: 0 };
  for await (const chunk of DECODERS[codec](metered(input, meter))) {
    if (chunk.length === 0) continue;
    meter.bytesOut += chunk.length;
    checkLimits(meter, codec, limits);
    yield chunk;
  }
}
