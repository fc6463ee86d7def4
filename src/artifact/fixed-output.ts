import { fail, type TbuildError } from '../errors/index.js';
import type { WantedArtifact } from '../lock/index.js';
import type { ArtifactKey, Digest } from '../oci/index.js';
import { diffTrees, digestOfTree, type FileTree } from '../tree/index.js';
import type { ArtifactContext, ArtifactRequest } from './artifact-context.js';
import { findOutput, findRecorded, recordOutput } from './artifact-record.js';
import { type Complete, requestOf } from './gather.js';
import type { PreparedArtifact } from './prepared-artifact.js';

/** How many paths a message and its details name. */
const PATHS_SHOWN = 5;
const PATHS_MAX = 1_000;

/** What the lock is asked for, of an artifact that reaches the network. */
export function wantedPin(request: ArtifactRequest, gathered: Complete): WantedArtifact {
  const { name, at } = request.declaration;
  return { name, request: requestOf(request, gathered), at };
}

function differingPaths(expected: FileTree, found: FileTree): readonly string[] {
  return [...diffTrees(expected, found)].map(({ path }) => path);
}

function otherOutput(
  { name, at }: WantedArtifact,
  { expected, found }: { readonly expected: Digest; readonly found: Digest },
  paths: readonly string[],
): TbuildError {
  const shown = paths.slice(0, PATHS_SHOWN).map((path) => JSON.stringify(path));
  const more = paths.length > PATHS_SHOWN ? `, and ${paths.length - PATHS_SHOWN} more` : '';
  const differs = paths.length === 0 ? '' : `; different: ${shown.join(', ')}${more}`;
  return fail('input-mismatch', {
    message: `The output of artifact ${JSON.stringify(name)} is ${found}, and the lock pins ${expected}${differs}`,
    hint: `What it fetches has changed, or it does not make the same each time. To take what it makes now: tbuild lock --update ${name}`,
    at,
    details: { artifact: name, expected, found, paths: paths.slice(0, PATHS_MAX) },
  });
}

/**
 * The output that the lock pins, where the cache has all of it; where the lock pins none for this request, what an earlier run made of
 * the very same, which is pinned then.
 *
 * @throws TbuildError `pin-missing`, `pin-stale` where the lock is frozen
 */
export function findPinned(
  key: ArtifactKey,
  wanted: WantedArtifact,
  { pins, store }: ArtifactContext,
): FileTree | undefined {
  const pin = pins.artifact(wanted);
  if (pin !== undefined) return findOutput(pin.output, store);
  // It is forgotten, since what runs it anew may be a later build, which knows nothing of the update.
  if (pins.updatesArtifact(wanted.name)) store.records.remove('artifact', key);
  const known = findRecorded(key, store);
  if (known !== undefined) pins.setArtifact(wanted, { request: wanted.request, output: digestOfTree(known) });
  return known;
}

/** Compares what was made with what is pinned, or pins it. */
function pinOutput(wanted: WantedArtifact, output: FileTree, { pins, store }: ArtifactContext): void {
  const found = digestOfTree(output);
  const expected = pins.artifact(wanted)?.output ?? found;
  if (found !== expected) {
    const before = findOutput(expected, store);
    throw otherOutput(wanted, { expected, found }, before === undefined ? [] : differingPaths(before, output));
  }
  pins.setArtifact(wanted, { request: wanted.request, output: found });
}

/**
 * Keeps what a command made, to be found by its key; of one that reaches the network only if it is what the lock pins, which it
 * does from now on.
 *
 * @throws TbuildError `input-mismatch`, `cache-failed`
 */
export function keepOutput(
  { key, wanted }: Pick<PreparedArtifact, 'key' | 'wanted'>,
  output: FileTree,
  context: ArtifactContext,
): void {
  if (key === null) throw new RangeError('an artifact that waits has no output');
  if (wanted !== undefined) pinOutput(wanted, output, context);
  recordOutput(key, output, context.store, wanted !== undefined);
}
