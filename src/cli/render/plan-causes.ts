import type { PlannedImage, PlanSet } from '../../operations/index.js';
import type { Cause, PlatformPlan } from '../../plan/index.js';

/** The images of a run that an image is put on and that are not what they were. */
function movedBases({ needs, plan }: PlannedImage, { images }: Pick<PlanSet, 'images'>): readonly string[] {
  if (plan.previous === null) return []; // what is new is so by itself
  return needs.filter((file) => images.some((image) => image.file === file && image.plan.summary.changed));
}

function isMoved({ base }: PlatformPlan): boolean {
  return base !== null && base.previousDigest !== null && base.digest !== base.previousDigest;
}

function platformCauses(platform: PlatformPlan, isBaseKnown: boolean): readonly Cause[] {
  const { base, removedBase, layers, config } = platform;
  return [
    ...(isMoved(platform) && !isBaseKnown ? [{ text: `base ${base!.reference} moved` }] : []),
    ...(removedBase === null ? [] : [{ text: `base ${removedBase.reference} is gone` }]),
    ...layers.flatMap(({ status, cause }) => (status === 'same' || cause === null ? [] : [cause])),
    ...config.map(({ cause }) => cause),
  ];
}

/** Why an image is not what it was, each reason once: the image that it is put on, its base, layer by layer, its config. */
export function causesOf(image: PlannedImage, set: Pick<PlanSet, 'images'>): readonly Cause[] {
  const bases = movedBases(image, set).map((file): Cause => ({ text: `base ${file} changed` }));
  const { platforms, removedPlatforms } = image.plan;
  const all = [
    ...bases,
    ...platforms.flatMap((platform) => platformCauses(platform, bases.length > 0)),
    ...removedPlatforms.map(({ platform }): Cause => ({ text: `${platform} is no longer in the manifest` })),
  ];
  return [...new Map(all.map((cause) => [cause.text, cause])).values()];
}
