import { fail } from '../errors/index.js';
import type { FetchContent } from '../manifest/index.js';
import { redactUrl } from '../network/index.js';
import { problemOfName } from './host-name.js';

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

function problemOf(name: string | undefined): string | undefined {
  if (name === undefined) return 'is not UTF-8';
  if (name === '') return 'is empty';
  if (name === '.' || name === '..') return 'is that of a directory';
  if (name.includes('/')) return 'holds a slash';
  return problemOfName(name);
}

/**
 * The name that a fetched file has below a directory: the last piece of the path of its first URL, decoded.
 * @throws TbuildError `input-name`
 */
export function fetchName({ urls }: Pick<FetchContent, 'urls'>): string {
  const { url, at } = urls[0]!;
  const name = decoded(url.pathname.slice(url.pathname.lastIndexOf('/') + 1));
  const problem = problemOf(name);
  if (problem === undefined) return name!;
  throw fail('input-name', {
    message: `The name at the end of ${redactUrl(url)} ${problem}`,
    hint: 'Give the whole path of the file in the image: "to: /path/name", without a slash at its end.',
    at,
  });
}
