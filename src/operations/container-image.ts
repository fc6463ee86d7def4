import type { ContainerImage } from '../container/index.js';
import type { Host } from '../host/index.js';
import type { BlobSource } from '../oci/index.js';
import { copyImage, openImageSink, type Registries } from '../store/index.js';
import type { FileTree } from '../tree/index.js';
import { lazy } from '../util/index.js';
import type { FoundImage } from './select-image.js';

export interface ReadableImage {
  /** As the user names it. */
  readonly name: string;
  readonly image: FoundImage;
  readonly blobs: BlobSource;
  /** All layers on top of each other; files can be opened. */
  tree(): Promise<FileTree>;
}

/** An image as containers need it. */
export function containerImage(
  { name, image, blobs, tree }: ReadableImage,
  { host, registries }: { readonly host: Host; readonly registries: Registries },
): ContainerImage {
  return {
    name,
    platform: image.platform,
    config: image.config,
    tree: lazy(tree),
    async writeDirectory(directory) {
      const reference = { transport: 'dir', path: directory } as const;
      const sink = openImageSink(host, reference, {
        directory: host.env.workingDirectory,
        registries,
        name: undefined,
      });
      try {
        await copyImage(blobs, sink, image.descriptor, { progress: () => host.interruption.throwIfAborted() });
        await sink.tag(reference, image.descriptor);
        await sink.commit();
      } catch (error) {
        sink.abort();
        throw error;
      }
    },
  };
}
