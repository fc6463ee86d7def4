import type { ManifestPath } from './build-manifest.js';
import type { TextRange } from './manifest-text.js';

/** A value of the file. Maps have no prototype, so that no key finds something that is not written. */
export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain };

/** A value with its place. */
export interface SourceNode {
  readonly value: Plain;
  readonly range: TextRange;
  /** Of the key that the value stands under; undefined for the top and for items of lists. */
  readonly key: TextRange | undefined;
  /** A plain scalar as written, `0755`; undefined for other values. */
  readonly written: string | undefined;
  /** In the order of the file. */
  readonly children: ReadonlyMap<string | number, SourceNode>;
}

/** The node at the path, and whether it is the whole path that leads there or only its beginning. */
export function nearestNode(
  top: SourceNode,
  path: ManifestPath,
): { readonly node: SourceNode; readonly exact: boolean } {
  let node = top;
  for (const step of path) {
    const child = node.children.get(step);
    if (child === undefined) return { node, exact: false };
    node = child;
  }
  return { node, exact: true };
}

/**
 * What to mark for a value: a map or list is known by its key, and so is what is not written at all; an item of a list
 * by its first line, without a comment there.
 */
export function placeOf(node: SourceNode): TextRange {
  const { key, range, value } = node;
  if (key !== undefined) return (typeof value === 'object' && value !== null) || range[0] === range[1] ? key : range;
  const first = node.children.values().next().value;
  return first?.key?.[0] === range[0] ? [range[0], placeOf(first)[1]] : range;
}

export function isMap(value: Plain | undefined): value is { readonly [key: string]: Plain } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Members of a map or list with their keys or positions; nothing for other values. */
export function membersOf(value: Plain | undefined): readonly (readonly [string | number, Plain])[] {
  if (Array.isArray(value)) return value.map((item: Plain, index) => [index, item]);
  return isMap(value) ? Object.entries(value) : [];
}

/** The value at the path, or undefined where there is none. */
export function valueAt(value: Plain | undefined, path: ManifestPath): Plain | undefined {
  let found = value;
  for (const step of path) {
    if (typeof step === 'number') found = Array.isArray(found) ? (found as readonly Plain[])[step] : undefined;
    else found = isMap(found) ? found[step] : undefined;
  }
  return found;
}

/** A map without prototype. */
export function mapOf(entries: Iterable<readonly [string, Plain]>): { readonly [key: string]: Plain } {
  const map: { [key: string]: Plain } = Object.create(null);
  for (const [key, value] of entries) map[key] = value;
  return map;
}

/** `layers[0].contents[1].mode`; `config.labels["org.example/x"]`. */
export function renderPath(path: ManifestPath): string {
  const text = path
    .map((step) => {
      if (typeof step === 'number') return `[${step}]`;
      return /^[A-Za-z_][A-Za-z0-9_-]*$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
    })
    .join('');
  return text === '' ? 'The manifest' : text.replace(/^\./, '');
}

/** Text of the user for a message: quoted, and not longer than a line. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
