import { fail, TbuildError } from '../errors/index.js';
import { errnoOf } from '../host/index.js';
import type { ArtifactDeclaration } from '../manifest/index.js';
import type { Platform } from '../oci/index.js';
import type { FileTree } from '../tree/index.js';
import type { ArtifactContext, ArtifactRequest } from './artifact-context.js';
import { captureOutput } from './capture-output.js';
import { keepOutput } from './fixed-output.js';
import { type Complete, gather, identify } from './gather.js';
import { forgetFailed, keepFailed } from './keep-failed.js';
import type { PreparedArtifact } from './prepared-artifact.js';
import { type RunOptions, runCommand } from './run-command.js';
import { differencesOf } from './sandbox/differences.js';
import { limitsOf } from './sandbox/limits.js';
import { findTools } from './tools/find-tools.js';
import { makeWorkspace, outsideOf } from './workspace.js';

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
): Promise<Complete> {
  const gathered = await gather(request, context);
  const { needs } = gathered;
  if (needs === undefined) throw new RangeError(`artifact ${prepared.name} waits for another`);
  const complete = { ...gathered, needs };
  const { key } = await identify(request, complete, context);
  if (key === prepared.key) return complete;
  throw changedSince('the build began', 'inputs or tools', request.declaration);
}

/** Inputs are copied and compared, but a tool is used where it is: another one may have run than the key says. */
async function checkTools(
  { tools }: Complete,
  declaration: ArtifactDeclaration,
  context: ArtifactContext,
): Promise<void> {
  const now = await findTools(declaration, context);
  if (now.length === tools.length && now.every(({ digest }, i) => digest === tools[i]!.digest)) return;
  throw changedSince('its command began', 'tools', declaration);
}

/** A process that escaped its group may still write there; then closing the store removes it. */
function discard(paths: readonly (string | undefined)[], { host }: ArtifactContext): void {
  for (const path of paths) {
    try {
      if (path !== undefined) host.files.removeTree(path);
    } catch (error) {
      if (errnoOf(error) === undefined) throw error;
    }
  }
}

/** Makes the workspace of a run, with how its command is to be started. */
async function prepareRun(
  root: string,
  {
    prepared,
    declaration,
    gathered,
  }: { prepared: PreparedArtifact; declaration: ArtifactDeclaration; gathered: Complete },
  context: ArtifactContext,
): Promise<RunOptions> {
  const { host, sandboxes, created, varied } = context;
  const { level } = prepared.sandbox;
  const bubblewrap = level === 'strict' ? await sandboxes.bubblewrap() : undefined;
  if (level === 'strict' && bubblewrap === undefined) throw new RangeError(`artifact ${prepared.name} has no sandbox`);
  const differences = differencesOf(varied, level, host);
  const plan = { gathered, level, differences, hasNetwork: declaration.network };
  const workspace = await makeWorkspace(root, plan, context);
  return { declaration, workspace, gathered, bubblewrap, differences, limits: limitsOf(declaration, host), created };
}

/** Runs the command and takes its output. What it was made of is kept for people where that fails. */
async function makeOutput(run: RunOptions, platform: Platform, context: ArtifactContext): Promise<FileTree> {
  const { declaration, gathered, workspace } = run;
  try {
    await runCommand(run, context);
    await checkTools(gathered, declaration, context);
    return await captureOutput(workspace, declaration, context);
  } catch (error) {
    const isOwn = error instanceof TbuildError && KEPT.includes(error.code) && context.varied.size === 0;
    throw isOwn ? keepFailed(error, run, platform, context) : error;
  }
}

/** What the command did, so that its traces tell something. */
const KEPT = ['artifact-failed', 'artifact-limit', 'artifact-output'];

/**
 * Runs the command of a prepared artifact in a private copy of what it declares, takes its output into the store and
 * records it under the key, unless the run was made different. `outputs` must have those of all artifacts that it needs. The
 * result has paths relative to `$OUT`.
 *
 * @throws TbuildError `artifact-failed`, `artifact-limit` and `artifact-output`, with where the workspace is in `details`;
 *   `artifact-tool`, `input-…`, `cache-failed`; the reason of an interruption
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
  const differing = outsideOf(root, differencesOf(context.varied, prepared.sandbox.level, context.host));
  try {
    const run = await prepareRun(root, { prepared, declaration, gathered }, context);
    const output = await makeOutput(run, platform, context);
    context.host.interruption.throwIfAborted();
    if (context.varied.size > 0) return output;
    keepOutput(prepared, output, context);
    forgetFailed(run, platform, context);
    return output;
  } finally {
    discard([root, differing], context);
  }
}
