import type { ComparedImage, FileContent } from '../compare/index.js';
import type { LayerRecord } from '../plan/index.js';
import type { FileTree } from '../tree/index.js';
import type { LayerContents } from './layer-contents.js';

/** Opens the file that a difference is about (`where` and `path` as in `Difference`); undefined where it is not at hand. */
export type OpenFile = (where: string, path: string) => FileContent | undefined;

/** The file at a path (with leading slash) of a tree. @param contents where it is read from, if that is to know what it will be asked for */
export function fileIn(tree: FileTree | undefined, path: string, contents?: LayerContents): FileContent | undefined {
  const entry = tree?.get(path.slice(1));
  if (entry?.kind !== 'file') return undefined;
  const { digest, size } = entry;
  return { path, digest, size, open: () => entry.open(), announce: () => contents?.expect(entry) };
}

/** The layers of an image as differences call them. */
export function recordsByName({ record }: Pick<ComparedImage, 'record'>): ReadonlyMap<string, LayerRecord> {
  return new Map(
    record.platforms.flatMap(({ platform, layers }) =>
      layers.map((layer) => [`layer ${layer.name} (${platform})`, layer] as const),
    ),
  );
}

/**
 * The files of an image's layers.
 * @param treeOf the entries of a layer where its files can be opened
 * @param contents told which files will be asked for
 */
export function filesOf(
  image: Pick<ComparedImage, 'record'>,
  treeOf: (layer: LayerRecord) => FileTree | undefined,
  contents?: LayerContents,
): OpenFile {
  const layers = recordsByName(image);
  const trees = new Map<string, FileTree | undefined>();
  return (where, path) => {
    const layer = layers.get(where);
    if (layer === undefined) return undefined;
    if (!trees.has(where)) trees.set(where, treeOf(layer));
    return fileIn(trees.get(where), path, contents);
  };
}
