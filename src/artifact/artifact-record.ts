import type { ArtifactKey, Digest } from '../oci/index.js';
import type { ContentStore } from '../store/index.js';
import { decodeListing, digestOfTree, encodeListing, type FileTree } from '../tree/index.js';

/** The key of an output that is known by its digest, whatever made it. */
const keyOfOutput = (output: Digest): string => `output:${output}`;

function find(key: string, store: ContentStore): FileTree | undefined {
  const text = store.records.read('artifact', key);
  if (text === undefined) return undefined;
  const output = decodeListing(text, (file) => store.chunks(file));
  const isWhole = output.entries.every((entry) => entry.kind !== 'file' || store.sizeOf(entry.digest) === entry.size);
  return isWhole ? output : undefined;
}

/** The output that an earlier run recorded under the key, if all its contents are still in the store. */
export function findRecorded(key: ArtifactKey, store: ContentStore): FileTree | undefined {
  return find(key, store);
}

/** The output with this digest, whichever run recorded it, if all its contents are still in the store. */
export function findOutput(output: Digest, store: ContentStore): FileTree | undefined {
  const found = find(keyOfOutput(output), store);
  return found !== undefined && digestOfTree(found) === output ? found : undefined;
}

/** @param isPinned it shall be found by its digest too */
export function recordOutput(key: ArtifactKey, output: FileTree, store: ContentStore, isPinned = false): void {
  const listing = encodeListing(output);
  store.records.write('artifact', key, listing);
  if (isPinned) store.records.write('artifact', keyOfOutput(digestOfTree(output)), listing);
}
