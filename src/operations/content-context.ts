import type { ContentContext } from '../inputs/index.js';
import type { ImageContent, LayerDeclaration, PlatformManifest } from '../manifest/index.js';
import { renderPlatform } from '../oci/index.js';
import { assembleLayer, type Contribution, type FileTree, overlayView } from '../tree/index.js';
import { lazy } from '../util/index.js';
import type { BuildContext } from './build-context.js';
import type { LayerContents } from './layer-contents.js';
import { hasListing, type LayerReading, readImageTree } from './layer-trees.js';
import { lendingStore } from './lending-store.js';
import { atDeclaration, type ImageDeclaration, isPinned, type OpenedImages, pinOf, wantedOf } from './opened-images.js';
import type { Step } from './steps.js';

/** What the contents of one platform are read with. */
export interface PlatformReading {
  readonly context: BuildContext;
  readonly manifest: PlatformManifest;
  readonly images: OpenedImages;
  readonly contents: LayerContents;
  /** Outputs of the artifacts that are known. */
  readonly outputs: ReadonlyMap<string, FileTree>;
}

async function imageTree(
  content: ImageContent,
  { context, manifest, images, contents }: PlatformReading,
): Promise<FileTree> {
  const { host, store, steps, pins } = context;
  const { platform } = manifest;
  const { reference, text, at } = content;
  const declaration: ImageDeclaration = { reference, text, at, role: 'image' };
  try {
    const platformPins = pins.forPlatform(renderPlatform(platform));
    const wanted = wantedOf(declaration);
    const pin = isPinned(declaration) ? platformPins.image(wanted) : undefined;
    const { image, blobs, fetch } = await images.find(declaration, platform, pin);
    if (isPinned(declaration)) platformPins.setImage(wanted, pinOf(declaration, image));
    const reading: LayerReading = { host, source: blobs, records: store.records, steps, contents, name: text };
    await fetch(image.manifest.layers.filter((_, index) => !hasListing(image, index, reading)));
    return await readImageTree(image, reading);
  } catch (error) {
    throw atDeclaration(error, declaration);
  }
}

/** What reading the contents of one layer needs. `step` shows the reading itself. */
export function layerReading(
  layer: LayerDeclaration,
  reading: PlatformReading,
  step: Step,
): (content: LayerDeclaration['contents'][number], lower: FileTree, before: readonly Contribution[]) => ContentContext {
  const { context, manifest, outputs } = reading;
  const { host, file, digests, store, otherCache, network, pins, steps, taken } = context;
  const packages = layer.contents.filter(({ kind }) => kind === 'debian');
  const shared = {
    host,
    directory: file.directory,
    digests,
    store: otherCache === undefined ? store : lendingStore(store, otherCache),
    platform: manifest.platform,
    network,
    sendsPasswords: taken === undefined,
    pins,
    platformPins: pins.forPlatform(renderPlatform(manifest.platform)),
    layer: layer.name,
    progress(bytes: number, files: number): void {
      host.interruption.throwIfAborted();
      step.advance(bytes, files);
    },
    step: <T>(title: string, work: (advance: (bytes: number) => void) => Promise<T>, totalBytes?: number): Promise<T> =>
      steps.run(
        title,
        (inner) =>
          work((bytes) => {
            host.interruption.throwIfAborted();
            inner.advance(bytes, 0);
          }),
        totalBytes === undefined ? {} : { totalBytes },
      ),
    warn: (message: string): void => steps.report({ kind: 'warning', message }),
    artifactOutput: (name: string) => outputs.get(name)!,
    imageTree: (content: ImageContent) => imageTree(content, reading),
  };
  return (content, lower, before) => {
    const below = lazy(() => overlayView(lower, assembleLayer(lower, before).tree));
    return { ...shared, position: packages.indexOf(content), below };
  };
}
