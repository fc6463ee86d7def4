import { levelFault } from './compression.js';
import type { Problems } from './problems.js';
import { type Plain, type SourceNode, valueAt } from './source-node.js';

/** Reports a compression level that the type does not have. */
export function checkCompression(value: Plain, top: SourceNode, problems: Problems): void {
  const path = ['compression', 'level'];
  const level = valueAt(value, path);
  const fault = levelFault(valueAt(value, ['compression', 'type']), level);
  if (fault === undefined) return;
  const message = `compression.level is ${String(level)}, ${fault}`;
  problems.report(top, path, { code: 'manifest-wrong-value', message });
}
