import type { ArtifactDeclaration } from '../manifest/index.js';
import type { Platform } from '../oci/index.js';
import type { FileTree } from '../tree/index.js';
import type { ArtifactContext } from './artifact-context.js';
import { findRecorded } from './artifact-record.js';
import { findPinned, wantedPin } from './fixed-output.js';
import { gather, identify } from './gather.js';
import type { PreparedArtifact } from './prepared-artifact.js';

/**
 * Finds out what an artifact depends on, and whether its output is in the cache. `outputs` are those of the artifacts
 * that are known, by name. Runs nothing.
 *
 * @throws TbuildError `artifact-tool`, `input-…`, `manifest-wrong-value`, `sandbox-unavailable`, `pin-missing`, `pin-stale`
 */
export async function prepareArtifact(
  declaration: ArtifactDeclaration,
  platform: Platform,
  context: ArtifactContext,
  outputs: ReadonlyMap<string, FileTree>,
): Promise<PreparedArtifact> {
  const request = { declaration, platform, outputs };
  const { name, network } = declaration;
  // What the machine can is tried while the rest is looked at.
  const level = context.sandboxes.stateFor(declaration);
  level.catch(() => undefined);
  const gathered = await gather(request, context);
  const { needs } = gathered;
  if (needs === undefined) {
    if (network) context.pins.keepArtifact(name);
    const sandbox = await context.sandboxes.stateFor(declaration);
    return { name, status: 'waits', sandbox, key: null, facts: null, wanted: undefined, output: undefined };
  }
  const complete = { ...gathered, needs };
  const { facts, key, sandbox } = await identify(request, complete, context);
  const wanted = network ? wantedPin(request, complete) : undefined;
  const output = wanted === undefined ? findRecorded(key, context.store) : findPinned(key, wanted, context);
  return { name, status: output === undefined ? 'runs' : 'cached', sandbox, key, facts, wanted, output };
}
