import type { ManifestPath } from './build-manifest.js';
import { levelFault } from './compression.js';
import type { Problems } from './problems.js';
import { membersOf, type Plain, renderPath, type SourceNode, valueAt } from './source-node.js';

/** Values of known settings that this version does not support yet. Before the schema, which allows them. */
export function checkSupported(value: Plain, top: SourceNode, problems: Problems): void {
  const refuse = (path: ManifestPath, shown: string, hint: string): void => {
    const message = `${renderPath(path)}: ${shown} is not supported yet`;
    problems.report(top, path, { code: 'manifest-not-supported', message, hint });
  };
  for (const [name, artifact] of membersOf(valueAt(value, ['artifacts']))) {
    const path = ['artifacts', name];
    if (valueAt(artifact, ['network']) === true) {
      refuse([...path, 'network'], 'true', 'Fetch what the command needs beforehand, and name it in inputs.');
    }
    if (valueAt(artifact, ['sandbox']) === 'strict') {
      refuse([...path, 'sandbox'], 'strict', 'Write relaxed, or leave it out.');
    }
  }
}

/** Reports a compression level that the type does not have. */
export function checkCompression(value: Plain, top: SourceNode, problems: Problems): void {
  const path = ['compression', 'level'];
  const level = valueAt(value, path);
  const fault = levelFault(valueAt(value, ['compression', 'type']), level);
  if (fault === undefined) return;
  const message = `compression.level is ${String(level)}, ${fault}`;
  problems.report(top, path, { code: 'manifest-wrong-value', message });
}
