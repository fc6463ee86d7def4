import { fail } from '../errors/index.js';
import { compareVersions, isVersion } from './compare-versions.js';

export type VersionOperator = '<<' | '<=' | '=' | '>=' | '>>';

/** One package of a relation: `libc6 (>= 2.36)`, `python3:any`. */
export interface Relation {
  readonly name: string;
  /** `any`, `native` or the name of an architecture. */
  readonly qualifier?: string | undefined;
  readonly wanted?: { readonly operator: VersionOperator; readonly version: string } | undefined;
}

/** Alternatives, of which one is enough; mostly a single one. */
export type Dependency = readonly Relation[];

/** Debian policy, sections 5.6.1 and 7.1; deb-control(5) has the qualifier. */
const PACKAGE_NAME = /^[a-z0-9][a-z0-9+.-]{1,127}$/;
const RELATION = /^([^\s:()[\]<>,|]+)(?::([a-z0-9-]+))?(?:\s*\(\s*(<<|<=|=|>=|>>|<|>)\s*([^\s()]+)\s*\))?$/;

export function isPackageName(text: string): boolean {
  return PACKAGE_NAME.test(text);
}

/** `<` and `>` are old forms of `<=` and `>=` (deb-control(5)). */
function operatorOf(text: string): VersionOperator {
  if (text === '<') return '<=';
  return text === '>' ? '>=' : (text as VersionOperator);
}

function parseRelation(text: string, what: string): Relation {
  const [, name, qualifier, operator, version] = RELATION.exec(text.trim()) ?? [];
  if (name === undefined || !isPackageName(name) || (version !== undefined && !isVersion(version))) {
    const message = `${what}: ${JSON.stringify(text.trim().slice(0, 100))} names no package`;
    throw fail('release-invalid', {
      message,
      hint: 'A relation is written NAME, NAME:ARCHITECTURE or NAME (>= VERSION).',
    });
  }
  const wanted = version === undefined ? undefined : { operator: operatorOf(operator!), version };
  return { name, qualifier, wanted };
}

/**
 * A field with relations: parted by commas, alternatives by bars.
 *
 * @param what for messages: `Depends of nginx 1.22.1-9`
 * @throws TbuildError `release-invalid`
 */
export function parseDependencies(text: string, what: string): readonly Dependency[] {
  return text
    .split(',')
    .filter((part) => part.trim() !== '')
    .map((part) => part.split('|').map((alternative) => parseRelation(alternative, what)));
}

/** A field whose relations have no alternatives: Conflicts, Breaks, Provides, Replaces. */
export function parseRelations(text: string, what: string): readonly Relation[] {
  return parseDependencies(text, what).map((alternatives) => {
    if (alternatives.length === 1) return alternatives[0]!;
    throw fail('release-invalid', { message: `${what}: there are alternatives, where there may be none` });
  });
}

const HOLDS: Readonly<Record<VersionOperator, (order: number) => boolean>> = {
  '<<': (order) => order < 0,
  '<=': (order) => order <= 0,
  '=': (order) => order === 0,
  '>=': (order) => order >= 0,
  '>>': (order) => order > 0,
};

/** True where a version is one that the relation wants; undefined, as of a `Provides` without one, is wanted only where any is. */
export function isWantedVersion({ wanted }: Relation, version: string | undefined): boolean {
  if (wanted === undefined) return true;
  return version !== undefined && HOLDS[wanted.operator](compareVersions(version, wanted.version));
}

/** As it is written in control files: `libc6 (>= 2.36)`. */
export function renderRelation({ name, qualifier, wanted }: Relation): string {
  const version = wanted === undefined ? '' : ` (${wanted.operator} ${wanted.version})`;
  return `${name}${qualifier === undefined ? '' : `:${qualifier}`}${version}`;
}

export function renderDependency(dependency: Dependency): string {
  return dependency.map(renderRelation).join(' | ');
}
