import { decodeUtf8 } from '../util/index.js';
import type { Refuse } from './refusal.js';
import { MAX_NAME_BYTES, MAX_PATH_BYTES } from './tar-member.js';

/** The text of a name or target. Refuses what is empty, too long, not UTF-8 or holds NUL. `what`: `name`, `link target`. */
export function decodeName(bytes: Uint8Array, what: string, refuse: Refuse): string {
  if (bytes.length === 0) throw refuse(`has an empty ${what}`);
  if (bytes.length > MAX_PATH_BYTES) {
    throw refuse(`has a ${what} of ${bytes.length} bytes; at most ${MAX_PATH_BYTES} are allowed`, 'archive-limit');
  }
  if (bytes.includes(0)) throw refuse(`has a ${what} with a NUL byte`);
  const text = decodeUtf8(bytes);
  if (text === undefined) throw refuse(`has a ${what} that is not UTF-8`);
  return text;
}

/**
 * The path that a name stands for: `./a//b/` is `a/b`, `./` is the root and gives `''`. Refuses absolute names and
 * any `..`, which would leave the archive or depend on symlinks.
 */
export function normalisePath(text: string, what: string, refuse: Refuse): string {
  if (text.startsWith('/')) throw refuse(`has an absolute ${what} ${JSON.stringify(text)}`);
  const names = text.split('/').filter((name) => name !== '' && name !== '.');
  for (const name of names) {
    if (name === '..') throw refuse(`has a ${what} with ".." in it: ${JSON.stringify(text)}`);
    if (name.length * 3 > MAX_NAME_BYTES && Buffer.byteLength(name) > MAX_NAME_BYTES) {
      throw refuse(`has a ${what} with a part of more than ${MAX_NAME_BYTES} bytes`, 'archive-limit');
    }
  }
  return names.join('/');
}
