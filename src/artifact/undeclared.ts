import type { FailedCommand } from './failed-command.js';
import { undeclaredInput } from './undeclared-input.js';
import { undeclaredTool } from './undeclared-tool.js';

/**
 * What to declare so that the command finds what its log says it could not find: an input, a tool, or a part of one.
 * Undefined where the log tells of nothing of the kind.
 *
 * @param log its last lines
 */
export function hintFor(log: readonly string[], failed: FailedCommand): string | undefined {
  return undeclaredInput(log, failed) ?? undeclaredTool(log, failed.declaration);
}
