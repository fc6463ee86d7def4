import type { SourceSpan } from '../../errors/index.js';
import type { ManifestPath } from '../build-manifest.js';
import type { Owner, PlacePattern, Selection } from '../content-declaration.js';

export type SpanOf = (path: ManifestPath) => SourceSpan;

/** Where a content, or a part of it, stands in image.yaml. */
export interface Place {
  readonly path: ManifestPath;
  readonly spanOf: SpanOf;
  /** The layer's. */
  readonly owner: Owner;
}

export function ownerOf(written: string | undefined, usual: Owner): Owner {
  if (written === undefined) return usual;
  const [uid, gid] = written.split(':').map(Number);
  return { uid: uid!, gid: gid! };
}

export function modeOf(written: string | undefined): number | undefined {
  return written === undefined ? undefined : Number.parseInt(written, 8);
}

/** What every content has. */
export function factsOf(written: { owner?: string; replace?: boolean }, { path, spanOf, owner }: Place) {
  return { owner: ownerOf(written.owner, owner), replace: written.replace ?? false, at: spanOf(path) };
}

/** `include` and `exclude` of the map at the path. */
export function selectionOf(
  written: { readonly include?: readonly string[]; readonly exclude?: readonly string[] },
  path: ManifestPath,
  spanOf: SpanOf,
): Selection {
  const patterns = (key: 'include' | 'exclude') =>
    written[key]?.map((glob, index) => ({ glob, at: spanOf([...path, key, index]) }));
  return { include: patterns('include'), exclude: patterns('exclude') ?? [] };
}

/** Absolute globs of the list at the path. */
export function placePatternsOf(written: readonly string[], path: ManifestPath, spanOf: SpanOf): PlacePattern[] {
  return written.map((text, index) => ({ glob: text.slice(1), at: spanOf([...path, index]) }));
}
