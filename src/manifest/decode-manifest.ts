import { fail } from '../errors/index.js';
import { decodeUtf8 } from '../util/index.js';
import { type ManifestOrigin, ManifestText } from './manifest-text.js';

const LIMIT_BYTES = 1024 * 1024;

/** Byte order marks and beginnings that only another encoding has; UTF-32 comes first, as its mark begins like UTF-16's. */
const OTHER_ENCODINGS: readonly (readonly [name: string, beginning: readonly number[]])[] = [
  ['UTF-32', [0xff, 0xfe, 0, 0]],
  ['UTF-32', [0, 0, 0xfe, 0xff]],
  ['UTF-16', [0xff, 0xfe]],
  ['UTF-16', [0xfe, 0xff]],
];

function otherEncoding(bytes: Uint8Array): string | undefined {
  const marked = OTHER_ENCODINGS.find(([, beginning]) => beginning.every((byte, index) => bytes[index] === byte));
  if (marked !== undefined) return marked[0];
  // Without a mark, the first character is ASCII and has a zero byte beside it.
  return bytes.length >= 2 && (bytes[0] === 0) !== (bytes[1] === 0) ? 'UTF-16' : undefined;
}

/** Number of bytes before the first that no UTF-8 text has there. */
function validLength(bytes: Uint8Array): number {
  const decodes = (length: number): boolean => {
    try {
      new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(0, length), { stream: true });
      return true;
    } catch {
      return false;
    }
  };
  let low = 0;
  let high = bytes.length;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (decodes(middle)) low = middle;
    else high = middle - 1;
  }
  // The bytes of a character that breaks off do decode as the beginning of a stream.
  for (let back = 0; back < 3 && low > 0 && decodeUtf8(bytes.subarray(0, low)) === undefined; back++) low--;
  return low;
}

/** What YAML allows in its text (YAML 1.2.2, 5.1 "Character Set"), without a carriage return that ends no line. */
const NOT_PRINTABLE = /[^\t\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** The same text, whatever editor wrote it: no byte order mark, and LF at the end of lines. */
function normalise(text: string): string {
  return text.replace(/^\ufeff/, '').replaceAll('\r\n', '\n');
}

function notUtf8(origin: ManifestOrigin, bytes: Uint8Array): Error {
  const { file } = origin;
  const other = otherEncoding(bytes);
  if (other !== undefined) {
    return fail('manifest-encoding', {
      message: `${JSON.stringify(file)} is ${other} text`,
      hint: `Save it as UTF-8 instead of ${other}.`,
      at: { file, line: 1, column: 1, length: 1 },
    });
  }
  const length = validLength(bytes);
  const before = normalise(decodeUtf8(bytes.subarray(0, length))!);
  const shown = new ManifestText(origin, `${before}\ufffd`);
  const byte = bytes[length]!.toString(16).padStart(2, '0');
  return fail('manifest-encoding', {
    message: `${JSON.stringify(file)} is not UTF-8 text: byte ${length} is 0x${byte}`,
    hint: 'Save it as UTF-8.',
    at: shown.spanOf([before.length, before.length + 1]),
  });
}

function notPrintable(source: ManifestText, offset: number): Error {
  const character = source.text.codePointAt(offset)!;
  const name = `U+${character.toString(16).toUpperCase().padStart(4, '0')}`;
  const at = source.spanOf([offset, offset + 1]);
  if (character === 0) {
    return fail('manifest-encoding', { message: `${JSON.stringify(source.file)} holds a NUL character`, at });
  }
  const message =
    character === 0x0d
      ? 'A carriage return stands without a line feed, which parsers of YAML read differently'
      : `The character ${name} is not allowed in YAML`;
  const hint = character === 0x0d ? 'End lines with LF, or with CR LF.' : 'Write it as an escape in double quotes.';
  return fail('yaml-syntax', { message, hint, at });
}

/**
 * Bytes of a file → its text. A UTF-8 byte order mark and CR LF are accepted and make no difference.
 * @throws TbuildError `manifest-too-large`, `manifest-encoding`, `yaml-syntax`
 */
export function decodeManifest(bytes: Uint8Array, origin: ManifestOrigin): ManifestText {
  if (bytes.length > LIMIT_BYTES) {
    throw fail('manifest-too-large', { message: `${JSON.stringify(origin.file)} is larger than 1 MiB` });
  }
  const text = decodeUtf8(bytes);
  if (text === undefined || otherEncoding(bytes) !== undefined) throw notUtf8(origin, bytes);
  const source = new ManifestText(origin, normalise(text));
  const bad = source.text.search(NOT_PRINTABLE);
  if (bad >= 0) throw notPrintable(source, bad);
  return source;
}
