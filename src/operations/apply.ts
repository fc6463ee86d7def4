import type { Host } from '../host/index.js';
import { checkImage, publishImage } from './apply-one.js';
import { checkDestinations, destinationsOf } from './destinations.js';
import type { ApplyRequest, ApplyResult } from './requests.js';
import { withBuild } from './with-build.js';

/**
 * Builds the image, running the artifacts that are not in the cache, sees that it is as image.yaml asserts, and writes it
 * to every destination. To a registry its record goes with it.
 *
 * @throws TbuildError `usage` where destinations are in each other's way; what is wrong with a name to push to, at its place;
 *   `assertion-failed` before anything is written
 */
export function applyImage(host: Host, request: ApplyRequest): Promise<ApplyResult> {
  return withBuild(host, { ...request, run: true }, async ({ context, graph }) => {
    const wanted = destinationsOf(request, context.file.manifest);
    checkDestinations(host, wanted);
    return publishImage(await checkImage(await graph.build(context.file)), wanted, request);
  });
}
