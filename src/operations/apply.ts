import { resolve } from 'node:path';
import { fail } from '../errors/index.js';
import type { Host } from '../host/index.js';
import { type BlobSource, type Reference, renderReference } from '../oci/index.js';
import { copyImage, openImageSink } from '../store/index.js';
import { type BuildContext, withBuild } from './build-context.js';
import { type KnownImage, planOfImage, withImage } from './build-image.js';
import { countingSource } from './counting-source.js';
import { writeLastApply } from './history.js';
import { lastApply } from './plan.js';
import type { ApplyRequest, ApplyResult } from './requests.js';
import type { Step } from './steps.js';

type Written = ApplyResult['destinations'][number];

interface ToWrite {
  readonly image: KnownImage;
  readonly blobs: BlobSource;
}

function isRunnable({ record }: KnownImage): boolean {
  const { Entrypoint, Cmd } = record.platforms[0]!.config.config ?? {};
  return (Entrypoint ?? []).length + (Cmd ?? []).length > 0;
}

/** Copies the image to one destination under its tags; nothing of it shows there before all of it is there. */
async function write(reference: Reference, { image, blobs }: ToWrite, context: BuildContext): Promise<Written> {
  const { host, file } = context;
  const { name, tags: declared } = file.manifest;
  const tags = reference.tag === undefined ? declared : [reference.tag];
  const sink = openImageSink(host, reference, { directory: host.env.workingDirectory, name });
  try {
    await copyImage(blobs, sink, image.root);
    const { transport, path } = reference;
    const named: readonly Reference[] = tags.length === 0 ? [reference] : tags.map((tag) => ({ transport, path, tag }));
    for (const target of named) await sink.tag(target, image.root);
    return { reference, tags, ...(await sink.commit()) };
  } catch (error) {
    sink.abort();
    throw error;
  }
}

/** An archive is written as a whole: of two destinations with one file, only the second would be there in the end. */
function checkDestinations(host: Host, destinations: readonly Reference[]): void {
  const archives = new Map<string, Reference>();
  for (const reference of destinations) {
    if (reference.transport === 'oci') continue;
    const path = resolve(host.env.workingDirectory, reference.path);
    const earlier = archives.get(path);
    if (earlier !== undefined) {
      const [first, second] = [earlier, reference].map((item) => JSON.stringify(renderReference(item)));
      throw fail('usage', {
        message: `The destinations ${first} and ${second} are one file, and the second would replace the first`,
        hint: 'Leave one out: an archive serves OCI tools and docker alike. For several tags, list them under "tags".',
      });
    }
    archives.set(path, reference);
  }
}

/** Builds the image, running the artifacts that are not in the cache, and writes it to every destination. */
export async function applyImage(host: Host, request: ApplyRequest): Promise<ApplyResult> {
  checkDestinations(host, request.destinations);
  return withBuild(host, request, (context) =>
    withImage(context, { run: true }, async (built) => {
      const image = built.image!;
      const plan = planOfImage(built, context, lastApply(context));
      const destinations: Written[] = [];
      for (const reference of request.destinations) {
        const work = (step: Step) =>
          write(reference, { image, blobs: countingSource(built.blobs, step, host) }, context);
        destinations.push(await context.steps.run(`write ${renderReference(reference)}`, work));
      }
      const layers = built.platforms.flatMap((platform) => platform.state.layers);
      writeLastApply(context.store, context.file.realPath, { record: image.record, layers });
      const { digest, mediaType } = image.root;
      return { plan, digest, mediaType, isRunnable: isRunnable(image), destinations };
    }),
  );
}
