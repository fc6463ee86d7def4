import { shortDigest } from '../../oci/index.js';
import type { Plan } from '../../plan/index.js';
import { renderReasonCount, renderReasons } from './explain.js';
import { counted } from './numbers.js';
import { renderPinned } from './pins.js';
import { type PlanView, renderPlatforms, renderRemovedPlatform } from './plan-platform.js';
import { bold, green, Text, text } from './text.js';

/** What a plan does, in one phrase: `1 layer to build, 1 reused, config changed`. */
function renderSummary({ summary, platforms }: Plan): string {
  const { layersToBuild, layersReused, layersRemoved, artifactsToRun } = summary;
  const { configChanged, baseChanged, platformsRemoved } = summary;
  const parts = [
    artifactsToRun > 0 ? `${counted(artifactsToRun, 'artifact')} to run` : '',
    layersToBuild > 0 ? `${counted(layersToBuild, 'layer')} to build` : '',
    layersReused > 0 ? `${layersReused} reused` : '',
    layersRemoved > 0 ? `${layersRemoved} removed` : '',
    platformsRemoved > 0 ? `${counted(platformsRemoved, 'platform')} removed` : '',
    baseChanged ? 'base changed' : '',
    configChanged ? 'config changed' : '',
  ].filter((part) => part !== '');
  const isVisible =
    layersToBuild + layersRemoved + artifactsToRun + platformsRemoved > 0 || baseChanged || configChanged;
  if (isVisible) return parts.join(', ');
  // An index holds its platforms in the order of image.yaml, and no more that is not in them.
  const isSame = platforms.length > 1 && platforms.every(({ digest, previousDigest }) => digest === previousDigest);
  return [...parts, isSame ? 'order of platforms changed' : 'manifest changed'].join(', ');
}

/** In full what is to be: that is what one copies. */
function renderImage({ digest, previous }: Plan): Text[] {
  const image = text`${bold('Image:')} ${digest ?? 'known after apply'}`;
  if (previous === null) return [text`${image}`, text`       nothing to compare with`];
  return [image, text`       was ${shortDigest(previous.digest)}, ${previous.from}`];
}

/** The name people know the image by. */
export function nameOf({ name, file }: Plan): string {
  return name ?? file;
}

function renderChanges(plan: Plan, view: PlanView): Text[] {
  const name = nameOf(plan);
  if (!plan.summary.changed && !view.verbose) {
    return [text`${green('No changes.')} ${name} is up to date: ${plan.digest ?? ''}`];
  }
  const removed = plan.removedPlatforms.flatMap((platform) => [renderRemovedPlatform(name, platform), Text.of()]);
  const summary = plan.summary.changed ? text`${bold('Plan:')} ${renderSummary(plan)}.` : green('No changes.');
  const count = renderReasonCount(plan);
  const brought = count === undefined || view.explain === true ? [] : [count];
  return [...renderPlatforms(name, plan.platforms, view), ...removed, summary, ...brought, ...renderImage(plan)];
}

/** The plan for people: what changes, by platform, and why. */
export function renderPlan(plan: Plan, view: PlanView): Text[] {
  const reasons = view.explain === true ? [Text.of(), ...renderReasons(plan, view.columns)] : [];
  return [...renderChanges(plan, view), ...renderPinned(plan, view), ...reasons];
}
