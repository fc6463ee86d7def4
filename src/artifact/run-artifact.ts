import { fail, type TbuildError } from '../errors/index.js';
import { errnoOf } from '../host/index.js';
import type { ArtifactDeclaration } from '../manifest/index.js';
import type { Platform } from '../oci/index.js';
import type { FileTree } from '../tree/index.js';
import type { ArtifactContext, ArtifactRequest } from './artifact-context.js';
import { recordOutput } from './artifact-record.js';
import { captureOutput } from './capture-output.js';
import { findTools } from './find-tools.js';
import { type Gathered, gather, identify } from './gather.js';
import type { PreparedArtifact } from './prepare-artifact.js';
import { runCommand } from './run-command.js';
import { makeWorkspace } from './workspace.js';

function changedSince(moment: string, what: string, { name, at }: ArtifactDeclaration): TbuildError {
  return fail('input-changed', {
    message: `The ${what} of artifact ${JSON.stringify(name)} changed since ${moment}`,
    hint: 'Run it again when nothing writes to them.',
    at,
    details: { artifact: name },
  });
}

/** Gathers again what was prepared: values hold no handles to the machine, and files may have moved since. */
async function gatherPrepared(
  prepared: PreparedArtifact,
  request: ArtifactRequest,
  context: ArtifactContext,
): Promise<Gathered> {
  const gathered = await gather(request, context);
  const { needs } = gathered;
  if (needs === undefined) throw new RangeError(`artifact ${prepared.name} waits for another`);
  const { key } = identify(request, { ...gathered, needs }, context.created);
  if (key === prepared.key) return gathered;
  throw changedSince('the build began', 'inputs or tools', request.declaration);
}

/** Inputs are copied and compared, but a tool is used where it is: another one may have run than the key says. */
function checkTools({ tools }: Gathered, declaration: ArtifactDeclaration, context: ArtifactContext): void {
  const now = findTools(declaration, context);
  if (now.every(({ digest }, i) => digest === tools[i]!.digest)) return;
  throw changedSince('its command began', 'tools', declaration);
}

/** A process that escaped its group may still write there; then closing the store removes it. */
function discard(root: string, { host }: ArtifactContext): void {
  try {
    host.files.removeTree(root);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
  }
}

/**
 * Runs the command of a prepared artifact in a private copy of what it declares, takes its output into the store and
 * records it under the key. `outputs` must have those of all artifacts that it needs. The result has paths relative to
 * `$OUT`.
 *
 * @throws TbuildError `artifact-failed`, `artifact-output`, `artifact-tool`, `input-…`, `cache-failed`; the reason of an
 *   interruption
 */
export async function runArtifact(
  prepared: PreparedArtifact,
  declaration: ArtifactDeclaration,
  platform: Platform,
  context: ArtifactContext,
  outputs: ReadonlyMap<string, FileTree>,
): Promise<FileTree> {
  const request = { declaration, platform, outputs };
  const gathered = await gatherPrepared(prepared, request, context);
  const root = context.store.temporaryDirectory();
  try {
    const workspace = await makeWorkspace(root, gathered, context);
    await runCommand(declaration, workspace, context);
    checkTools(gathered, declaration, context);
    const output = await captureOutput(workspace, declaration, context);
    context.host.interruption.throwIfAborted();
    recordOutput(prepared.key!, output, context.store);
    return output;
  } finally {
    discard(root, context);
  }
}
