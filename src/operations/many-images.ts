import { fail, TbuildError } from '../errors/index.js';
import { artifactsToRun, type Plan } from '../plan/index.js';
import type { GraphNode } from './image-graph.js';
import type { PlannedImage, PlanSet } from './requests.js';

/** What is said of one image of several, besides its plan. */
export function aboutImage({ file, isAsked, needs }: GraphNode): Omit<PlannedImage, 'plan'> {
  return {
    file: file.manifest.file,
    role: isAsked ? 'asked' : 'base',
    needs: needs.map(({ manifest }) => manifest.file),
  };
}

/** Sums over all images, also those that nobody asked for by name. An artifact that several of them share runs once. */
export function summaryOf(plans: readonly Plan[]): PlanSet['summary'] {
  const sum = (count: (summary: Plan['summary']) => number): number =>
    plans.reduce((total, { summary }) => total + count(summary), 0);
  const changed = sum((summary) => Number(summary.changed));
  return {
    images: plans.length,
    changed,
    unchanged: plans.length - changed,
    layersToBuild: sum((summary) => summary.layersToBuild),
    layersReused: sum((summary) => summary.layersReused),
    artifactsToRun: artifactsToRun(plans.flatMap((plan) => plan.platforms)),
  };
}

/** Does the work on one image of several: a failure that has no place in a file says which image it is about. */
export async function aboutFile<T>({ file }: GraphNode, isOne: boolean, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isPlaced = !(error instanceof TbuildError) || error.at !== undefined || error.problems.length > 0;
    if (isOne || isPlaced || error.code === 'interrupted') throw error;
    const { code, hint, details, related } = error;
    const message = `${file.manifest.file}: ${error.message}`;
    throw fail(code, { message, hint, details, related, cause: error });
  }
}
