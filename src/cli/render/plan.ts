import { shortDigest } from '../../oci/index.js';
import type { Plan } from '../../plan/index.js';
import { renderReasonCount, renderReasons } from './explain.js';
import { renderPinned } from './pins.js';
import { type PlanView, renderPlatforms, renderRemovedPlatform } from './plan-platform.js';
import { planSummary } from './plan-summary.js';
import { bold, green, Text, text } from './text.js';

/** In full what is to be: that is what one copies. */
export function renderImage({ digest, previous }: Plan): Text[] {
  const image = text`${bold('Image:')} ${digest ?? 'known after apply'}`;
  if (previous === null) return [text`${image}`, text`       nothing to compare with`];
  return [image, text`       was ${shortDigest(previous.digest)}, ${previous.from}`];
}

/** The name people know the image by. */
export function nameOf({ name, file }: Plan): string {
  return name ?? file;
}

/** A block for each platform, also for those that are gone. */
export function renderPlanBlocks(plan: Plan, name: string, view: PlanView): Text[] {
  const removed = plan.removedPlatforms.flatMap((platform) => [renderRemovedPlatform(name, platform), Text.of()]);
  return [...renderPlatforms(name, plan.platforms, view), ...removed];
}

function renderChanges(plan: Plan, view: PlanView): Text[] {
  const name = nameOf(plan);
  if (!plan.summary.changed && !view.verbose) {
    return [text`${green('No changes.')} ${name} is up to date: ${plan.digest ?? ''}`];
  }
  const summary = plan.summary.changed ? text`${bold('Plan:')} ${planSummary(plan)}.` : green('No changes.');
  const count = renderReasonCount(plan);
  const brought = count === undefined || view.explain === true ? [] : [count];
  return [...renderPlanBlocks(plan, name, view), summary, ...brought, ...renderImage(plan)];
}

/** The plan for people: what changes, by platform, and why. */
export function renderPlan(plan: Plan, view: PlanView): Text[] {
  const reasons = view.explain === true ? [Text.of(), ...renderReasons(plan, view.columns)] : [];
  return [...renderChanges(plan, view), ...renderPinned(plan, view), ...reasons];
}
