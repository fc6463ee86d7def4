import type { LayerMember } from '../layer/index.js';
import { diffMembers } from './diff-members.js';
import type { Difference } from './difference.js';

/** Reads the tar of the layer that a difference is about (`where`); undefined where it is not at hand. */
export type ReadMembers = (where: string) => Promise<readonly LayerMember[] | undefined>;

/**
 * Where all entries of a layer are the same and its tar is not, what the tar says besides: times, order, hard links.
 * @param read asked only for such layers
 */
export async function withMembers(
  differences: readonly Difference[],
  read: Readonly<Record<'expected' | 'found', ReadMembers>>,
): Promise<readonly Difference[]> {
  const results: Difference[] = [];
  for (const difference of differences) {
    const { where, isOfTar } = difference;
    const told = isOfTar === true ? diffMembers(await read.expected(where), await read.found(where), where) : [];
    results.push(...(told.length > 0 ? told : [difference]));
  }
  return results;
}
