import { ancestorsOf, type Entry, emptyTree, type FileTree, overlay, whiteoutOf } from '../tree/index.js';

/** What a tree that is not all there was asked for, and cannot tell. */
class NotRead extends Error {
  override readonly name = 'NotRead';
}

const NOWHERE = { kind: 'parent', label: '' };

const markerOf = (path: string, opaque: boolean): string => whiteoutOf(path, opaque, NOWHERE).path;

/** True where a layer takes away what lower ones have at the path (OCI image-spec, "Whiteouts"). */
function hides(layer: FileTree, path: string): boolean {
  const has = (marker: string): boolean => layer.get(marker) !== undefined;
  if (has(markerOf(path, false)) || has(markerOf('', true))) return true;
  for (const parent of ancestorsOf(path)) {
    if (has(markerOf(parent, false)) || has(markerOf(parent, true))) return true;
    const entry = layer.get(parent);
    if (entry !== undefined && entry.kind !== 'directory' && entry.kind !== 'whiteout') return true;
  }
  return false;
}

/** Directories that a layer does not list but that something lies in: what they are takes all layers to say. */
function unlistedParents(layer: FileTree): ReadonlySet<string> {
  const parents = new Set<string>();
  for (const { path } of layer.entries) {
    for (const parent of ancestorsOf(path)) if (layer.get(parent) === undefined) parents.add(parent);
  }
  return parents;
}

/** A layer that was read. */
interface ReadLayer {
  readonly tree: FileTree;
  readonly unlisted: ReadonlySet<string>;
}

/** Layers from the top down, as far as they have been read. */
class PartTree implements FileTree {
  readonly #layers: readonly ReadLayer[];

  constructor(layers: readonly ReadLayer[]) {
    this.#layers = layers;
  }

  get entries(): readonly Entry[] {
    throw new NotRead();
  }

  get(path: string): Entry | undefined {
    for (const { tree, unlisted } of this.#layers) {
      if (unlisted.has(path)) break;
      const entry = tree.get(path);
      if (entry !== undefined && entry.kind !== 'whiteout') return entry;
      if (hides(tree, path)) return undefined;
    }
    throw new NotRead();
  }
}

/**
 * All layers on top of each other, of which only so many are read, from the top down, as the work needs. The work may be
 * begun several times; it must only look.
 * @param layers from the bottom up
 */
export async function withLayersNeeded<T>(
  layers: readonly (() => Promise<FileTree>)[],
  work: (tree: FileTree) => T,
): Promise<{ readonly tree: FileTree; readonly result: T }> {
  const read: ReadLayer[] = [];
  for (const next of [...layers].reverse()) {
    const tree = new PartTree(read);
    try {
      return { tree, result: work(tree) };
    } catch (error) {
      if (!(error instanceof NotRead)) throw error;
    }
    const layer = await next();
    read.push({ tree: layer, unlisted: unlistedParents(layer) });
  }
  const tree = read.reduceRight<FileTree>((below, layer) => overlay(below, layer.tree), emptyTree);
  return { tree, result: work(tree) };
}
