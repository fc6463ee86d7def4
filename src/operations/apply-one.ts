import { fail, type TbuildError } from '../errors/index.js';
import type { RegistryReference } from '../oci/index.js';
import { assertImage } from './assertions.js';
import type { BuildContext } from './build-context.js';
import { type BuiltImage, type KnownImage, planOfImage } from './build-image.js';
import { writeLastApply } from './history.js';
import type { ImageBuild } from './image-graph.js';
import { lastApply } from './previous.js';
import { attachRecord } from './publish-record.js';
import type { ApplyRequest, ApplyResult, AssertionResult } from './requests.js';
import { type Destination, writeImage } from './write-image.js';

type Written = ApplyResult['destinations'][number];

/** An image that is all there, and as image.yaml asserts. */
export interface CheckedImage extends ImageBuild {
  readonly image: KnownImage;
  readonly assertions: readonly AssertionResult[];
}

/** The one error for assertions that do not hold; each of them is a problem of it. */
export function failedAssertions(results: readonly AssertionResult[]): TbuildError | undefined {
  const failing = results.filter(({ outcome }) => outcome === 'fails');
  if (failing.length === 0) return undefined;
  const problems = failing.map(({ what, platform, message, at }) =>
    fail('assertion-failed', { message: `${what} (${platform}): ${message}`, at }),
  );
  if (problems.length === 1) return problems[0];
  const message = `${failing.length} of ${results.length} assertions do not hold`;
  return fail('assertion-failed', { message, problems, details: { failed: failing.length, of: results.length } });
}

/** @throws TbuildError `assertion-failed` */
export async function checkImage(build: ImageBuild): Promise<CheckedImage> {
  const { built, context } = build;
  const image = built.image;
  if (image === undefined) throw new RangeError('an image that is not known cannot be applied');
  const assertions = await assertImage(built, context);
  const failure = failedAssertions(assertions);
  if (failure !== undefined) throw failure;
  return { ...build, image, assertions };
}

function isRunnable({ record }: KnownImage): boolean {
  const { Entrypoint, Cmd } = record.platforms[0]!.config.config ?? {};
  return (Entrypoint ?? []).length + (Cmd ?? []).length > 0;
}

function layersOf({ platforms }: BuiltImage) {
  return platforms.flatMap((platform) => platform.state.layers);
}

/** What only a registry gets. */
async function afterPush(
  reference: RegistryReference,
  checked: CheckedImage,
  withoutRecord: boolean,
): Promise<Pick<Written, 'isInsecure' | 'record'>> {
  const { context, built, image } = checked;
  const isInsecure = !(await context.registries.isVouchedFor(reference));
  const record = withoutRecord ? undefined : await attachRecord(context, { image, layers: layersOf(built) }, reference);
  return { ...(isInsecure && { isInsecure }), ...(record !== undefined && { record }) };
}

async function writeTo(destination: Destination, checked: CheckedImage, withoutRecord: boolean): Promise<Written> {
  const { built, context, image } = checked;
  const { reference, tags } = destination;
  const moved = await writeImage({ root: image.root, blobs: built.blobs }, destination, context);
  const more = reference.transport === 'docker' ? await afterPush(reference, checked, withoutRecord) : {};
  return { reference, tags, ...moved, ...more };
}

function remember({ store, file }: BuildContext, image: KnownImage, built: BuiltImage): void {
  writeLastApply(store, file.realPath, { record: image.record, layers: layersOf(built) });
}

/** Writes the image to every destination, and remembers it as the last apply of its file. */
export async function publishImage(
  checked: CheckedImage,
  destinations: readonly Destination[],
  { withoutRecord = false }: Pick<ApplyRequest, 'withoutRecord'>,
): Promise<ApplyResult> {
  const { built, context, image, assertions } = checked;
  const plan = planOfImage(built, context, lastApply(context));
  const written: Written[] = [];
  for (const destination of destinations) written.push(await writeTo(destination, checked, withoutRecord));
  remember(context, image, built);
  const { digest, mediaType } = image.root;
  return { plan, digest, mediaType, isRunnable: isRunnable(image), assertions, destinations: written };
}
