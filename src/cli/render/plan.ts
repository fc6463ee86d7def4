import type { Plan } from '../../plan/index.js';
import { counted } from './numbers.js';
import { renderPlatform } from './plan-platform.js';
import { bold, green, Text, text } from './text.js';

/** What a plan does, in one phrase: `1 layer to build, 1 reused, config changed`. */
function renderSummary({ summary }: Plan): string {
  const { layersToBuild, layersReused, layersRemoved, artifactsToRun, configChanged, baseChanged } = summary;
  const parts = [
    artifactsToRun > 0 ? `${counted(artifactsToRun, 'artifact')} to run` : '',
    layersToBuild > 0 ? `${counted(layersToBuild, 'layer')} to build` : '',
    layersReused > 0 ? `${layersReused} reused` : '',
    layersRemoved > 0 ? `${layersRemoved} removed` : '',
    baseChanged ? 'base changed' : '',
    configChanged ? 'config changed' : '',
  ].filter((part) => part !== '');
  const isVisible = layersToBuild + layersRemoved + artifactsToRun > 0 || baseChanged || configChanged;
  return (isVisible ? parts : [...parts, 'manifest changed']).join(', ');
}

function renderImageLine({ digest, previous }: Plan): Text {
  const after = digest ?? 'known after apply';
  const before = previous === null ? 'nothing to compare with' : `was ${previous.digest}, ${previous.from}`;
  return text`${bold('Image:')} ${after} (${before})`;
}

/** The name people know the image by. */
export function nameOf({ name, file }: Plan): string {
  return name ?? file;
}

/** The plan for people: what changes, by platform, and why. */
export function renderPlan(plan: Plan, { verbose }: { readonly verbose: boolean }): Text[] {
  if (!plan.summary.changed && !verbose) {
    return [text`${green('No changes.')} ${nameOf(plan)} is up to date: ${plan.digest ?? ''}`];
  }
  const blocks = plan.platforms.flatMap((platform) => [...renderPlatform(nameOf(plan), platform, verbose), Text.of()]);
  const summary = plan.summary.changed ? text`${bold('Plan:')} ${renderSummary(plan)}.` : green('No changes.');
  return [...blocks, summary, renderImageLine(plan)];
}
