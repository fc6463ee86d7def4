import { didYouMean } from '../util/index.js';
import type { ManifestPath } from './build-manifest.js';
import type { Problems } from './problems.js';
import { sortArtifacts } from './sort-artifacts.js';
import { isMap, membersOf, type Plain, quote, renderPath, type SourceNode, valueAt } from './source-node.js';

interface Reference {
  readonly path: ManifestPath;
  readonly name: string;
}

function textMembers(value: Plain | undefined, path: ManifestPath): readonly Reference[] {
  return membersOf(value)
    .filter((member): member is [string, string] => typeof member[1] === 'string')
    .map(([key, name]) => ({ path: [...path, key], name }));
}

/** Which artifacts each artifact needs, and where it says so. */
function needsOf(artifacts: readonly (readonly [string | number, Plain])[]): ReadonlyMap<string, readonly Reference[]> {
  return new Map(
    artifacts.map(([name, artifact]) => {
      const path = ['artifacts', name, 'needs'];
      return [String(name), textMembers(valueAt(artifact, ['needs']), path)];
    }),
  );
}

function referencesOfLayers(value: Plain): readonly Reference[] {
  return membersOf(valueAt(value, ['layers'])).flatMap(([index, layer]) =>
    membersOf(valueAt(layer, ['contents'])).flatMap(([position, content]) => {
      const name = valueAt(content, ['artifact']);
      return typeof name === 'string' ? [{ path: ['layers', index, 'contents', position, 'artifact'], name }] : [];
    }),
  );
}

/** A long circle without its middle. */
function shorten(circle: readonly string[]): readonly string[] {
  return circle.length <= 12 ? circle : [...circle.slice(0, 6), '…', ...circle.slice(-5)];
}

/** Reports names of artifacts that do not exist, and artifacts that need each other in a circle. */
export function checkArtifacts(value: Plain, top: SourceNode, problems: Problems): void {
  const artifacts = valueAt(value, ['artifacts']);
  if (artifacts !== undefined && !isMap(artifacts)) return;
  const needs = needsOf(membersOf(artifacts));
  for (const { path, name } of [...[...needs.values()].flat(), ...referencesOfLayers(value)]) {
    if (needs.has(name) || problems.isSettled(path)) continue;
    problems.report(top, path, {
      code: 'manifest-reference',
      message: `${renderPath(path)} is ${quote(name)}, and there is no such artifact`,
      hint: didYouMean(name, needs.keys()) ?? 'Declare it in artifacts.',
    });
  }
  for (const { circle, closing } of sortArtifacts(needs).cycles) {
    const message =
      circle.length === 2
        ? `Artifact ${quote(circle[0]!)} needs itself`
        : `Artifacts need each other in a circle: ${shorten(circle).join(' → ')}`;
    problems.report(top, closing.path, { code: 'manifest-cycle', message });
  }
}
