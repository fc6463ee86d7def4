import type { ManifestPath } from './build-manifest.js';
import { describe, type SchemaPart } from './schema-facts.js';
import { quote, renderPath, type SourceNode } from './source-node.js';

/** What a value is, for people: continues its path. */
function found({ value, written }: SourceNode): string {
  if (value === null) return written === '' || written === undefined ? 'is empty' : `is ${written}, which is nothing`;
  if (typeof value === 'string') return `is ${quote(value)}, which is text`;
  if (typeof value === 'object') return Array.isArray(value) ? 'is a list' : 'is a map';
  return `is ${written}, which is ${typeof value === 'number' ? 'a number' : 'a boolean'}`;
}

/** `mode: "0755"`, or `"0755"` for an item of a list. */
function quoted(path: ManifestPath, written: string): string {
  const key = path[path.length - 1];
  return typeof key === 'string' ? `${key}: "${written}"` : `"${written}"`;
}

function hintFor(path: ManifestPath, { value, written }: SourceNode, expected: SchemaPart): string | undefined {
  const types = [expected.type].flat();
  if (types.includes('string') && (typeof value === 'number' || typeof value === 'boolean')) {
    const { pattern } = expected;
    const fits = typeof pattern !== 'string' || new RegExp(pattern, 'u').test(written!);
    if (fits) return `Write it as a string: ${quoted(path, written!)}.`;
  }
  if (types.includes('array') && typeof value === 'string') {
    return `Write a list: ${String(path[path.length - 1])}: [${quote(value)}].`;
  }
  if (types.includes('boolean')) return 'Write true or false.';
  return describe(expected);
}

/** Message and hint for a value of a type that the schema does not have there. */
export function wrongType(path: ManifestPath, node: SourceNode, expected: SchemaPart) {
  return { message: `${renderPath(path)} ${found(node)}`, hint: hintFor(path, node, expected) };
}
