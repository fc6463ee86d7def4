import type { PlatformManifest } from '../manifest/index.js';
import type { Plan } from '../plan/index.js';
import type { BuiltPlatform } from './build-platform.js';
import { warningsOfLayer } from './layer-warnings.js';

type Warning = Plan['warnings'][number];

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
    ...state.layers.flatMap(warningsOfLayer),
  ]);
  return [...new Map(all.map((warning) => [`${warning.message} ${warning.at?.line}`, warning])).values()];
}
