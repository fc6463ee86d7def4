import { dirname, resolve } from 'node:path';
import type { Files } from './files.js';

const LINKS_MAX = 40;

/** Where a write to the path goes: the end of the links, also where nothing is there yet. Throws errno errors. */
export function endOfLinks(files: Files, path: string): string {
  let at = path;
  for (let links = 0; links < LINKS_MAX && files.lstat(at)?.kind === 'symlink'; links++) {
    at = resolve(dirname(at), Buffer.from(files.readLink(at)).toString());
  }
  return at;
}
