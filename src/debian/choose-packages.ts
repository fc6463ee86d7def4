import { fail, type SourceSpan, type TbuildError } from '../errors/index.js';
import { compareUtf8, didYouMean } from '../util/index.js';
import { deadEndError } from './dead-end-error.js';
import { explainPackages } from './explain-packages.js';
import type { Package } from './package.js';
import { PackagePool } from './package-pool.js';
import type { Relation } from './relation.js';
import { namesOf } from './satisfies.js';
import { searchPackages } from './search-packages.js';
import type { Goal, PackageRequest } from './selection.js';

export interface ChoiceRequest {
  /** `amd64`; packages of others than it and `all` are not looked at. */
  readonly architecture: string;
  /** In the order of their sources: of equal versions the first is taken. */
  readonly available: readonly Package[];
  /** These keep their version if they are chosen and nothing speaks against it. */
  readonly held: readonly Package[];
  readonly requests: readonly PackageRequest<SourceSpan>[];
  /** Names that count as installed, with all that they provide: what depends on them does without. */
  readonly exclude: readonly string[];
  readonly recommends: boolean;
  /** Also all that are `Essential: yes`. */
  readonly essential: boolean;
  /** For messages: what `available` is, `bookworm main`; its suites by default. */
  readonly where?: string;
}

export interface PackageChoice {
  /** Sorted by name. */
  readonly packages: readonly Package[];
  /** As `explainPackages` tells it. */
  readonly why: ReadonlyMap<string, readonly string[]>;
}

/** For messages: the suites that were looked at. */
function renderSuites(available: readonly Package[]): string {
  const suites = new Set<string>();
  for (const { suite } of available) if (suite !== undefined) suites.add(suite);
  return suites.size === 0 ? 'the archive' : [...suites].join(', ');
}

function checkRequest(request: PackageRequest<SourceSpan>, pool: PackagePool, where: string): void {
  const { name, version, at } = request;
  const versions = pool.versions(name).map((item) => item.version);
  if (versions.length === 0) {
    const providers = [...new Set(pool.providers(name).map((item) => item.name))];
    const message =
      providers.length === 0
        ? `There is no package ${JSON.stringify(name)} in ${where}`
        : `${JSON.stringify(name)} is no package of ${where}, only a name that others provide`;
    const hint =
      providers.length === 0
        ? didYouMean(name, pool.names())
        : `Name one of them: ${providers.slice(0, 10).join(', ')}.`;
    throw fail('package-missing', { message, hint, at, details: { package: name } });
  }
  if (version !== undefined && !versions.includes(version)) {
    const message = `There is no version ${JSON.stringify(version)} of ${JSON.stringify(name)} in ${where} (there is ${versions.join(', ')})`;
    throw fail('package-missing', { message, at, details: { package: name, expected: version, found: versions } });
  }
}

function checkExcluded({ requests, exclude }: ChoiceRequest): void {
  const wrong = requests.find(({ name }) => exclude.includes(name));
  if (wrong === undefined) return;
  const message = `${JSON.stringify(wrong.name)} is asked for and excluded`;
  throw fail('package-conflict', { message, at: wrong.at, details: { package: wrong.name } });
}

/** The names that count as installed. */
function excludedNames(pool: PackagePool, exclude: readonly string[]): ReadonlySet<string> {
  return new Set(exclude.flatMap((name) => [name, ...pool.versions(name).flatMap(namesOf)]));
}

function goalsOf({ requests, essential, exclude }: ChoiceRequest, pool: PackagePool): readonly Goal[] {
  const all = essential ? [...pool].filter(({ isEssential, name }) => isEssential && !exclude.includes(name)) : [];
  const names = [...new Set(all.map(({ name }) => name))].sort(compareUtf8);
  return [...names.map((name) => ({ name })), ...requests].map((request) => ({
    dependency: [{ name: request.name }],
    request,
    isSoft: false,
  }));
}

function limitError({ requests }: ChoiceRequest, first: TbuildError): TbuildError {
  const names = requests.map(({ name }) => name).join(', ');
  return fail('package-conflict', {
    message: `No way to install ${names} together was found within the number of tries; the first one fails since ${first.message}`,
    hint: 'Ask for the versions, or those of the alternatives, that are wanted.',
    at: first.at,
    related: first.related,
    details: first.details,
    cause: first,
  });
}

/**
 * Chooses the packages that are asked for and all that they depend on, as apt does in an empty system: of alternatives one that
 * is chosen already, or else the first that can be had; of a package the version that is held, or else the newest, and
 * one of an archive that is not automatic (backports) only where no other will do. The same request gives the same packages.
 *
 * @throws TbuildError `package-missing`, `package-conflict`, at the request and with the packages that lead to the problem;
 *   `release-invalid` where a relation cannot be read
 */
export function choosePackages(request: ChoiceRequest): PackageChoice {
  const pool = new PackagePool(request);
  const where = request.where ?? renderSuites(request.available);
  checkExcluded(request);
  for (const item of request.requests) checkRequest(item, pool, where);
  const excluded = excludedNames(pool, request.exclude);
  const result = searchPackages(goalsOf(request, pool), {
    pool,
    isExcluded: ({ name }: Relation) => excluded.has(name),
    recommends: request.recommends,
  });
  if (result.kind !== 'found') {
    const failure = deadEndError(result.deadEnd, pool, where);
    throw result.kind === 'none' ? failure : limitError(request, failure);
  }
  const packages = [...result.packages].sort((a, b) => compareUtf8(a.name, b.name));
  return { packages, why: explainPackages(packages, request.requests, request.recommends) };
}
