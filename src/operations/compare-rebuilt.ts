import { compareImages, type Difference, withFindings, withMembers } from '../compare/index.js';
import type { LayerRecord } from '../plan/index.js';
import type { FileTree } from '../tree/index.js';
import type { BuildContext } from './build-context.js';
import { type BuiltImage, placesOfSettings } from './build-image.js';
import type { Expectation } from './expectation.js';
import { filesOf } from './image-files.js';
import { membersOf } from './layer-members.js';
import type { VerifyResult } from './requests.js';

type Comparison = Pick<VerifyResult, 'reproducible' | 'expected' | 'found' | 'against' | 'differences'>;

function builtTrees({ platforms }: BuiltImage): (layer: LayerRecord) => FileTree | undefined {
  const states = platforms.flatMap((platform) => platform.state.layers);
  return (layer) => states.find((state) => state.key === layer.key && state.digest === layer.digest)?.tree;
}

async function differencesOf(
  expectation: Expectation,
  built: BuiltImage,
  context: BuildContext,
): Promise<readonly Difference[]> {
  const { record } = built.image!;
  const expected = await expectation.read(record, context);
  if (expected === undefined) return [];
  const listingOf = builtTrees(built);
  const rebuilt = { record, listingOf, placeOf: placesOfSettings(built, context) };
  const members = membersOf(rebuilt, context.store, (digest) => context.store.sizeOf(digest));
  const read = { expected: expected.members, found: members };
  const differences = await withMembers(compareImages(expected.image, rebuilt), read);
  const opened = { expected: expected.open, found: filesOf(rebuilt, listingOf) };
  const { created } = context;
  return context.steps.run('compare files', () =>
    withFindings(differences, (side, where, path) => opened[side](where, path), { created }),
  );
}

/** Whether what was rebuilt is what was expected, which digests say; and where it is not, in what they differ and why. */
export async function compareRebuilt(
  expectation: Expectation,
  built: BuiltImage,
  context: BuildContext,
): Promise<Comparison> {
  const { digest: expected, against } = expectation;
  const found = built.image!.record.digest;
  const reproducible = found === expected;
  const differences = reproducible ? [] : await differencesOf(expectation, built, context);
  return { reproducible, expected, found, against, differences };
}
