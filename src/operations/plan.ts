import type { Host } from '../host/index.js';
import type { Plan } from '../plan/index.js';
import { explainedPlan } from './explain-plan.js';
import { previousOf } from './previous.js';
import type { PlanRequest } from './requests.js';
import { withBuild } from './with-build.js';

/**
 * What `applyImage` would make and why it differs from what was there before. Writes nothing but the cache and the lock and runs no
 * artifact; behind one that is not in the cache the digest is null. Against a tag that a registry does not have yet,
 * everything is new.
 */
export function planImage(host: Host, request: PlanRequest): Promise<Plan> {
  return withBuild(host, { ...request, run: false }, async ({ context, graph }) => {
    const { built } = await graph.build(context.file);
    return explainedPlan(built, context, await previousOf(request, built, context));
  });
}
