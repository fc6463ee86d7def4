import type { Digest } from '../../oci/index.js';
import type { Entry, FileEntry } from '../../tree/index.js';
import { collect, compareUtf8, decodeUtf8 } from '../../util/index.js';
import type { DebianPackage } from './debian-package.js';

const LIMIT_BYTES = 64 * 1024 * 1024;

/** Of the files of a package that are there, by path: deb-md5sums(5). A name with a line end has no line. */
export function md5sumsOf({ tree, md5OfFiles }: DebianPackage, files: readonly FileEntry[]): Map<string, string> {
  const md5s = new Map<Digest, string>();
  for (const entry of tree.entries) {
    const md5 = entry.kind === 'file' ? md5OfFiles.get(entry.path) : undefined;
    if (entry.kind === 'file' && md5 !== undefined) md5s.set(entry.digest, md5);
  }
  const lines = files.flatMap(({ digest, path }): [string, string][] => {
    const md5 = md5s.get(digest);
    return md5 === undefined || path.includes('\n') ? [] : [[path, md5]];
  });
  return new Map(lines);
}

export function renderMd5sums(sums: ReadonlyMap<string, string>): string {
  return [...sums]
    .sort(([a], [b]) => compareUtf8(a, b))
    .map(([path, md5]) => `${md5}  ${path}\n`)
    .join('');
}

/** What such a file in the image says; nothing where it is none. */
export async function readMd5sums(entry: Entry | undefined): Promise<ReadonlyMap<string, string>> {
  if (entry?.kind !== 'file' || entry.size > LIMIT_BYTES) return new Map();
  const text = decodeUtf8(await collect(entry.open(), LIMIT_BYTES)) ?? '';
  return new Map([...text.matchAll(/^([0-9a-f]{32}) {2}(.+)$/gm)].map(([, md5 = '', path = '']) => [path, md5]));
}
