import type { LayerMember } from '../layer/index.js';
import type { Difference } from './difference.js';

/** Entries with a time of their own that are named one by one. */
const NAMED_MAX = 20;

function showTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? `${seconds} s` : date.toISOString().replace('.000Z', 'Z');
}

interface MemberPair {
  readonly old: LayerMember;
  readonly now: LayerMember;
}

/** The last one of a path counts, as for who unpacks it. */
const byPath = (members: readonly LayerMember[]): ReadonlyMap<string, LayerMember> =>
  new Map(members.map((member) => [member.path, member]));

function pairsOf(before: readonly LayerMember[], after: readonly LayerMember[]): readonly MemberPair[] {
  const old = byPath(before);
  return [...byPath(after).values()].flatMap((now) => {
    const other = old.get(now.path);
    return other === undefined ? [] : [{ old: other, now }];
  });
}

const TIME_CAUSE = 'Only set times are reproducible: the entry has the time at which it was written.';

/** Entries that moved from one time to another, together where it is the same for all of them. */
function timeDifferences(pairs: readonly MemberPair[], where: string): readonly Difference[] {
  const moved = pairs.filter(({ old, now }) => old.mtime !== now.mtime);
  const groups = new Map<string, MemberPair[]>();
  for (const pair of moved) {
    const key = `${pair.old.mtime} ${pair.now.mtime}`;
    groups.set(key, [...(groups.get(key) ?? []), pair]);
  }
  const differences = [...groups.values()].map((group): Difference => {
    const [{ old, now }] = group as [MemberPair];
    const sides = { expected: `mtime ${showTime(old.mtime)}`, found: `mtime ${showTime(now.mtime)}` };
    if (group.length === 1) return { where, path: `/${now.path}`, ...sides, cause: TIME_CAUSE };
    const why =
      group.length === pairs.length ? 'one time is set for all of them' : 'they have that at which they were written';
    const cause = `The time of ${group.length} entries, first /${now.path}: ${why}.`;
    return { where, ...sides, cause };
  });
  if (differences.length <= NAMED_MAX) return differences;
  const more = `${differences.length - NAMED_MAX} more times of entries`;
  return [...differences.slice(0, NAMED_MAX), { where, expected: more, found: more, cause: TIME_CAUSE }];
}

function orderDifference(
  before: readonly LayerMember[],
  after: readonly LayerMember[],
  where: string,
): readonly Difference[] {
  const [old, now] = [byPath(before), byPath(after)];
  const left = [...old.keys()].filter((path) => now.has(path));
  const right = [...now.keys()].filter((path) => old.has(path));
  const at = right.findIndex((path, i) => path !== left[i]);
  if (at < 0) return [];
  const show = (paths: readonly string[]): string => `entry ${at + 1} is /${paths[at]}`;
  const cause =
    'The same entries stand in the tar in another order: a directory was listed, or jobs ended, in another one.';
  return [{ where, expected: show(left), found: show(right), cause }];
}

const linkOf = ({ kind, linkTarget }: LayerMember): string =>
  kind === 'hardlink' ? `hard link to /${linkTarget}` : kind;

function linkDifferences(pairs: readonly MemberPair[], where: string): readonly Difference[] {
  const cause = 'One file under two names in the one image is two files in the other.';
  return pairs
    .filter(({ old, now }) => linkOf(old) !== linkOf(now) && (old.kind === 'hardlink' || now.kind === 'hardlink'))
    .map(({ old, now }) => ({ where, path: `/${now.path}`, expected: linkOf(old), found: linkOf(now), cause }));
}

/** What the tars of a layer tell besides its tree: times, order, hard links. */
export function diffMembers(
  before: readonly LayerMember[] | undefined,
  after: readonly LayerMember[] | undefined,
  where: string,
): readonly Difference[] {
  if (before === undefined || after === undefined) return [];
  const pairs = pairsOf(before, after);
  return [...linkDifferences(pairs, where), ...orderDifference(before, after, where), ...timeDifferences(pairs, where)];
}
