import { join } from 'node:path';
import { fail, type TbuildError } from '../errors/index.js';
import { type Ending, errnoOf, reasonOf } from '../host/index.js';
import type { ArtifactDeclaration } from '../manifest/index.js';
import type { ArtifactContext } from './artifact-context.js';
import { CommandLog } from './command-log.js';
import { SHELL } from './find-tools.js';
import { environmentOf, type Workspace } from './workspace.js';

/** Whoever builds, the command makes files that all may read. */
const UMASK = 0o022;

/** The status of a shell, and of `env`, for a program that is not there (POSIX, "Exit Status for Commands"). */
const NOT_FOUND = 127;

function commandLine({ run }: ArtifactDeclaration): readonly [program: string, ...args: string[]] {
  if (run.kind === 'script') return [SHELL, '-eu', '-c', run.script, SHELL];
  const [program = '', ...args] = run.args;
  return [program, ...args];
}

function hintFor(ending: Ending, log: readonly string[]): string | undefined {
  if (ending.kind !== 'exited' || ending.status !== NOT_FOUND) return undefined;
  const named = /(?:^|[\s:])([^\s:]+): (?:command )?not found$/m.exec(log.join('\n'))?.[1];
  const what = named === undefined ? 'the missing program' : JSON.stringify(named);
  return `A command sees only its tools: add ${what} to "tools".`;
}

function failed({ name, at }: ArtifactDeclaration, ending: Ending, log: readonly string[]): TbuildError {
  const how = ending.kind === 'exited' ? `exited with status ${ending.status}` : `was ended by ${ending.signal}`;
  const facts = ending.kind === 'exited' ? { status: ending.status } : { signal: ending.signal };
  return fail('artifact-failed', {
    message: `The command of artifact ${JSON.stringify(name)} ${how}`,
    hint: hintFor(ending, log),
    at,
    details: { artifact: name, ...facts, log },
  });
}

/**
 * Runs an artifact's command in its workspace, to the end of all its processes.
 * @throws TbuildError `artifact-failed` with the end of its log in `details.log`; the reason of an interruption
 */
export async function runCommand(
  declaration: ArtifactDeclaration,
  workspace: Workspace,
  context: ArtifactContext,
): Promise<void> {
  const { name, env, at } = declaration;
  const { host, created } = context;
  const [program, ...args] = commandLine(declaration);
  const log = new CommandLog();
  const command = {
    program: join(workspace.tools, program),
    args,
    workingDirectory: workspace.source,
    env: { ...environmentOf(workspace, created), ...env },
    umask: UMASK,
    interruption: host.interruption,
    onOutput: (chunk: Uint8Array) => context.onOutput(name, log.push(chunk)),
  };
  const ending = await host.processes.run(command).catch((error: unknown): never => {
    if (errnoOf(error) === undefined) throw error;
    const message = `The command of artifact ${JSON.stringify(name)} cannot start: ${reasonOf(error)}`;
    throw fail('artifact-failed', { message, at, details: { artifact: name }, cause: error });
  });
  if (ending.kind !== 'exited' || ending.status !== 0) throw failed(declaration, ending, log.tail);
}
