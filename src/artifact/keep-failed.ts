import { basename, dirname, join } from 'node:path';
import type { TbuildError } from '../errors/index.js';
import { errnoOf } from '../host/index.js';
import { digestOf, hexOf, type Platform, renderPlatform } from '../oci/index.js';
import { failedOf } from '../store/index.js';
import type { ArtifactContext } from './artifact-context.js';
import type { RunOptions } from './run-command.js';
import { bubblewrapArguments } from './sandbox/bubblewrap-arguments.js';
import { type LaunchOptions, wholeEnvironment } from './sandbox/launch-options.js';
import { SHELL } from './tools/find-tools.js';
import { withDetails } from './with-details.js';
import { movedTo } from './workspace.js';

const PRIVATE = 0o700;
const SCRIPT = 'enter';

/** One place for an artifact of an image: what failed before is replaced. */
function keptPlace(options: Pick<LaunchOptions, 'declaration'>, platform: Platform, context: ArtifactContext): string {
  const { name, perPlatform } = options.declaration;
  const identity = `${context.directory}\n${perPlatform ? renderPlatform(platform) : ''}`;
  return join(failedOf(context.store.directory), `${name}-${hexOf(digestOf(identity)).slice(0, 8)}`);
}

const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

/** A script that begins a shell where the command began, with what it had; the command itself where it had no shell. */
function entrance(options: RunOptions): string {
  const { workspace, bubblewrap, declaration, gathered } = options;
  const hasShell = gathered.tools.some(({ name }) => name === SHELL);
  const own = declaration.run.kind === 'command' ? declaration.run.args : [];
  const [program = SHELL, ...args] = hasShell ? [SHELL] : own;
  const line = [join(workspace.seen.tools, program), ...args];
  const set = Object.entries(wholeEnvironment(options)).map(([name, value]) => `${name}=${value}`);
  const words =
    bubblewrap === undefined
      ? ['env', '-i', ...set, ...line]
      : [bubblewrap.program, ...bubblewrapArguments(options, bubblewrap), '--', ...line];
  const begin = bubblewrap === undefined ? `cd ${quoted(workspace.workingDirectory)} || exit\n` : '';
  return `#!/bin/sh\n${begin}umask 022\nexec ${words.map(quoted).join(' ')}\n`;
}

function move(options: RunOptions, to: string, { host }: ArtifactContext): void {
  const { files } = host;
  const { root } = options.workspace;
  files.makeDirectory(dirname(to), PRIVATE);
  files.removeTree(to);
  files.chmod(root, PRIVATE);
  files.rename(root, to);
  const moved = { ...options, workspace: movedTo(to, options.workspace) };
  const handle = files.createFile(join(to, SCRIPT));
  try {
    handle.write(Buffer.from(entrance(moved)));
  } finally {
    handle.close();
  }
}

/** Keeps the workspace of a command that failed, and tells where. The error stays as it is where that cannot be done. */
export function keepFailed(
  error: TbuildError,
  options: RunOptions,
  platform: Platform,
  context: ArtifactContext,
): TbuildError {
  const place = keptPlace(options, platform, context);
  try {
    move(options, place, context);
  } catch (problem) {
    if (errnoOf(problem) === undefined) throw problem;
    return error;
  }
  const logFile = join(place, basename(options.workspace.log));
  return withDetails(error, { logFile, directory: place, command: `sh ${quoted(join(place, SCRIPT))}` });
}

/** Removes what was kept of an earlier failure. */
export function forgetFailed(
  options: Pick<LaunchOptions, 'declaration'>,
  platform: Platform,
  context: ArtifactContext,
): void {
  try {
    context.host.files.removeTree(keptPlace(options, platform, context));
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
  }
}
