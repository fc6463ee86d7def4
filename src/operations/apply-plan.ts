import { dirname, join, relative, resolve } from 'node:path';
import { fail } from '../errors/index.js';
import type { Host } from '../host/index.js';
import { type MovedInput, movedInputs, refuseStale, type SavedImage, type SavedPlan } from '../plan/index.js';
import { applyNodes } from './apply-images.js';
import type { CheckedImage } from './apply-one.js';
import { type Workshop, withWorkshop } from './build-context.js';
import { ImageGraph } from './image-graph.js';
import { loadPlan } from './load-plan.js';
import type { ManifestFile } from './read-manifest.js';
import type { ApplyPlanRequest, ApplySet } from './requests.js';
import { inputsOf } from './save-plan.js';

interface PlannedFile {
  readonly image: SavedImage;
  readonly file: ManifestFile;
}

/** The manifests of a saved plan, which names them from its own directory. */
function filesOf(
  host: Host,
  { images }: SavedPlan,
  request: ApplyPlanRequest,
  graph: ImageGraph,
): readonly PlannedFile[] {
  const { workingDirectory } = host.env;
  const directory = dirname(resolve(workingDirectory, request.plan));
  return images.map((image) => {
    const named = relative(workingDirectory, join(directory, image.inputs.file));
    return { image, file: graph.read(named) };
  });
}

/** @throws TbuildError `plan-stale` with everything that moved, before anything runs */
async function checkInputs(workshop: Workshop, saved: SavedPlan, request: ApplyPlanRequest): Promise<void> {
  await new ImageGraph(workshop, { run: false }).using(async (graph) => {
    const moved: MovedInput[] = [];
    for (const { image, file } of filesOf(workshop.host, saved, request, graph)) {
      const { built, context } = await graph.build(file);
      moved.push(...movedInputs(image.inputs, await inputsOf(built, context)));
    }
    refuseStale(request.plan, moved);
  });
}

/** What was built must be what was planned, also where something moved only while it was built. */
function acceptOnly(planned: readonly PlannedFile[], plan: string): (image: CheckedImage) => void {
  return ({ context, image }) => {
    const expected = planned.find(({ file }) => file.realPath === context.file.realPath)?.image.plan.digest ?? null;
    const found = image.root.digest;
    if (expected === null || expected === found) return;
    throw fail('plan-stale', {
      message: `${JSON.stringify(plan)} says that ${context.file.manifest.file} becomes ${expected}, and it is ${found} now`,
      hint: 'Plan again.',
      details: { expected, found },
    });
  };
}

/**
 * Builds the images of a saved plan, and writes them as `applyImages` does; nothing where anything that the plan rests on
 * moved since.
 *
 * @throws TbuildError `plan-invalid`, `plan-stale` with what moved, and what `applyImages` reports
 */
export async function applyPlan(host: Host, request: ApplyPlanRequest): Promise<ApplySet> {
  const saved = loadPlan(host, request.plan);
  return withWorkshop(host, request, async (workshop) => {
    await checkInputs(workshop, saved, request);
    return new ImageGraph(workshop, { run: true }).using(async (graph) => {
      const planned = filesOf(host, saved, request, graph);
      const asked = planned.filter(({ image }) => image.role === 'asked').map(({ file }) => file);
      const accept = acceptOnly(planned, request.plan);
      return applyNodes(workshop, graph, graph.order(asked), { ...request, accept });
    });
  });
}
