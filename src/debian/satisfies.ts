import type { Package } from './package.js';
import { isWantedVersion, type Relation } from './relation.js';

/** What of a package decides which relations it satisfies. */
type Offered = Pick<Package, 'name' | 'version' | 'architecture' | 'multiArch' | 'provides'>;

/**
 * deb-control(5): `NAME:any` accepts a package that is `Multi-Arch: allowed`; `:native` and the name of an architecture ask for that
 * one, which packages for all architectures are of as well.
 */
function isQualified({ multiArch, architecture }: Offered, qualifier: string | undefined): boolean {
  if (qualifier === undefined || qualifier === 'native') return true;
  if (qualifier === 'any') return multiArch === 'allowed';
  return architecture === qualifier || architecture === 'all';
}

/** The names that a package can be asked for by: its own, then those that it provides. */
export function namesOf(item: Package): readonly string[] {
  return item.provides.length === 0 ? [item.name] : [...new Set([item.name, ...item.provides.map(({ name }) => name)])];
}

/**
 * True where a package is what a relation names: itself, or by what it provides. A relation with a version accepts only what
 * is provided with one (Debian policy, section 7.5).
 */
export function satisfies(item: Offered, relation: Relation): boolean {
  if (!isQualified(item, relation.qualifier)) return false;
  if (item.name === relation.name && isWantedVersion(relation, item.version)) return true;
  return item.provides.some(({ name, wanted }) => name === relation.name && isWantedVersion(relation, wanted?.version));
}
