import type { ArtifactKey } from '../oci/index.js';
import type { ContentStore } from '../store/index.js';
import { decodeListing, encodeListing, type FileTree } from '../tree/index.js';

/** The output that an earlier run recorded under the key, if all its contents are still in the store. */
export function findRecorded(key: ArtifactKey, store: ContentStore): FileTree | undefined {
  const text = store.records.read('artifact', key);
  if (text === undefined) return undefined;
  const output = decodeListing(text, (file) => store.chunks(file));
  const isWhole = output.entries.every((entry) => entry.kind !== 'file' || store.sizeOf(entry.digest) === entry.size);
  return isWhole ? output : undefined;
}

export function recordOutput(key: ArtifactKey, output: FileTree, store: ContentStore): void {
  store.records.write('artifact', key, encodeListing(output));
}
