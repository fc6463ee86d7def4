import type { Host } from '../host/index.js';
import { type BuildContext, withBuild } from './build-context.js';
import { type BuiltImage, type KnownImage, planOfImage, withImage } from './build-image.js';
import { checkDestinations, destinationsOf } from './destinations.js';
import { writeLastApply } from './history.js';
import { lastApply } from './plan.js';
import type { ApplyRequest, ApplyResult } from './requests.js';
import { type Destination, writeImage } from './write-image.js';

type Written = ApplyResult['destinations'][number];

function isRunnable({ record }: KnownImage): boolean {
  const { Entrypoint, Cmd } = record.platforms[0]!.config.config ?? {};
  return (Entrypoint ?? []).length + (Cmd ?? []).length > 0;
}

/** Writes the built image to one destination. */
async function writeTo(destination: Destination, built: BuiltImage, context: BuildContext): Promise<Written> {
  const { reference, tags } = destination;
  const moved = await writeImage({ root: built.image!.root, blobs: built.blobs }, destination, context);
  const isInsecure = reference.transport === 'docker' && !(await context.registries.isVouchedFor(reference));
  return { reference, tags, ...moved, ...(isInsecure && { isInsecure }) };
}

/**
 * Builds the image, running the artifacts that are not in the cache, and writes it to every destination.
 * @throws TbuildError `usage` where destinations are in each other's way; what is wrong with a name to push to, at its place
 */
export function applyImage(host: Host, request: ApplyRequest): Promise<ApplyResult> {
  return withBuild(host, request, async (context) => {
    const wanted = destinationsOf(request, context.file.manifest);
    checkDestinations(host, wanted);
    return withImage(context, { run: true }, async (built) => {
      const image = built.image!;
      const plan = planOfImage(built, context, lastApply(context));
      const destinations: Written[] = [];
      for (const destination of wanted) destinations.push(await writeTo(destination, built, context));
      const layers = built.platforms.flatMap((platform) => platform.state.layers);
      writeLastApply(context.store, context.file.realPath, { record: image.record, layers });
      const { digest, mediaType } = image.root;
      return { plan, digest, mediaType, isRunnable: isRunnable(image), destinations };
    });
  });
}
