import { posix } from 'node:path';
import { closureOf, type Needed, type RootFiles } from '../../closure/index.js';
import { TbuildError } from '../../errors/index.js';
import type { Files } from '../../host/index.js';
import { type ToolPlace, toolError } from './tool-error.js';

/** A program whose needs are looked for. Paths are those of the root file system. */
export interface ToolPrograms {
  /** Its file. */
  readonly program: string;
  /** What it brings that may be programs and libraries: what these need is found where it can be, and missed by nobody. */
  readonly parts: readonly string[];
  /** Also what looks up users and hosts. */
  readonly nameService: boolean;
}

export interface ToolSurroundings {
  readonly root: RootFiles;
  readonly files: Files;
  readonly place: ToolPlace;
  /** Where env(1) finds a program: an absolute path. */
  find(name: string): string | undefined;
}

/** How ELF files begin (System V ABI, "ELF Identification"). */
const ELF = [0x7f, 0x45, 0x4c, 0x46];

const problemsOf = (error: TbuildError): readonly TbuildError[] =>
  error.problems.length === 0 ? [error] : error.problems;

/** The root that a problem is about. */
function rootOf({ details }: TbuildError): string | undefined {
  const { why, path } = details as { readonly why?: readonly string[]; readonly path?: string };
  return (why?.[0] ?? path)?.replace(/^\//, '');
}

function doesNotRun(problem: TbuildError, place: ToolPlace): TbuildError {
  const { looked = [] } = problem.details as { readonly looked?: readonly string[] };
  const directories = [...new Set(looked.map((path) => posix.dirname(path)))];
  const hint = directories.length === 0 ? 'Install it.' : `Install it; looked in ${directories.join(', ')}.`;
  return toolError(place, `cannot run: ${problem.message}`, hint, problem);
}

/** Scripts among the parts are run by nobody who does not bring their interpreter. */
function isElf(path: string, { root, files }: ToolSurroundings): boolean {
  if (root.at(path)?.kind !== 'file') return false;
  const head = new Uint8Array(ELF.length);
  const handle = files.openRead(`/${path}`);
  try {
    return handle.read(head, 0) === ELF.length && ELF.every((byte, i) => head[i] === byte);
  } finally {
    handle.close();
  }
}

/**
 * Libraries, loaders, interpreters and links that a tool needs besides its own files. Parts that could not run on this machine
 * either, as those of other systems in test data, need nothing.
 *
 * @throws TbuildError `artifact-tool` where the program itself lacks something
 */
export async function toolClosure(
  { program, parts, nameService }: ToolPrograms,
  around: ToolSurroundings,
): Promise<readonly Needed[]> {
  const { root, place, find } = around;
  const options = { extras: [], nameService, find, what: 'the directories that are searched for it', at: place.at };
  for (let usable = parts.filter((path) => isElf(path, around)); ; ) {
    try {
      return await closureOf([program, ...usable], root, options);
    } catch (error) {
      if (!(error instanceof TbuildError)) throw error;
      const problems = problemsOf(error);
      const own = problems.find((problem) => rootOf(problem) === program);
      if (own !== undefined) throw doesNotRun(own, place);
      const broken = new Set(problems.map(rootOf));
      const left = usable.filter((path) => !broken.has(path));
      if (left.length === usable.length) throw error;
      usable = left;
    }
  }
}
