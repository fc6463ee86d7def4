import type { Host } from '../host/index.js';
import type { PinOptions } from '../lock/index.js';
import { type BuildContext, type WorkshopRequest, withWorkshop } from './build-context.js';
import { ImageGraph } from './image-graph.js';
import { type ManifestFile, readManifest } from './read-manifest.js';

export interface OneImageRequest extends WorkshopRequest {
  /** The manifest, or one that is read already. */
  readonly file: string | ManifestFile;
  /** Pins to find anew. */
  readonly update?: PinOptions['update'];
  /** Runs artifacts that are not in the cache. */
  readonly run: boolean;
}

/** One image.yaml of a run. */
export interface OneImage {
  readonly context: BuildContext;
  readonly graph: ImageGraph;
}

/**
 * Does the work on one image.yaml with all that it needs, and releases it, whatever happens. Nothing is built before the
 * graph is asked to.
 */
export async function withBuild<T>(
  host: Host,
  request: OneImageRequest,
  work: (image: OneImage) => Promise<T>,
): Promise<T> {
  // Before the cache is opened: what is wrong with the manifest is to be said first.
  const file = typeof request.file === 'string' ? readManifest(host, request.file) : request.file;
  return withWorkshop(host, request, (workshop) =>
    new ImageGraph(workshop, request).using(async (graph) => {
      graph.order([file]);
      const { update } = request;
      return work({ graph, context: await graph.context(file, update === undefined ? {} : { update }) });
    }),
  );
}
