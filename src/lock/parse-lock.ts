import { fail, SourceText, type TextRange } from '../errors/index.js';
import type { Json } from '../oci/index.js';
import { decodeUtf8 } from '../util/index.js';
import type { ImageLock } from './image-lock.js';
import { JsonCursor } from './json-cursor.js';
import { lockShape } from './lock-shape.js';

export const LOCK_LIMIT_BYTES = 16 * 1024 * 1024;

/** What git and others write into a file that they cannot merge; in JSON no line can begin so. */
const CONFLICT = /^(?:<{7}|={7}|>{7}|\|{7}).*/m;

/** The numbers in a lock that this tbuild knows, and how an error calls another one. */
const NUMBERS = [
  { name: 'version', known: 1, is: 'of version', knows: 'reads version' },
  { name: 'format', known: 1, is: 'for byte format', knows: 'makes format' },
] as const;

type Place = Readonly<Record<string, { readonly value: Json; readonly range: TextRange } | undefined>>;

function refuseConflict(source: SourceText): void {
  const marker = CONFLICT.exec(source.text);
  if (marker === null) return;
  const file = JSON.stringify(source.file);
  const range = [marker.index, marker.index + marker[0].length] as const;
  throw fail('lock-invalid', {
    message: `${file} holds a merge that is not resolved`,
    hint: `Take one side whole, for example with git checkout --ours ${file}, then run "tbuild lock": it adds what is missing there.`,
    at: source.spanOf(range),
  });
}

/** True for JSON with the numbers that are known, as it mostly is: a quick look. */
function isFamiliar(text: string): boolean {
  try {
    const lock = JSON.parse(text) as Partial<ImageLock> | null;
    return NUMBERS.every(({ name, known }) => lock?.[name] === known);
  } catch {
    return false;
  }
}

/** Reads the text to its end, so that what is no JSON at all is said first. */
function readNumbers(cursor: JsonCursor): Place {
  const found: { [name: string]: Place[string] } = {};
  cursor.members((key) => {
    const member = cursor.ranged(() => cursor.json());
    if (NUMBERS.some(({ name }) => name === key)) found[key] = member;
  });
  cursor.end();
  return found;
}

/** A lock of another tbuild is not damaged, and has other members. */
function refuseNewer(source: SourceText, found: Place): void {
  for (const { name, known, is, knows } of NUMBERS) {
    const { value, range } = found[name] ?? {};
    if (typeof value !== 'number' || value <= known || range === undefined) continue;
    throw fail('lock-invalid', {
      message: `${JSON.stringify(source.file)} is ${is} ${value}, and this tbuild ${knows} ${known}`,
      hint: 'A newer tbuild wrote it: use that one.',
      at: source.spanOf(range),
      details: { member: name, found: value, known },
    });
  }
}

function textOf(bytes: Uint8Array, file: string): string {
  const refuse = (problem: string) => fail('lock-invalid', { message: `${JSON.stringify(file)} ${problem}` });
  if (bytes.length > LOCK_LIMIT_BYTES) {
    throw refuse(`has ${bytes.length} bytes, the limit is ${LOCK_LIMIT_BYTES}`);
  }
  const text = decodeUtf8(bytes);
  if (text === undefined) throw refuse('is not UTF-8 text');
  return text.replaceAll('\r\n', '\n');
}

/**
 * The lock in these bytes. Maps in it have no prototype.
 *
 * @param origin the file as the user would name it
 * @throws TbuildError `lock-invalid`, with the place
 */
export function parseLock(bytes: Uint8Array, { file }: { readonly file: string }): ImageLock {
  const source = new SourceText(file, textOf(bytes, file));
  refuseConflict(source);
  if (!isFamiliar(source.text)) refuseNewer(source, readNumbers(new JsonCursor(source)));
  return lockShape(new JsonCursor(source));
}
