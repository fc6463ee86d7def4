import type { FileEntry, FileTree } from '../tree/index.js';
import { collect } from '../util/index.js';
import type { Packages } from './difference.js';

const STATUS = 'var/lib/dpkg/status';
/** Where Distroless keeps a file for each package. */
const STATUS_DIRECTORY = 'var/lib/dpkg/status.d/';
const STATUS_BYTES_MAX = 64 * 1024 * 1024;

/** Name and version of what is installed in a status file of dpkg, read as dpkg does: what is wrong in it is passed over. */
function* packagesIn(text: string): Generator<readonly [string, string]> {
  for (const stanza of text.split(/\n\s*\n/)) {
    const field = (name: string): string | undefined =>
      new RegExp(`^${name}:[ \\t]*(\\S[^\\n]*)$`, 'im').exec(stanza)?.[1]?.trimEnd();
    const [name, version, status] = [field('Package'), field('Version'), field('Status')];
    if (name !== undefined && version !== undefined && (status?.endsWith(' installed') ?? true)) yield [name, version];
  }
}

function statusFiles(tree: FileTree): readonly FileEntry[] {
  return tree.entries.filter((entry): entry is FileEntry => {
    if (entry.kind !== 'file' || entry.size > STATUS_BYTES_MAX) return false;
    return entry.path === STATUS || (entry.path.startsWith(STATUS_DIRECTORY) && !entry.path.endsWith('.md5sums'));
  });
}

/**
 * The Debian packages in an image; undefined where it has no status file of dpkg.
 *
 * @param tree all layers on top of each other, with files that can be opened
 * Errors: those of opening a file.
 */
export async function readPackages(tree: FileTree): Promise<Packages | undefined> {
  const files = statusFiles(tree);
  if (files.length === 0) return undefined;
  const packages = new Map<string, string>();
  for (const file of files) {
    const text = Buffer.from(await collect(file.open(), STATUS_BYTES_MAX)).toString('utf8');
    for (const [name, version] of packagesIn(text)) packages.set(name, version);
  }
  return packages;
}
