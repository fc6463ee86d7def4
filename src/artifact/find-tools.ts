import { fail, type SourceSpan, type TbuildError } from '../errors/index.js';
import type { ArtifactDeclaration } from '../manifest/index.js';
import type { Digest } from '../oci/index.js';
import type { ArtifactContext } from './artifact-context.js';

/** A program of this machine that a command may call. */
export interface ArtifactTool {
  /** What the command calls it. */
  readonly name: string;
  /** Absolute, links resolved. */
  readonly program: string;
  readonly digest: Digest;
}

/** The shell that runs scripts. */
export const SHELL = 'sh';

function missingTool(name: string, artifact: string, at: SourceSpan): TbuildError {
  return fail('artifact-tool', {
    message: `Artifact ${JSON.stringify(artifact)} needs ${JSON.stringify(name)}, which is not on PATH`,
    hint: name.includes('/') ? 'Tools are names of programs, without a directory.' : 'Install it, or correct PATH.',
    at,
    details: { artifact, tool: name },
  });
}

function findTool(name: string, artifact: string, place: { at: SourceSpan; context: ArtifactContext }): ArtifactTool {
  const { at, context } = place;
  const { files, processes } = context.host;
  const found = processes.findProgram(name);
  if (found === undefined) throw missingTool(name, artifact, at);
  const program = files.realPath(found);
  const stat = files.lstat(program);
  if (stat === undefined) throw missingTool(name, artifact, at);
  return { name, program, digest: context.digests.digestOf({ absolute: program, shown: program, stat, at }) };
}

function checkFirstWord({ name, run, tools, at }: ArtifactDeclaration): void {
  if (run.kind === 'script') return;
  const [program = ''] = run.args;
  if (tools.some((tool) => tool.name === program)) return;
  throw fail('artifact-tool', {
    message: `Artifact ${JSON.stringify(name)} runs ${JSON.stringify(program)}, which is not one of its tools`,
    hint: program.includes('/')
      ? `A list begins with the name of a tool; run a script of your own with its interpreter: ["sh", ${JSON.stringify(program)}].`
      : `Add ${JSON.stringify(program)} to "tools".`,
    at,
    details: { artifact: name, tool: program },
  });
}

/**
 * The programs that an artifact may call, each once: its tools and, for a script, the shell.
 * @throws TbuildError `artifact-tool`, `input-unreadable`, `input-changed`
 */
export function findTools(declaration: ArtifactDeclaration, context: ArtifactContext): readonly ArtifactTool[] {
  checkFirstWord(declaration);
  const wanted = new Map(declaration.tools.map(({ name, at }) => [name, at]));
  if (declaration.run.kind === 'script' && !wanted.has(SHELL)) wanted.set(SHELL, declaration.at);
  return [...wanted].map(([name, at]) => findTool(name, declaration.name, { at, context }));
}
