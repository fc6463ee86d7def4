import { type ErrorCode, fail } from '../errors/index.js';
import type { Digest } from '../oci/index.js';
import { isVersion } from './compare-versions.js';
import type { Stanza } from './control.js';
import { type Dependency, isPackageName, parseDependencies, parseRelations, type Relation } from './relation.js';

export type MultiArch = 'no' | 'same' | 'foreign' | 'allowed';

/** A binary package of an archive. Relations are parsed when they are asked for, and then `release-invalid` is thrown if they are none. */
export interface Package {
  readonly name: string;
  readonly version: string;
  /** `amd64`, or `all`. */
  readonly architecture: string;
  readonly multiArch: MultiArch;
  readonly isEssential: boolean;
  /** `required`, `important`, `standard`, `optional`, `extra`; empty where it has none. */
  readonly priority: string;
  /** Name of the source package. */
  readonly source: string;
  readonly depends: readonly Dependency[];
  readonly preDepends: readonly Dependency[];
  readonly recommends: readonly Dependency[];
  readonly conflicts: readonly Relation[];
  readonly breaks: readonly Relation[];
  readonly provides: readonly Relation[];
  readonly replaces: readonly Relation[];
  /** Relative to the archive: `pool/main/n/nginx/nginx_1.22.1-9_amd64.deb`. */
  readonly path: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  /** Of the archive, as it was asked for. */
  readonly suite?: string | undefined;
  /** False where its archive is only for those who ask for it, as backports are; true if undefined. */
  readonly isAutomatic?: boolean | undefined;
}

/** Where a package is found, which its own control file does not say. */
export type PackagePlace = Pick<Package, 'path' | 'digest' | 'size' | 'suite' | 'isAutomatic'>;

/** The fields that a package is made of, by lower-case name. */
export const PACKAGE_FIELDS = [
  'package',
  'version',
  'architecture',
  'multi-arch',
  'essential',
  'priority',
  'source',
  'depends',
  'pre-depends',
  'recommends',
  'conflicts',
  'breaks',
  'provides',
  'replaces',
  'filename',
  'size',
  'sha256',
] as const;

export type PackageField = (typeof PACKAGE_FIELDS)[number];
export type PackageFields = { get(name: PackageField): string | undefined };

export interface PackageSource {
  /** For messages: `Packages of bookworm main`, `libc6_2.36-9_amd64.deb`. */
  readonly what: string;
  readonly code: Extract<ErrorCode, 'deb-invalid' | 'release-invalid'>;
}

const ARCHITECTURE = /^[a-z0-9][a-z0-9-]{0,63}$/;
const MULTI_ARCH: readonly string[] = ['no', 'same', 'foreign', 'allowed'];
/** `Source: glibc`, or `Source: glibc (2.36-9)` where the versions differ. */
const SOURCE = /^([a-z0-9][a-z0-9+.-]{1,127})(?: \([^\s()]+\))?$/;
const NONE: readonly never[] = [];

const isMultiArch = (text: string): text is MultiArch => MULTI_ARCH.includes(text);

/** Fields that must be there in a certain form; with messages that name package and field. */
class Facts {
  constructor(
    readonly fields: PackageFields,
    readonly source: PackageSource,
  ) {}

  get(name: PackageField, isValid: (value: string) => boolean, otherwise?: string): string {
    const value = this.fields.get(name) ?? otherwise;
    if (value !== undefined && isValid(value)) return value;
    const { what, code } = this.source;
    const of = name === 'package' ? '' : ` of ${JSON.stringify(this.fields.get('package'))}`;
    const problem =
      value === undefined ? 'is missing' : `is ${JSON.stringify(value.slice(0, 200))}, which it cannot be`;
    throw fail(code, {
      message: `${what}: the field ${JSON.stringify(name)}${of} ${problem}`,
      details: { what, field: name },
    });
  }
}

/** Relations are kept as text: of the packages of an archive only a few are ever asked for theirs. */
class DescribedPackage implements Package {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly multiArch: MultiArch;
  readonly isEssential: boolean;
  readonly priority: string;
  readonly source: string;
  readonly path: string;
  readonly digest: Digest;
  readonly size: number;
  readonly suite: string | undefined;
  readonly isAutomatic: boolean;
  readonly #fields: PackageFields;
  #parsed: Map<PackageField, readonly Dependency[] | readonly Relation[]> | undefined;

  constructor(fields: PackageFields, place: PackagePlace, source: PackageSource) {
    const facts = new Facts(fields, source);
    this.#fields = fields;
    this.name = facts.get('package', isPackageName);
    this.version = facts.get('version', isVersion);
    this.architecture = facts.get('architecture', (text) => ARCHITECTURE.test(text));
    this.multiArch = facts.get('multi-arch', isMultiArch, 'no') as MultiArch;
    this.isEssential = facts.get('essential', (text) => text === 'yes' || text === 'no', 'no') === 'yes';
    this.priority = fields.get('priority') ?? '';
    this.source = SOURCE.exec(facts.get('source', (text) => SOURCE.test(text), this.name))![1]!;
    this.path = place.path;
    this.digest = place.digest;
    this.size = place.size;
    this.suite = place.suite;
    this.isAutomatic = place.isAutomatic ?? true;
  }

  get depends(): readonly Dependency[] {
    return this.#relations('depends', parseDependencies);
  }
  get preDepends(): readonly Dependency[] {
    return this.#relations('pre-depends', parseDependencies);
  }
  get recommends(): readonly Dependency[] {
    return this.#relations('recommends', parseDependencies);
  }
  get conflicts(): readonly Relation[] {
    return this.#relations('conflicts', parseRelations);
  }
  get breaks(): readonly Relation[] {
    return this.#relations('breaks', parseRelations);
  }
  get provides(): readonly Relation[] {
    return this.#relations('provides', parseRelations);
  }
  get replaces(): readonly Relation[] {
    return this.#relations('replaces', parseRelations);
  }

  #relations<T extends readonly Dependency[] | readonly Relation[]>(
    field: PackageField,
    parse: (text: string, what: string) => T,
  ): T {
    const text = this.#fields.get(field);
    if (text === undefined) return NONE as unknown as T;
    this.#parsed ??= new Map();
    const parsed =
      (this.#parsed.get(field) as T | undefined) ?? parse(text, `${field} of ${this.name} ${this.version}`);
    this.#parsed.set(field, parsed);
    return parsed;
  }
}

/**
 * The package that fields describe.
 * @throws TbuildError with the code of `source`, naming package and field
 */
export function describePackage(fields: PackageFields, place: PackagePlace, source: PackageSource): Package {
  return new DescribedPackage(fields, place, source);
}

/**
 * The package of the control file of a .deb.
 * @throws TbuildError `deb-invalid`, naming the field
 */
export function packageOf(control: Stanza, place: PackagePlace, what: string): Package {
  return describePackage(control, place, { what, code: 'deb-invalid' });
}
