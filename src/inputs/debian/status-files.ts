import { fail } from '../../errors/index.js';
import { type Digest, digestOf } from '../../oci/index.js';
import { type Entry, type FileEntry, type FileTree, treeOf } from '../../tree/index.js';
import type { DebianPackage } from './debian-package.js';

/** Where Distroless keeps what is installed, one file for each package, for the sake of scanners; dpkg itself does not look there. */
const STATUS_DIRECTORY = 'var/lib/dpkg/status.d';

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

/** deb-md5sums(5), for the files of the package that are in the tree, where they are there. */
function renderMd5sums({ tree, md5OfFiles }: DebianPackage, files: readonly FileEntry[]): string {
  const md5s = new Map<Digest, string>();
  for (const entry of tree.entries) {
    const md5 = entry.kind === 'file' ? md5OfFiles.get(entry.path) : undefined;
    if (entry.kind === 'file' && md5 !== undefined) md5s.set(entry.digest, md5);
  }
  return files.map(({ digest, path }) => `${md5s.get(digest)}  ${path}\n`).join('');
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

/**
 * Adds for each package its control file, `NAME`, and MD5 sums of its files that are there, `NAME.md5sums`.
 *
 * @param tree files of the packages
 * @param onlyUsed leaves out packages that give no file to the tree
 * @throws TbuildError `path-clash` where a package brings a file of that name itself
 */
export function addStatusFiles(tree: FileTree, packages: readonly DebianPackage[], onlyUsed: boolean): FileTree {
  const groups = groupByPackage(tree);
  const added = packages.flatMap((each): FileEntry[] => {
    const group = groups.get(each.package.name);
    if (onlyUsed && group === undefined) return [];
    const files = group?.filter((entry) => entry.kind === 'file') ?? [];
    const status = fileOf(each.package.name, each.controlText, each);
    return files.length === 0
      ? [status]
      : [status, fileOf(`${each.package.name}.md5sums`, renderMd5sums(each, files), each)];
  });
  for (const { path, origin } of added) {
    const there = tree.get(path);
    if (there === undefined) continue;
    const message = `${there.origin.label} brings ${JSON.stringify(`/${path}`)}, which is the place for what is known of ${origin.label}`;
    throw fail('path-clash', { message, at: origin.at });
  }
  return treeOf([...tree.entries, ...added]);
}
