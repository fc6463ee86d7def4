import { pathsOf } from './duplicates.js';
import type { Problems } from './problems.js';
import { type Plain, renderPath, type SourceNode, valueAt } from './source-node.js';

/** Reports secrets that stand in the file, without showing them. Before the schema, which would. */
export function checkSecrets(value: Plain, top: SourceNode, problems: Problems): void {
  for (const path of pathsOf(value, ['layers', '*', 'contents', '*', 'headers', '*'])) {
    // Of a list, the schema says that it is none of headers.
    if (typeof path[path.length - 1] === 'number' || typeof valueAt(value, path) !== 'string') continue;
    problems.report(top, path, {
      code: 'manifest-wrong-type',
      message: `${renderPath(path)} is text, and no secret stands in image.yaml`,
      hint: 'Put it into a variable of the environment, and write which: { env: NAME }.',
      isSecret: true,
    });
  }
}
