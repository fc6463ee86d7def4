import type { PlatformManifest } from '../manifest/index.js';
import type { LayerState, Plan } from '../plan/index.js';
import type { Entry } from '../tree/index.js';
import type { BuiltPlatform } from './build-platform.js';

type Warning = Plan['warnings'][number];

function emptyLayer({ name, at, tree }: LayerState): readonly Warning[] {
  if (tree === undefined || tree.entries.length > 0) return [];
  return [{ message: `layer ${name} is empty: it adds nothing to what lies below`, at }];
}

/** What is taken along with a directory and nearly always by oversight, by a path that gives it away. */
const OVERSIGHTS: readonly { readonly sign: RegExp; readonly kind: Entry['kind']; readonly what: string }[] = [
  // Large, perhaps with secrets, and never twice the same.
  { sign: /(^|\/)\.git$/, kind: 'directory', what: 'a git repository' },
  // An image that was written there: then every apply changes the input of the next one.
  { sign: /(^|\/)oci-layout$/, kind: 'file', what: 'an OCI layout' },
];

function oversights({ tree }: LayerState): readonly Warning[] {
  const found = (tree?.entries ?? []).filter(({ origin }) => origin.kind === 'files');
  return OVERSIGHTS.flatMap(({ sign, kind, what }) =>
    found
      .filter((entry) => entry.kind === kind && sign.test(entry.path))
      .map(({ path, origin }) => ({
        message: `${origin.label} takes along ${what}, to /${path}: leave it out with "exclude" if it is not meant`,
        ...(origin.at === undefined ? {} : { at: origin.at }),
      })),
  );
}

function unusedArtifacts({ artifacts, layers }: PlatformManifest): readonly Warning[] {
  const contents = layers.flatMap((layer) => layer.contents);
  const used = new Set([
    ...contents.flatMap((content) => (content.kind === 'artifact' ? [content.artifact] : [])),
    ...artifacts.flatMap((artifact) => Object.values(artifact.needs)),
  ]);
  return artifacts
    .filter(({ name }) => !used.has(name))
    .map(({ name, at }) => ({ message: `artifact ${name} is built, but no layer and no artifact uses it`, at }));
}

/** What is allowed but hardly meant. Each is said once, though several platforms have it. */
export function warningsOf(platforms: readonly BuiltPlatform[]): Plan['warnings'] {
  const all = platforms.flatMap(({ manifest, state }) => [
    ...unusedArtifacts(manifest),
    ...state.layers.flatMap((layer) => [...emptyLayer(layer), ...oversights(layer)]),
  ]);
  return [...new Map(all.map((warning) => [`${warning.message} ${warning.at?.line}`, warning])).values()];
}
