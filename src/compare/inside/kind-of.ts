import { compressionOf } from '../../oci/index.js';
import { decodeUtf8 } from '../../util/index.js';

/** What a file is, going by its bytes. */
export type ContentKind = 'elf' | 'ar' | 'tar' | 'zip' | 'gzip' | 'xz' | 'zstd' | 'pyc' | 'text' | 'bytes';

const startsWith = (bytes: Uint8Array, start: string, at = 0): boolean =>
  Buffer.from(bytes.subarray(at, at + start.length)).toString('latin1') === start;

/** Python 3 counts its versions of the format up from 3000; its own line end guards the number. */
function isPyc(bytes: Uint8Array): boolean {
  if (bytes.length < 16 || bytes[2] !== 0x0d || bytes[3] !== 0x0a) return false;
  const number = bytes[0]! + bytes[1]! * 256;
  return number >= 3000 && number < 4000;
}

const CONTROL = /[\u0000-\u0008\u000e-\u001a\u001c-\u001f]/;

/** UTF-8 without control characters, but for those of terminals and lines. */
export function textOf(bytes: Uint8Array): string | undefined {
  if (bytes.subarray(0, 8192).includes(0)) return undefined;
  const text = decodeUtf8(bytes);
  return text === undefined || CONTROL.test(text) ? undefined : text;
}

/** Goes by the first bytes, as file(1) does; never by the name. */
export function kindOf(bytes: Uint8Array): ContentKind {
  if (startsWith(bytes, '\x7fELF')) return 'elf';
  if (startsWith(bytes, '!<arch>\n')) return 'ar';
  if (startsWith(bytes, 'PK\x03\x04') || startsWith(bytes, 'PK\x05\x06')) return 'zip';
  if (startsWith(bytes, '\xfd7zXZ\0')) return 'xz';
  const compression = compressionOf(bytes);
  if (compression !== 'none') return compression;
  if (startsWith(bytes, 'ustar', 257)) return 'tar';
  if (isPyc(bytes)) return 'pyc';
  return textOf(bytes) === undefined ? 'bytes' : 'text';
}
