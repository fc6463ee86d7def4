import { fail, type TbuildError } from '../../errors/index.js';
import { differencesOf, type Entry } from '../../tree/index.js';
import { type DebianPackage, isReplacing } from './debian-package.js';

interface Claim {
  readonly entry: Entry;
  readonly by: DebianPackage;
}

export interface OwnerRules {
  /** Where a path of a package is in the image. */
  placeOf(path: string): string;
  /** True for an entry that gives way to any other in its place. */
  yields(entry: Entry): boolean;
}

function clash(place: string, first: Claim, second: Claim): TbuildError {
  const what = differencesOf(first.entry, second.entry).join(', ');
  const both =
    first.by === second.by
      ? `${first.by.origin.label} claims ${JSON.stringify(`/${place}`)} twice, as /${first.entry.path} and /${second.entry.path}`
      : `${JSON.stringify(`/${place}`)} is claimed by ${first.by.origin.label} and by ${second.by.origin.label}`;
  return fail('path-clash', {
    message: `${both}, which differ in ${what}`,
    hint: first.by === second.by ? undefined : 'Leave one of the packages out: exclude: [NAME].',
    at: first.by.origin.at,
    details: { path: `/${place}`, first: first.by.origin.label, second: second.by.origin.label },
  });
}

/** Those whose files no other package replaces. Two that replace each other stay both, and clash. */
function withoutReplaced(claims: readonly Claim[]): readonly Claim[] {
  const isReplaced = ({ by }: Claim): boolean =>
    claims.some(
      (other) =>
        other.by !== by && isReplacing(other.by.package, by.package) && !isReplacing(by.package, other.by.package),
    );
  return claims.filter((claim) => !isReplaced(claim));
}

function settle(place: string, claims: readonly Claim[], { yields }: OwnerRules): Entry {
  const firm = claims.filter(({ entry }) => !yields(entry));
  const left = withoutReplaced(firm.length === 0 ? claims : firm);
  const [first, ...others] = left as readonly [Claim, ...Claim[]];
  for (const other of others) if (differencesOf(first.entry, other.entry).length > 0) throw clash(place, first, other);
  return first.entry;
}

/**
 * Decides for every place that several packages put something other than a directory to, which of them has it.
 *
 * @returns true for the entries that stay
 * @throws TbuildError `path-clash`
 */
export function settleOwners(packages: readonly DebianPackage[], rules: OwnerRules): (entry: Entry) => boolean {
  const byPlace = new Map<string, Claim[]>();
  for (const by of packages) {
    for (const entry of by.tree.entries) {
      if (entry.kind === 'directory') continue;
      const place = rules.placeOf(entry.path);
      const claims = byPlace.get(place);
      if (claims === undefined) byPlace.set(place, [{ entry, by }]);
      else claims.push({ entry, by });
    }
  }
  const kept = new Set<Entry>();
  for (const [place, claims] of byPlace)
    kept.add(claims.length === 1 ? claims[0]!.entry : settle(place, claims, rules));
  return (entry) => kept.has(entry);
}
