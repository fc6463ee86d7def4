import { basename, dirname, join, relative } from 'node:path';
import { fail } from '../errors/index.js';
import { errnoOf, type Host } from '../host/index.js';
import type { SandboxLevel } from '../manifest/index.js';
import { cacheFailed } from '../store/index.js';
import type { ArtifactContext } from './artifact-context.js';
import type { Gathered } from './gather.js';
import type { Differences } from './sandbox/differences.js';
import { makeStrictRoot, type StrictRoot } from './sandbox/strict-root.js';
import { writeTree } from './write-tree.js';

/** Where things are. Absolute paths. */
export interface Places {
  /** A copy of the inputs. */
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

/** The private directory in which a command runs, and all that it is told of this machine. */
export interface Workspace {
  /** Absolute. */
  readonly root: string;
  /** On this machine. */
  readonly here: Places;
  /** As the command sees them. */
  readonly seen: Places;
  /** Where the command begins, as it sees it. */
  readonly workingDirectory: string;
  /** The file for all that it writes to its standard streams. */
  readonly log: string;
  /** What a strict command sees as the root of the machine; undefined where it sees the machine itself. */
  readonly strict: StrictRoot | undefined;
}

/** What is to be made. */
export interface WorkspacePlan {
  readonly gathered: Gathered;
  readonly level: SandboxLevel;
  readonly differences: Differences;
  /** What only programs that reach the network must find. */
  readonly hasNetwork: boolean;
}

/** What a strict command sees as `/`. */
const ROOT = 'root';

const below = (root: string): Places => ({
  source: join(root, 'source'),
  out: join(root, 'out'),
  in: join(root, 'in'),
  tools: join(root, 'tools'),
  home: join(root, 'home'),
  temporary: join(root, 'tmp'),
});

function seenBy({ level, differences }: WorkspacePlan, here: Places): Places {
  if (level === 'relaxed') return here;
  return { ...below(differences.isElsewhere ? '/build/of/another/machine' : '/build'), temporary: '/tmp' };
}

function placesFor(root: string, { level, differences }: WorkspacePlan): Places {
  const usual = below(level === 'relaxed' && differences.isElsewhere ? join(root, 'on', 'another', 'machine') : root);
  const outside = outsideOf(root, differences);
  // Tools that lie in /tmp are seen there as well.
  const places = level === 'strict' ? { ...usual, temporary: join(root, ROOT, 'tmp') } : usual;
  return outside === undefined ? places : { ...places, source: join(outside, 'source'), in: join(outside, 'in') };
}

/** Others could put another directory in the place of this one (CVE-2024-38531). */
function checkParent(root: string, { host, store }: ArtifactContext): void {
  const stat = host.files.stat(dirname(root));
  if (stat === undefined || (stat.mode & 0o022) === 0) return;
  throw fail('cache-failed', {
    message: `Cannot build in ${JSON.stringify(dirname(root))}: others can write to that directory`,
    hint: `Take the right away: chmod go-w ${JSON.stringify(dirname(root))}.`,
    details: { directory: store.directory },
  });
}

/** It need not hold an input. */
function makeWorkingDirectory(
  source: string,
  { workingDirectory }: Gathered,
  { host, created }: ArtifactContext,
): void {
  const directory = join(source, workingDirectory);
  if (host.files.stat(directory) !== undefined) return;
  host.files.makeDirectory(directory, 0o755);
  for (let at = directory; at.length >= source.length; at = dirname(at)) host.files.setModified(at, created);
}

async function fill(root: string, plan: WorkspacePlan, context: ArtifactContext): Promise<Workspace> {
  const { host, created } = context;
  const { files } = host;
  const { gathered, differences } = plan;
  const here = placesFor(root, plan);
  const isReversed = differences.unordered !== undefined;
  if (isReversed) files.makeDirectory(dirname(here.source), 0o700);
  const copy = { isReversed, modified: created };
  await writeTree(gathered.inputs, { directory: here.source, isReadOnly: false, ...copy }, files);
  makeWorkingDirectory(here.source, gathered, context);
  for (const path of [here.out, here.in, here.tools, here.home, here.temporary]) files.makeDirectory(path, 0o755);
  for (const [name, output] of gathered.needs ?? []) {
    await writeTree(output, { directory: join(here.in, name), isReadOnly: true, ...copy }, files);
  }
  for (const { name, program } of gathered.tools) files.symlink(program, join(here.tools, name));
  return describe(root, plan, plan.level === 'strict' ? strictRoot(root, plan, host) : undefined);
}

function strictRoot(root: string, { gathered, differences, hasNetwork }: WorkspacePlan, host: Host): StrictRoot {
  const seen = [...gathered.tools.flatMap((tool) => tool.files), ...differences.files];
  return makeStrictRoot(join(root, ROOT), { seen, hasNetwork }, host);
}

function describe(root: string, plan: WorkspacePlan, strict: StrictRoot | undefined): Workspace {
  const here = placesFor(root, plan);
  const seen = seenBy(plan, here);
  const workingDirectory = join(seen.source, plan.gathered.workingDirectory);
  return { root, here, seen, workingDirectory, log: join(root, 'log'), strict };
}

/**
 * Fills the directory of one run, which is there and empty. What is copied is compared with its digest on the way.
 * @throws TbuildError `input-changed`, `input-missing`, `input-unreadable`, `blob-mismatch`, `cache-failed`
 */
export async function makeWorkspace(root: string, plan: WorkspacePlan, context: ArtifactContext): Promise<Workspace> {
  try {
    checkParent(root, context);
    return await fill(root, plan, context);
  } catch (error) {
    // Failures to read have been put into words where they happened.
    throw errnoOf(error) === undefined ? error : cacheFailed(context.store.directory)(error);
  }
}

/** The same workspace after its directory was moved. */
export function movedTo(root: string, workspace: Workspace): Workspace {
  const move = (path: string): string => {
    const from = relative(workspace.root, path);
    return from.startsWith('..') ? path : join(root, from);
  };
  const moveAll = ({ source, out, in: needs, tools, home, temporary }: Places): Places => ({
    source: move(source),
    out: move(out),
    in: move(needs),
    tools: move(tools),
    home: move(home),
    temporary: move(temporary),
  });
  const { strict } = workspace;
  return {
    root,
    here: moveAll(workspace.here),
    seen: moveAll(workspace.seen),
    workingDirectory: move(workspace.workingDirectory),
    log: move(workspace.log),
    strict: strict === undefined ? undefined : { ...strict, directory: move(strict.directory) },
  };
}

/** Where a part of a workspace lies outside of its root; undefined where none does. */
export function outsideOf(root: string, { unordered }: Differences): string | undefined {
  // As private as the root: nobody knows its name.
  return unordered === undefined ? undefined : join(unordered, `tbuild-${basename(root)}`);
}

/** The whole environment of the command, before what the artifact declares. */
export function environmentOf({ seen }: Workspace, created: number): Readonly<Record<string, string>> {
  return {
    PATH: seen.tools,
    HOME: seen.home,
    TMPDIR: seen.temporary,
    OUT: seen.out,
    IN: seen.in,
    SOURCE_DATE_EPOCH: String(created),
    TZ: 'UTC',
    LANG: 'C.UTF-8',
    LC_ALL: 'C.UTF-8',
  };
}
