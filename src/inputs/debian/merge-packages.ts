import { posix } from 'node:path';
import { fail, TbuildError } from '../../errors/index.js';
import { assembleLayer, type DirectoryEntry, type Entry, type FileTree, treeOf } from '../../tree/index.js';
import type { DebianPackage } from './debian-package.js';
import { settleOwners } from './settle-owners.js';
import { planUsrMerge, type UsrMerge } from './usr-merge.js';

/** A symlink to where it is itself once /usr is merged: `/usr/bin/which -> /bin/which`. The file behind it takes its place. */
function leadsToItself(entry: Entry, { placeOf }: UsrMerge): boolean {
  if (entry.kind !== 'symlink') return false;
  const target = posix.resolve('/', posix.dirname(entry.path), entry.target).slice(1);
  return target !== entry.path && placeOf(target) === placeOf(entry.path);
}

function isPlain({ mode, uid, gid, xattrs }: DirectoryEntry): boolean {
  return mode === 0o755 && uid === 0 && gid === 0 && (xattrs?.size ?? 0) === 0;
}

/**
 * Many packages ship the directories above their files with no metadata of interest; the one that means something by a
 * mode or owner has it (`/tmp` of base-files). Two that mean different things are a clash.
 */
function claimed(entry: Entry): Entry {
  return entry.kind === 'directory' ? { ...entry, claim: isPlain(entry) ? 'implied' : 'walked' } : entry;
}

/** As `dpkg`, which leaves directories that exist as they are. */
function settled(entry: Entry): Entry {
  return entry.kind === 'directory' && entry.origin.kind !== 'parent' ? { ...entry, claim: 'walked' } : entry;
}

function explained(error: unknown): unknown {
  if (!(error instanceof TbuildError)) return error;
  const { code, message, at, details } = error;
  const hint = 'Leave one of the packages out: exclude: [NAME].';
  return fail(code, { message, hint, at, details, cause: error });
}

function assemble(trees: readonly FileTree[], { present }: UsrMerge): FileTree {
  try {
    return assembleLayer(
      present,
      trees.map((tree) => ({ tree, replace: false })),
    ).tree;
  } catch (error) {
    throw explained(error);
  }
}

/**
 * The files of all packages in one tree, with /usr merged. Equal files merge, and where one package replaces files of
 * another (Policy 7.6), it wins. Directories that are symlinks in one package and directories in another lead to one
 * place, as with dpkg. Diversions are not known: scripts would make them.
 *
 * @param below what the image has already
 * @throws TbuildError `path-clash`, `path-conflict`, naming both packages
 */
export function mergePackages(packages: readonly DebianPackage[], below: FileTree): FileTree {
  const first = packages[0];
  if (first === undefined) return treeOf([]);
  const { at } = first.origin;
  const trees = packages.map(({ tree }) => tree);
  const origin = { kind: 'debian', label: 'the merged /usr of the packages', ...(at === undefined ? {} : { at }) };
  const merge = planUsrMerge(below, trees, origin);
  const isKept = settleOwners(packages, { placeOf: merge.placeOf, yields: (entry) => leadsToItself(entry, merge) });
  const kept = trees.map((tree) => tree.entries.filter((entry) => entry.kind === 'directory' || isKept(entry)));
  // Symlinks first: a directory of one package may be a symlink of another.
  const symlinks = treeOf(kept.flat().filter(({ kind }) => kind === 'symlink'));
  const others = kept.map((entries) => treeOf(entries.filter(({ kind }) => kind !== 'symlink').map(claimed)));
  return treeOf(assemble([merge.missing, symlinks, ...others], merge).entries.map(settled));
}
