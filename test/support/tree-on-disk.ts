import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from 'node:fs';
import { join } from 'node:path';

function kindOf(stat: Stats): string {
  if (stat.isFile()) return 'file';
  if (stat.isDirectory()) return 'directory';
  return stat.isSymbolicLink() ? 'symlink' : stat.isFIFO() ? 'fifo' : 'other';
}

/** Paths of all below a directory. Node's own way goes through symlinks. */
function* pathsIn(root: string, below = ''): Generator<string> {
  for (const entry of readdirSync(join(root, below), { withFileTypes: true })) {
    const path = join(below, entry.name);
    yield path;
    if (entry.isDirectory()) yield* pathsIn(root, path);
  }
}

/** What is below a directory, one line each as `linesOfListing` has them, sorted. */
export function linesOnDisk(root: string): readonly string[] {
  return [...pathsIn(root)]
    .map((path) => {
      const absolute = join(root, path);
      const stat = lstatSync(absolute);
      const kind = kindOf(stat);
      const mode = kind === 'symlink' ? '-' : (stat.mode & 0o7777).toString(8).padStart(4, '0');
      const content = kind === 'file' ? createHash('sha256').update(readFileSync(absolute)).digest('hex') : '';
      const target = kind === 'symlink' ? readlinkSync(absolute) : '';
      return `/${path} ${kind} ${mode} ${stat.uid}:${stat.gid} ${content}${target}`;
    })
    .sort();
}

/** The same lines for what `tbuild files --json` prints. */
export function linesOfListing(json: string): readonly string[] {
  // biome-ignore lint/suspicious/noExplicitAny: JSON for people's programs is looked at as it is
  const entries: any[] = JSON.parse(json).entries;
  return entries
    .map(({ path, kind, mode, uid, gid, digest = '', target = '' }) => {
      const shown = kind === 'symlink' ? '-' : mode;
      return `${path} ${kind} ${shown} ${uid}:${gid} ${digest.replace('sha256:', '')}${target}`;
    })
    .sort();
}
