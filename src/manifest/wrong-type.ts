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

/** How a value of the wanted type is written, where another one was. */
function notation(path: ManifestPath, { value, written }: SourceNode, types: readonly unknown[]): string | undefined {
  const key = String(path[path.length - 1]);
  if (types.includes('array')) {
    // What a shell would take apart.
    if (typeof value === 'string') {
      const words = value.split(/\s+/).filter((word) => word !== '');
      return `Write a list: ${key}: [${words.map(quote).join(', ')}].`;
    }
    if (value === null && types.includes('string')) return undefined;
    if (value === null) return 'Write [] for an empty list, or leave it out.';
    return 'Write a list: each item begins with "- ".';
  }
  if (types.includes('object')) {
    const [first] = Array.isArray(value) ? value : [];
    const [, name, text] = typeof first === 'string' ? (/^([^=\s]+)=(.*)$/s.exec(first) ?? []) : [];
    if (name !== undefined && text !== undefined) return `Write a map: ${key}: { ${name}: ${quote(text)} }.`;
    return value === null ? 'Write {} for an empty map, or leave it out.' : 'Write a map: lines of "key: value".';
  }
  const isNumber = typeof value === 'string' && /^[0-9]{1,10}$/.test(value) && types.includes('integer');
  return isNumber ? `Write it without quotes: ${key}: ${written ?? value}.` : undefined;
}

function hintFor(path: ManifestPath, node: SourceNode, expected: SchemaPart): string | undefined {
  const { value, written } = node;
  const types = [expected.type].flat();
  if (types.includes('string') && (typeof value === 'number' || typeof value === 'boolean')) {
    const { pattern } = expected;
    const fits = typeof pattern !== 'string' || new RegExp(pattern, 'u').test(written!);
    if (fits) return `Write it as a string: ${quoted(path, written!)}.`;
  }
  if (types.includes('boolean')) return 'Write true or false.';
  return (path.length === 0 ? undefined : notation(path, node, types)) ?? describe(expected);
}

/** Message and hint for a value of a type that the schema does not have there. */
export function wrongType(path: ManifestPath, node: SourceNode, expected: SchemaPart) {
  return { message: `${renderPath(path)} ${found(node)}`, hint: hintFor(path, node, expected) };
}
