import { isWantedVersion, type Package } from '../../debian/index.js';
import { type FileTree, type Origin, treeOf } from '../../tree/index.js';
import type { PackageFacts } from './unpack-package.js';

/** A package with its files. */
export interface DebianPackage extends PackageFacts {
  readonly package: Package;
  /** Paths as the package has them. */
  readonly tree: FileTree;
  /** Of every entry, besides its path in the package. */
  readonly origin: Origin;
}

/** `package libc6 2.36-9`. */
export function labelOf({ name, version }: Pick<Package, 'name' | 'version'>): string {
  return `package ${name} ${version}`;
}

/** The package with every entry told where it comes from, and why it is there where nobody asked for it. */
export function withOrigin(read: DebianPackage, why: readonly string[] | undefined): DebianPackage {
  const origin = why === undefined || why.length < 2 ? read.origin : { ...read.origin, why: why.join(' → ') };
  const entries = read.tree.entries.map((entry) => ({ ...entry, origin: { ...origin, source: entry.path } }));
  return { ...read, tree: treeOf(entries), origin };
}

/** True where one package replaces files of the other (Policy 7.6). */
export function isReplacing(one: Package, other: Package): boolean {
  return one.replaces.some((relation) => relation.name === other.name && isWantedVersion(relation, other.version));
}
