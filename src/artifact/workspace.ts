import { join } from 'node:path';
import { errnoOf } from '../host/index.js';
import { cacheFailed } from '../store/index.js';
import type { ArtifactContext } from './artifact-context.js';
import type { Gathered } from './gather.js';
import { writeTree } from './write-tree.js';

/** The private directory in which a command runs, and all that it is told of this machine. Absolute paths. */
export interface Workspace {
  readonly root: string;
  /** Working directory: a copy of the inputs. */
  readonly source: string;
  /** `$OUT`: an empty directory. */
  readonly out: string;
  /** `$IN`: outputs of needed artifacts. */
  readonly in: string;
  /** `PATH`: one symlink for each tool. */
  readonly tools: string;
  readonly home: string;
  readonly temporary: string;
}

async function fill(
  root: string,
  { inputs, tools, needs }: Gathered,
  { host, created }: ArtifactContext,
): Promise<Workspace> {
  const at = (name: string): string => join(root, name);
  const { files } = host;
  const workspace = { root, source: at('source'), out: at('out'), in: at('in'), tools: at('tools') };
  await writeTree(inputs, { directory: workspace.source, isReadOnly: false, modified: created }, files);
  for (const name of ['out', 'in', 'tools', 'home', 'tmp']) files.makeDirectory(at(name), 0o755);
  for (const [name, output] of needs ?? []) {
    await writeTree(output, { directory: join(workspace.in, name), isReadOnly: true, modified: created }, files);
  }
  for (const { name, program } of tools) files.symlink(program, join(workspace.tools, name));
  return { ...workspace, home: at('home'), temporary: at('tmp') };
}

/**
 * Fills the directory of one run, which is there and empty. What is copied is compared with its digest on the way.
 * @throws TbuildError `input-changed`, `input-missing`, `input-unreadable`, `blob-mismatch`, `cache-failed`
 */
export async function makeWorkspace(root: string, gathered: Gathered, context: ArtifactContext): Promise<Workspace> {
  try {
    return await fill(root, gathered, context);
  } catch (error) {
    // Failures to read have been put into words where they happened.
    throw errnoOf(error) === undefined ? error : cacheFailed(context.store.directory)(error);
  }
}

/** The whole environment of the command, before what the artifact declares. */
export function environmentOf(workspace: Workspace, created: number): Readonly<Record<string, string>> {
  return {
    PATH: workspace.tools,
    HOME: workspace.home,
    TMPDIR: workspace.temporary,
    OUT: workspace.out,
    IN: workspace.in,
    SOURCE_DATE_EPOCH: String(created),
    TZ: 'UTC',
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
  };
}
