import { fail } from '../errors/index.js';
import { decodeUtf8 } from '../util/index.js';
import type { Json } from './canonical-json.js';

const MAX_DEPTH = 64;

const refuse = (document: string, problem: string): Error =>
  fail('image-invalid', { message: `${document} is not valid: ${problem}` });

/** Index of the quote that ends the string which begins at `start`; the length of the text where none does. */
function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '"') return i;
  }
  return text.length;
}

function addKey(keys: Set<string>, literal: string, document: string): void {
  const key = JSON.parse(literal) as string;
  if (key === '__proto__') throw refuse(document, 'it has a member "__proto__"');
  if (keys.has(key)) throw refuse(document, `it has the member ${JSON.stringify(key)} twice`);
  keys.add(key);
}

/** Refuses what `JSON.parse` lets pass: members of one name, of which each parser keeps another, and deep nesting. */
function checkStructure(text: string, document: string): void {
  const open: (Set<string> | undefined)[] = [];
  let isKeyNext = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '"') {
      const end = endOfString(text, i);
      const keys = open.at(-1);
      if (isKeyNext && keys !== undefined) addKey(keys, text.slice(i, end + 1), document);
      isKeyNext = false;
      i = end;
    } else if (character === '{' || character === '[') {
      open.push(character === '{' ? new Set() : undefined);
      isKeyNext = character === '{';
      if (open.length > MAX_DEPTH) throw refuse(document, `it is nested deeper than ${MAX_DEPTH} levels`);
    } else if (character === '}' || character === ']') {
      open.pop();
      isKeyNext = false;
    } else if (character === ',') isKeyNext = open.at(-1) !== undefined;
  }
}

function checkNumbers(value: Json, document: string): void {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) {
    throw refuse(document, `it holds the number ${value}, which is not an integer of at most 53 bits`);
  }
  if (typeof value !== 'object' || value === null) return;
  for (const item of Object.values(value)) checkNumbers(item as Json, document);
}

/**
 * JSON that every parser reads alike: UTF-8 without a byte order mark, no member twice in an object (RFC 7493,
 * "I-JSON"), none called `__proto__`, numbers only as safe integers, at most 64 levels.
 *
 * @param document how messages call the text: `Manifest sha256:…`
 * @throws TbuildError `image-invalid`
 */
export function parseStrictJson(bytes: Uint8Array, document: string): Json {
  const text = decodeUtf8(bytes);
  if (text === undefined) throw refuse(document, 'it is not UTF-8 text');
  try {
    checkStructure(text, document);
    const value = JSON.parse(text) as Json;
    checkNumbers(value, document);
    return value;
  } catch (error) {
    if (error instanceof SyntaxError) throw refuse(document, 'it is not JSON');
    throw error;
  }
}
