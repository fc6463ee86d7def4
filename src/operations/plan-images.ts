import { dirname, relative, resolve } from 'node:path';
import { fail } from '../errors/index.js';
import type { Host } from '../host/index.js';
import type { Plan, SavedImage } from '../plan/index.js';
import { withWorkshop } from './build-context.js';
import { explainedPlan } from './explain-plan.js';
import { findManifests } from './find-manifests.js';
import { type GraphNode, type ImageBuild, ImageGraph } from './image-graph.js';
import { aboutFile, aboutImage, summaryOf } from './many-images.js';
import { previousOf } from './previous.js';
import { readManifest } from './read-manifest.js';
import type { PlanImagesRequest, PlannedImage, PlanSet } from './requests.js';
import { inputsOf, savePlan } from './save-plan.js';

/** The plan with what it rests on. It names the manifest from its own directory, so that both can be taken elsewhere together. */
async function savedImage(
  { file, isAsked }: GraphNode,
  plan: Plan,
  build: Pick<ImageBuild, 'built' | 'context'> & { readonly output: string },
): Promise<SavedImage> {
  const { built, context, output } = build;
  const { workingDirectory } = context.host.env;
  const from = dirname(resolve(workingDirectory, output));
  const named = relative(from, resolve(workingDirectory, file.manifest.file));
  const inputs = await inputsOf(built, context);
  return { role: isAsked ? 'asked' : 'base', plan, inputs: { ...inputs, file: named } };
}

/**
 * What `applyImages` would make of several images, bases first: as `planImage` for each. With `output` the plans are saved, for
 * `applyPlan`.
 *
 * @throws TbuildError `usage` for `against` with several images, `manifest-cycle`, and what `planImage` reports
 */
export async function planImages(host: Host, request: PlanImagesRequest): Promise<PlanSet> {
  const { output } = request;
  // Before the cache is opened: what is wrong with a manifest is to be said first.
  const files = findManifests(host, request.files).map((file) => readManifest(host, file));
  return withWorkshop(host, request, (workshop) =>
    new ImageGraph(workshop, { run: false }).using(async (graph) => {
      const nodes = graph.order(files);
      const isOne = nodes.filter(({ isAsked }) => isAsked).length === 1;
      if (request.against !== undefined && !isOne) {
        throw fail('usage', { message: 'Several images cannot be compared with one', hint: 'Plan them one by one.' });
      }
      const images: PlannedImage[] = [];
      const saved: SavedImage[] = [];
      for (const node of nodes) {
        await aboutFile(node, nodes.length === 1, async () => {
          const { built, context } = await graph.build(node.file);
          const { against, ...local } = request;
          const comparison = node.isAsked && against !== undefined ? { ...local, against } : local;
          const plan = await explainedPlan(built, context, await previousOf(comparison, built, context));
          images.push({ ...aboutImage(node), plan });
          if (output !== undefined) saved.push(await savedImage(node, plan, { built, context, output }));
        });
      }
      if (output !== undefined) savePlan(host, output, { version: 1, format: 1, images: saved });
      const summary = summaryOf(images.map(({ plan }) => plan));
      return { version: 1, images, summary, ...(output !== undefined && { output }) };
    }),
  );
}
