import { fail, type SourceSpan, type TbuildError } from '../errors/index.js';
import type { Package } from './package.js';
import type { PackagePool } from './package-pool.js';
import { type Dependency, renderDependency, renderRelation } from './relation.js';
import type { Blocker, Chosen, DeadEnd, Goal, PackageRequest } from './selection.js';

const titleOf = ({ name, version }: Package): string => `${name} ${version}`;

/** Names from what was asked for to a package. */
function chainOf({ item, goal }: Chosen): readonly string[] {
  const names = [item.name];
  for (let { owner } = goal; owner !== undefined; owner = owner.goal.owner) names.unshift(owner.item.name);
  return names;
}

function chainTo({ owner }: Goal): readonly string[] {
  return owner === undefined ? [] : chainOf(owner);
}

const forward = (chain: readonly string[]): string => chain.join(' → ');
const backward = (chain: readonly string[]): string => [...chain].reverse().join(' ← ');

function placeOf({ request }: Goal): SourceSpan | undefined {
  return (request as PackageRequest<SourceSpan>).at;
}

/** What there is of the names that are wanted in other versions: ` (there is 3.0.15-1)`. */
function renderThere(dependency: Dependency, pool: PackagePool): string {
  const found = new Set<string>();
  for (const { name } of dependency) {
    const prefix = dependency.length === 1 ? '' : `${name} `;
    for (const { version } of pool.versions(name)) found.add(`${prefix}${version}`);
    for (const item of pool.providers(name)) {
      const provided = item.provides.find((relation) => relation.name === name)!;
      found.add(`${renderRelation(provided)} of ${titleOf(item)}`);
    }
  }
  return found.size === 0 ? '' : ` (there is ${[...found].slice(0, 5).join(', ')})`;
}

function missing({ goal }: DeadEnd, pool: PackagePool, where: string): TbuildError {
  const wanted = renderDependency(goal.dependency);
  const message = `${forward(chainTo(goal))} needs ${wanted}, which nothing in ${where} provides${renderThere(goal.dependency, pool)}`;
  const hint = 'Add the source that has it, or exclude the package if the image can do without.';
  return fail('package-missing', {
    message,
    hint,
    at: placeOf(goal),
    details: { chain: chainTo(goal), relation: wanted },
  });
}

/** `a → b needs c (>= 2)`; of a request only what is asked for. */
function renderNeed(goal: Goal): string {
  if (goal.owner === undefined) {
    const { name, version } = goal.request;
    return `${name}${version === undefined ? '' : ` ${version}`} is asked for`;
  }
  return `${forward(chainTo(goal))} needs ${renderDependency(goal.dependency)}`;
}

function conflictText({ goal }: DeadEnd, candidate: Package, blocker: Blocker): { message: string; hint: string } {
  const { chosen, kind, by, relation } = blocker;
  if (kind === 'version') {
    const isNamed = chosen.goal.owner === undefined && chosen.goal.request.version !== undefined;
    const which = isNamed ? '' : `, which is ${titleOf(chosen.item)}`;
    return {
      message: `${renderNeed(goal)}, but ${renderNeed(chosen.goal)}${which}`,
      hint: `Of ${candidate.name} there can be one version only.`,
    };
  }
  const ours = [...chainTo(goal), candidate.name];
  const theirs = chainOf(chosen);
  const [from, to] = by === 'candidate' ? [ours, theirs] : [theirs, ours];
  const [declares, other] = by === 'candidate' ? [candidate, chosen.item] : [chosen.item, candidate];
  const verb = kind === 'Breaks' ? 'breaks' : 'conflicts with';
  return {
    message: `${forward(from)} ${verb} ${backward(to)}`,
    hint: `${titleOf(declares)} declares "${kind}: ${renderRelation(relation!)}", and there is ${titleOf(other)}.`,
  };
}

function conflict(deadEnd: DeadEnd, candidate: Package, blocker: Blocker): TbuildError {
  const [at, otherAt] = [placeOf(deadEnd.goal), placeOf(blocker.chosen.goal)];
  const { message, hint } = conflictText(deadEnd, candidate, blocker);
  const isElsewhere = otherAt !== undefined && otherAt !== at;
  const related = isElsewhere ? [{ message: `${chainOf(blocker.chosen)[0]} is asked for here`, at: otherAt }] : [];
  const details = { package: titleOf(candidate), other: titleOf(blocker.chosen.item) };
  return fail('package-conflict', { message, hint, at, related, details });
}

/** What the search for packages failed at, in terms of the packages that lead there. */
export function deadEndError(deadEnd: DeadEnd, pool: PackagePool, where: string): TbuildError {
  const { candidate, blocker } = deadEnd;
  if (candidate === undefined || blocker === undefined) return missing(deadEnd, pool, where);
  return conflict(deadEnd, candidate, blocker);
}
