import { resolve } from 'node:path';
import { fail, TbuildError } from '../errors/index.js';
import { type Ending, errnoOf, reasonOf } from '../host/index.js';
import type { ArtifactContext } from './artifact-context.js';
import { CommandLog } from './command-log.js';
import type { Complete } from './gather.js';
import type { LaunchOptions } from './sandbox/launch-options.js';
import { beyond } from './sandbox/limits.js';
import { type Outcome, supervise } from './sandbox/supervise.js';
import { signalOf } from './signal-of.js';
import { hintFor } from './undeclared.js';
import { withDetails } from './with-details.js';

/** A run of a command, with what it was given. */
export interface RunOptions extends LaunchOptions {
  readonly gathered: Complete;
}

function describe(ending: Ending): string {
  if (ending.kind === 'signalled') return `was ended by ${ending.signal}`;
  const signal = signalOf(ending.status);
  return `exited with status ${ending.status}${signal === undefined ? '' : ` (${signal})`}`;
}

function failed(ending: Ending, log: readonly string[], options: RunOptions, context: ArtifactContext): TbuildError {
  const { declaration, gathered, workspace } = options;
  const { name, at } = declaration;
  const { inputs, workingDirectory, directory } = gathered;
  const exists = (path: string): boolean => context.host.files.stat(resolve(context.directory, path)) !== undefined;
  const facts = ending.kind === 'exited' ? { status: ending.status } : { signal: ending.signal };
  return fail('artifact-failed', {
    message: `The command of artifact ${JSON.stringify(name)} ${describe(ending)}`,
    hint: hintFor(log, { declaration, inputs, workingDirectory, directory, source: workspace.seen.source, exists }),
    at,
    details: { artifact: name, ...facts },
  });
}

function unstarted({ declaration }: RunOptions, why: string, cause?: unknown): TbuildError {
  const { name, at } = declaration;
  const message = `The command of artifact ${JSON.stringify(name)} cannot start: ${why}`;
  return fail('artifact-failed', { message, at, details: { artifact: name }, cause });
}

/** What programs say, or how they end, where a file would have become larger than they may write (setrlimit(2)). */
const TOO_LARGE = /File too large|File size limit exceeded|\bEFBIG\b/;
const TOO_LARGE_STATUS = 128 + 25;

function isTooLarge(ending: Ending, log: readonly string[]): boolean {
  const isSignal = ending.kind === 'exited' ? ending.status === TOO_LARGE_STATUS : ending.signal === 'SIGXFSZ';
  return isSignal || TOO_LARGE.test(log.join('\n'));
}

function judge(outcome: Outcome, log: readonly string[], options: RunOptions, context: ArtifactContext): void {
  const { limits, declaration } = options;
  if (outcome.kind === 'unstarted') throw unstarted(options, log.at(-1) ?? 'bubblewrap ended without a word');
  if (outcome.kind === 'exited' && outcome.status === 0) return;
  if (isTooLarge(outcome, log)) throw beyond('output', limits, declaration);
  throw failed(outcome, log, options, context);
}

/**
 * Runs an artifact's command in its workspace, to the end of all its processes.
 * @throws TbuildError `artifact-failed` and `artifact-limit` with the end of its log in `details.log`; `cache-failed`; the
 *   reason of an interruption
 */
export async function runCommand(options: RunOptions, context: ArtifactContext): Promise<void> {
  const { declaration, limits, workspace } = options;
  const log = new CommandLog(workspace.log, context);
  const onOutput = (chunk: Uint8Array): void => {
    context.onOutput(declaration, log.push(chunk));
    if (log.bytes > limits.log) throw beyond('log', limits, declaration);
  };
  try {
    judge(await supervise(options, context.host, onOutput), log.tail, options, context);
  } catch (error) {
    if (errnoOf(error) !== undefined) throw unstarted(options, reasonOf(error), error);
    if (!(error instanceof TbuildError) || !error.code.startsWith('artifact-')) throw error;
    throw withDetails(error, { log: log.tail });
  } finally {
    log.close();
  }
}
