import { join } from 'node:path';
import type { Channel, Host } from '../../host/index.js';
import type { ArtifactDeclaration } from '../../manifest/index.js';
import { SHELL } from '../tools/find-tools.js';
import { bubblewrapArguments } from './bubblewrap-arguments.js';
import { type LaunchOptions, wholeEnvironment } from './launch-options.js';
import { resourceLimits } from './limits.js';
import { systemCallFilter } from './system-calls.js';

/** The shell that runs scripts. */

/** How to start a command: what a `Command` of the host needs. */
export interface Launch {
  readonly program: string;
  readonly args: readonly string[];
  readonly workingDirectory: string;
  readonly env: Readonly<Record<string, string>>;
  readonly channels: readonly Channel[];
}

const DESCRIPTORS = ['--args', '3', '--json-status-fd', '4', '--seccomp', '5'];

function commandLine({ run }: ArtifactDeclaration): readonly string[] {
  return run.kind === 'script' ? [SHELL, '-eu', '-c', run.script, SHELL] : run.args;
}

/** A program that limits what one process may do, where the machine has it. */
function limiter({ limits, declaration }: LaunchOptions, host: Host): readonly string[] {
  const prlimit = host.processes.findProgram('prlimit');
  return prlimit === undefined ? [] : [prlimit, ...resourceLimits(limits, declaration, host)];
}

/** The command's line behind what starts it. bubblewrap reads its arguments on descriptor 3, reports on 4, and reads a filter on 5. */
export function launchOf(options: LaunchOptions, host: Host, hear: (report: Uint8Array) => void): Launch {
  const { declaration, workspace, bubblewrap, differences } = options;
  const [program = '', ...args] = commandLine(declaration);
  const line = [join(workspace.seen.tools, program), ...args];
  const before = [...differences.wrapper, ...limiter(options, host)];
  if (bubblewrap === undefined) {
    const [first = '', ...rest] = [...before, ...line];
    const { workingDirectory } = workspace;
    return { program: first, args: rest, workingDirectory, env: wholeEnvironment(options), channels: [] };
  }
  const told = `${bubblewrapArguments(options, bubblewrap).join('\0')}\0`;
  const [first = '', ...rest] = [...before, bubblewrap.program, ...DESCRIPTORS, '--', ...line];
  // What the artifact sets is not for bubblewrap: it could make the loader run something outside.
  return {
    program: first,
    args: rest,
    workingDirectory: '/',
    env: {},
    channels: [Buffer.from(told), hear, systemCallFilter()],
  };
}
