import { fail } from '../errors/index.js';
import type { Host } from '../host/index.js';
import { renderPlatform, renderReference } from '../oci/index.js';
import { type Entry, emptyTree, type FileTree, overlay } from '../tree/index.js';
import { withStore } from './build-context.js';
import { withExistingImage } from './images.js';
import { type LayerReading, readLayerTree } from './layer-trees.js';
import type { FilesRequest, FilesResult, ListedEntry } from './requests.js';
import type { FoundImage } from './select-image.js';
import { Steps } from './steps.js';

function listed(entry: Entry, layer: number): ListedEntry {
  const path = `/${entry.kind === 'whiteout' ? entry.removes : entry.path}`;
  if (entry.kind === 'whiteout') {
    return { path, kind: entry.opaque ? 'opaque-whiteout' : 'whiteout', mode: '0000', uid: 0, gid: 0, layer };
  }
  const { kind, uid, gid, xattrs } = entry;
  const names = xattrs === undefined || xattrs.size === 0 ? {} : { xattrs: [...xattrs.keys()] };
  const shared = { path, kind, mode: entry.mode.toString(8).padStart(4, '0'), uid, gid, ...names, layer };
  if (entry.kind === 'file') return { ...shared, sizeBytes: entry.size, digest: entry.digest };
  return entry.kind === 'symlink' ? { ...shared, target: entry.target } : shared;
}

async function oneLayer(image: FoundImage, layer: number, reading: LayerReading): Promise<readonly ListedEntry[]> {
  const count = image.manifest.layers.length;
  if (layer >= count) {
    const hint = `Its layers are 0 to ${count - 1}, from the bottom up.`;
    throw fail('usage', { message: `The image has no layer ${layer}`, hint });
  }
  const tree = await readLayerTree(image, layer, reading);
  return tree.entries.map((entry) => listed(entry, layer));
}

async function allLayers(image: FoundImage, reading: LayerReading): Promise<readonly ListedEntry[]> {
  const from = new Map<Entry, number>();
  let merged: FileTree = emptyTree;
  for (let layer = 0; layer < image.manifest.layers.length; layer++) {
    const tree = await readLayerTree(image, layer, reading);
    merged = overlay(merged, tree);
    // Not the layer's own entries: it also makes parents that it does not list.
    for (const entry of merged.entries) if (!from.has(entry)) from.set(entry, layer);
  }
  return merged.entries.map((entry) => listed(entry, from.get(entry) ?? 0));
}

/**
 * The files of an image as a runtime would see them, or those of one layer with its whiteouts. Of several images it is
 * the one for this machine, else the first. Reads only layers whose listing is not in the cache.
 */
export function listFiles(host: Host, request: FilesRequest): Promise<FilesResult> {
  const preferred = { os: 'linux', architecture: host.env.architecture };
  return withStore(host, request, (store) =>
    withExistingImage(host, { ...request, store, preferred }, async (opened) => {
      const image = opened.images[0]!;
      const steps = new Steps(request.report);
      const name = renderReference(request.reference);
      const reading: LayerReading = { host, source: opened.source, records: store.records, steps, name };
      const entries = await (request.layer === undefined
        ? allLayers(image, reading)
        : oneLayer(image, request.layer, reading));
      const facts = { digest: image.descriptor.digest, platform: renderPlatform(image.platform), entries };
      return { ...facts, fetchedBytes: opened.registries.traffic.receivedBytes };
    }),
  );
}
