import { fail, TbuildError } from '../errors/index.js';
import type { Host } from '../host/index.js';
import { renderReference } from '../oci/index.js';
import { type CheckedImage, checkImage, publishImage } from './apply-one.js';
import { type Workshop, withWorkshop } from './build-context.js';
import { checkDestinations, destinationsOf } from './destinations.js';
import { findManifests } from './find-manifests.js';
import { type GraphNode, ImageGraph } from './image-graph.js';
import { aboutFile, aboutImage, summaryOf } from './many-images.js';
import { readManifest } from './read-manifest.js';
import type { ApplyImagesRequest, ApplySet } from './requests.js';

type AppliedImage = ApplySet['images'][number];

/** Destinations of each image that was asked for; what is only there to be put on goes nowhere. */
function destinationsOfAll(host: Host, nodes: readonly GraphNode[], request: Omit<ApplyImagesRequest, 'files'>) {
  const asked = nodes.filter(({ isAsked }) => isAsked);
  if (asked.length > 1 && request.destinations.length > 0) {
    throw fail('usage', {
      message: `${asked.length} images cannot be written to one destination`,
      hint: 'With --push each goes to the repository that its manifest names.',
    });
  }
  const wanted = new Map(asked.map((node) => [node, destinationsOf(request, node.file.manifest)] as const));
  checkDestinations(host, [...wanted.values()].flat());
  return wanted;
}

/** What was written before stays there, and who is told of the failure has to know. */
function withWritten(error: unknown, before: readonly AppliedImage[]): unknown {
  const written = before.flatMap(({ result }) =>
    result.destinations.map(({ reference }) => renderReference(reference)),
  );
  if (!(error instanceof TbuildError) || error.code === 'interrupted' || written.length === 0) return error;
  const { code, hint, at, related, details, problems } = error;
  const message = `${error.message}; ${written.map((name) => JSON.stringify(name)).join(', ')} ${written.length === 1 ? 'is' : 'are'} written already`;
  return fail(code, { message, hint, at, related, problems, details: { ...details, written }, cause: error });
}

/**
 * Builds images in their order and, when all are there and as they are asserted to be, writes them to their destinations. Nothing is
 * written where one of them cannot be built, or is not accepted.
 * @param request.accept throws where an image is not what it should be
 */
export async function applyNodes(
  workshop: Workshop,
  graph: ImageGraph,
  nodes: readonly GraphNode[],
  request: Omit<ApplyImagesRequest, 'files'> & { readonly accept?: (image: CheckedImage) => void },
): Promise<ApplySet> {
  const wanted = destinationsOfAll(workshop.host, nodes, request);
  const isOne = nodes.length === 1;
  const checked: [GraphNode, CheckedImage][] = [];
  for (const node of nodes) {
    await aboutFile(node, isOne, async () => {
      const image = await checkImage(await graph.build(node.file));
      request.accept?.(image);
      checked.push([node, image]);
    });
  }
  const images: AppliedImage[] = [];
  for (const [node, image] of checked) {
    await aboutFile(node, isOne, async () => {
      const result = await publishImage(image, wanted.get(node) ?? [], request).catch((error: unknown) => {
        throw withWritten(error, images);
      });
      images.push({ ...aboutImage(node), result });
    });
  }
  return { version: 1, images, summary: summaryOf(images.map(({ result }) => result.plan)) };
}

/**
 * As `applyImage` for several images, bases first.
 * @throws TbuildError `usage` for destinations with several images, `manifest-cycle`, and what `applyImage` reports
 */
export async function applyImages(host: Host, request: ApplyImagesRequest): Promise<ApplySet> {
  // Before the cache is opened: what is wrong with a manifest is to be said first.
  const files = findManifests(host, request.files).map((file) => readManifest(host, file));
  return withWorkshop(host, request, (workshop) =>
    new ImageGraph(workshop, { run: true }).using(async (graph) => {
      const nodes = graph.order(files);
      return applyNodes(workshop, graph, nodes, request);
    }),
  );
}
