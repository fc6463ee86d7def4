import { decodeUtf8, escapeBytes } from '../util/index.js';

/** Limits of an image's paths (trust.md, "Limits"; PATH_MAX and NAME_MAX of Linux). */
export const PATH_BYTES_MAX = 4096;
const NAME_BYTES_MAX = 255;

/** A name that a directory of this machine holds. */
export interface HostName {
  /** With U+FFFD for what is not UTF-8. */
  readonly text: string;
  /** For messages. */
  readonly shown: string;
  /** Why an image cannot hold it. */
  readonly problem: string | undefined;
}

/** Prefix of the marker files that remove things in layers (OCI image-spec, "Whiteouts"). */
const WHITEOUT_PREFIX = '.wh.';

/** False for what no file is called, whoever asks for it. */
export function isName(text: string): boolean {
  return !text.includes('\0') && Buffer.byteLength(text) <= NAME_BYTES_MAX;
}

/** Why no file of an image may be called so; undefined where it may. */
export function problemOfName(name: string): string | undefined {
  if (name.includes('\0')) return 'holds a NUL byte';
  if (name.startsWith(WHITEOUT_PREFIX)) return 'begins with ".wh.", which marks removals in image layers';
  if (Buffer.byteLength(name) > NAME_BYTES_MAX) return `is longer than ${NAME_BYTES_MAX} bytes`;
  return undefined;
}

export function readHostName(bytes: Uint8Array): HostName {
  const text = decodeUtf8(bytes);
  if (text !== undefined) {
    const problem = problemOfName(text);
    return { text, shown: problem === undefined ? text : escapeBytes(bytes), problem };
  }
  return { text: Buffer.from(bytes).toString('utf8'), shown: escapeBytes(bytes), problem: 'is not UTF-8' };
}
