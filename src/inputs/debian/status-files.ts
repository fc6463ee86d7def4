import { fail } from '../../errors/index.js';
import { digestOf } from '../../oci/index.js';
import { type Entry, type FileEntry, type FileTree, treeOf } from '../../tree/index.js';
import type { DebianPackage } from './debian-package.js';
import { md5sumsOf, readMd5sums, renderMd5sums } from './md5sums.js';

/** Where Distroless keeps what is installed, one file for each package, for the sake of scanners; dpkg itself does not look there. */
const STATUS_DIRECTORY = 'var/lib/dpkg/status.d';

/** True for the lists that several contents may add to, each to what those before it have. */
export function isMd5sums({ path }: Entry): boolean {
  return path.startsWith(`${STATUS_DIRECTORY}/`) && path.endsWith('.md5sums');
}

function fileOf(name: string, text: string, { origin }: DebianPackage): FileEntry {
  const bytes = Buffer.from(text);
  return {
    kind: 'file',
    path: `${STATUS_DIRECTORY}/${name}`,
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: bytes.length,
    digest: digestOf(bytes),
    open: () => [bytes],
    origin,
  };
}

/** Of the very same package, from a lower layer or another content of this one. */
async function md5sumsBelow(below: FileTree, status: FileEntry): Promise<ReadonlyMap<string, string>> {
  const there = below.get(status.path);
  const isSame = there?.kind === 'file' && there.digest === status.digest;
  return isSame ? readMd5sums(below.get(`${status.path}.md5sums`)) : new Map();
}

function groupByPackage(tree: FileTree): ReadonlyMap<string, readonly Entry[]> {
  const groups = new Map<string, Entry[]>();
  for (const entry of tree.entries) {
    const name = entry.origin.package?.name;
    if (name === undefined || entry.kind === 'directory') continue;
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [entry]);
    else group.push(entry);
  }
  return groups;
}

function checkFree(tree: FileTree, { path, origin }: FileEntry): void {
  const there = tree.get(path);
  if (there === undefined) return;
  const message = `${there.origin.label} brings ${JSON.stringify(`/${path}`)}, which is the place for what is known of ${origin.label}`;
  throw fail('path-clash', { message, at: origin.at });
}

export interface StatusOptions {
  /** What the image has already: other files of the same packages, perhaps. */
  readonly below: FileTree;
  /** Leaves out packages that give no file to the tree. */
  readonly onlyUsed: boolean;
}

/**
 * Adds for each package its control file, `NAME`, and the MD5 sums of its files that are there, `NAME.md5sums`.
 *
 * @param tree files of the packages
 * @throws TbuildError `path-clash` where a package brings a file of that name itself
 */
export async function addStatusFiles(
  tree: FileTree,
  packages: readonly DebianPackage[],
  { below, onlyUsed }: StatusOptions,
): Promise<FileTree> {
  const groups = groupByPackage(tree);
  const added: FileEntry[] = [];
  for (const each of packages) {
    const { name } = each.package;
    const group = groups.get(name);
    if (onlyUsed && group === undefined) continue;
    const status = fileOf(name, each.controlText, each);
    const files = group?.filter((entry) => entry.kind === 'file') ?? [];
    const sums = new Map([...(await md5sumsBelow(below, status)), ...md5sumsOf(each, files)]);
    added.push(status, ...(sums.size === 0 ? [] : [fileOf(`${name}.md5sums`, renderMd5sums(sums), each)]));
  }
  for (const entry of added) checkFree(tree, entry);
  return treeOf([...tree.entries, ...added]);
}
