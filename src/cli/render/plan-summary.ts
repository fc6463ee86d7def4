import type { PlanSet } from '../../operations/index.js';
import type { Plan } from '../../plan/index.js';
import { counted } from './numbers.js';

const joined = (parts: readonly string[]): string => parts.filter((part) => part !== '').join(', ');

/** What a plan does, in one phrase: `1 layer to build, 1 reused, config changed`. */
export function planSummary({ summary, platforms }: Pick<Plan, 'summary' | 'platforms'>): string {
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
  ];
  const isVisible =
    layersToBuild + layersRemoved + artifactsToRun + platformsRemoved > 0 || baseChanged || configChanged;
  if (isVisible) return joined(parts);
  // An index holds its platforms in the order of image.yaml, and no more that is not in them.
  const isSame = platforms.length > 1 && platforms.every(({ digest, previousDigest }) => digest === previousDigest);
  return joined([...parts, isSame ? 'order of platforms changed' : 'manifest changed']);
}

/** `3 of 30 images change`. */
export function changedImages({ images, changed }: PlanSet['summary']): string {
  return `${changed} of ${counted(images, 'image')} ${changed === 1 ? 'changes' : 'change'}`;
}

/** What there is to do for all images: `4 layers to build, 1 artifact to run`; empty where nothing is. */
export function workOf({ layersToBuild, artifactsToRun }: PlanSet['summary']): string {
  return joined([
    layersToBuild > 0 ? `${counted(layersToBuild, 'layer')} to build` : '',
    artifactsToRun > 0 ? `${counted(artifactsToRun, 'artifact')} to run` : '',
  ]);
}
