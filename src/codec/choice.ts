export type Codec = 'gzip' | 'zstd' | 'none';

/** What can be decompressed: all that is compressed here, xz, and deflate without any header (as zip has it). */
export type ReadCodec = Codec | 'xz' | 'deflate';

export interface CodecChoice {
  readonly type: Codec;
  /** gzip 1–9, zstd 1–19, none 0. */
  readonly level: number;
}

/**
 * `pinned` always runs the codec that defines the bytes. `fastest` runs the native one, where there is one, once it has
 * shown that it gives the same bytes. The output is the same either way.
 */
export type Implementation = 'fastest' | 'pinned';

/** The codecs that cut their input into blocks and compress each by itself. */
export type BlockCodec = Exclude<Codec, 'none'>;

const LEVELS: Readonly<Record<Codec, readonly [least: number, most: number]>> = {
  gzip: [1, 9],
  zstd: [1, 19],
  none: [0, 0],
};

/** Throws a RangeError for a level that format 1 does not have. */
export function checkChoice({ type, level }: CodecChoice): void {
  const [least, most] = LEVELS[type];
  if (Number.isInteger(level) && level >= least && level <= most) return;
  throw new RangeError(`${type} has the levels ${least} to ${most}, not ${level}`);
}
