import { isVersion } from './compare-versions.js';
import type { Package } from './package.js';
import { isPackageName, parseDependencies, parseRelations } from './relation.js';

/** A package that is installed, as dpkg's own database tells of it. */
export type InstalledPackage = Pick<
  Package,
  'name' | 'version' | 'architecture' | 'multiArch' | 'depends' | 'preDepends' | 'provides'
>;

/** dpkg-query(1): the states in which all files of a package are there. */
const IS_THERE = / (?:installed|triggers-awaited|triggers-pending)$/;
const MULTI_ARCH: readonly string[] = ['same', 'foreign', 'allowed'];

/** What of a stanza counts, by lower-case name; a value that goes on over further lines is none of these. */
function fieldsOf(stanza: string): ReadonlyMap<string, string> {
  const fields = stanza.matchAll(/^([A-Za-z-]+):[ \t]*(.*(?:\n[ \t].*)*)/gm);
  return new Map([...fields].map(([, name, value]) => [name!.toLowerCase(), value!.trim()]));
}

function installedPackage(stanza: string): InstalledPackage | undefined {
  const fields = fieldsOf(stanza);
  const get = (name: string): string => fields.get(name) ?? '';
  const [name, version] = [get('package'), get('version')];
  if (!IS_THERE.test(get('status')) || !isPackageName(name) || !isVersion(version)) return undefined;
  const multiArch = get('multi-arch');
  const of = (field: string): string => `${field} of ${name} ${version}`;
  return {
    name,
    version,
    architecture: get('architecture'),
    multiArch: MULTI_ARCH.includes(multiArch) ? (multiArch as Package['multiArch']) : 'no',
    get depends() {
      return parseDependencies(get('depends'), of('depends'));
    },
    get preDepends() {
      return parseDependencies(get('pre-depends'), of('pre-depends'));
    },
    get provides() {
      return parseRelations(get('provides'), of('provides'));
    },
  };
}

/**
 * The packages that a machine has, from the text of dpkg's status file; those of which only a part is there are left out.
 * Relations are parsed when they are asked for, and then `release-invalid` is thrown if they are none.
 */
export function parseStatus(text: string): readonly InstalledPackage[] {
  return text.split(/\n{2,}/).flatMap((stanza) => installedPackage(stanza) ?? []);
}
