import { posix, resolve } from 'node:path';
import { fail } from '../errors/index.js';
import { readFiles } from '../inputs/index.js';
import type { ArtifactDeclaration } from '../manifest/index.js';
import { type ArtifactKey, canonicalJson, type Digest, digestOf, renderPlatform } from '../oci/index.js';
import { digestOfTree, type Entry, emptyTree, type FileTree } from '../tree/index.js';
import type { ArtifactContext, ArtifactRequest } from './artifact-context.js';
import type { SandboxState } from './sandbox/sandboxes.js';
import { type FoundTool, findTools } from './tools/find-tools.js';

/** Everything that an artifact's command can see. */
export interface Gathered {
  /** Paths relative to the directory that `inputs.from` names: the top of the copy that the command gets. */
  readonly inputs: FileTree;
  /** The directory of image.yaml in that copy, where the command begins; empty for the top. It may hold no input, and is then called `_`. */
  readonly workingDirectory: string;
  /** The same by its own name: what people call it. */
  readonly directory: string;
  readonly tools: readonly FoundTool[];
  /** Name under `$IN` → output; undefined while one of them is not known. */
  readonly needs: ReadonlyMap<string, FileTree> | undefined;
}

/** Names and digests of what was gathered, and the key made of them. */
export interface ArtifactIdentity {
  /**
   * `command`, `env NAME`, `tool NAME`, `tool NAME: PART`, `input PATH`, `artifact NAME`, `platform`, `epoch`, `sandbox`, and where they
   * are not what they mostly are `directory` and `network`.
   */
  readonly facts: Readonly<Record<string, string>>;
  readonly sandbox: SandboxState;
  readonly key: ArtifactKey;
}

/** Variables that tbuild sets, because the command's isolation rests on them. */
const RESERVED = ['PATH', 'HOME', 'TMPDIR', 'OUT', 'IN', 'SOURCE_DATE_EPOCH'];

function checkEnvironment({ name, env, at }: ArtifactDeclaration): void {
  const taken = RESERVED.find((variable) => Object.hasOwn(env, variable));
  if (taken === undefined) return;
  throw fail('manifest-wrong-value', {
    message: `Artifact ${JSON.stringify(name)} sets ${taken}, which tbuild sets for every command`,
    hint: `Leave it out; these are set already: ${RESERVED.join(', ')}.`,
    at,
  });
}

/** Only what is declared: an artifact without `inputs` sees no file. */
async function gatherInputs(declaration: ArtifactDeclaration, context: ArtifactContext): Promise<FileTree> {
  const { inputs, at } = declaration;
  const { from, include, exclude } = inputs;
  if (include === undefined && exclude.length === 0) return emptyTree;
  const everything = { kind: 'files', source: from, sourceAt: at, to: { path: '', intoDirectory: true } } as const;
  const plain = { owner: { uid: 0, gid: 0 }, mode: undefined, capabilities: [], replace: false, at };
  return readFiles({ ...everything, ...plain, selection: { include, exclude }, closure: undefined }, context);
}

/** The directory of image.yaml, from where the inputs start. */
function workingDirectoryOf({ name, inputs, at }: ArtifactDeclaration, { directory }: ArtifactContext): string {
  const top = resolve(directory, inputs.from);
  if (top === '/' && directory !== '/') {
    throw fail('manifest-wrong-value', {
      message: `The inputs of artifact ${JSON.stringify(name)} start from ${JSON.stringify(inputs.from)}, which is the root of this machine`,
      hint: 'Leave out what climbs beyond the directory that all inputs lie in.',
      at,
    });
  }
  return posix.relative(top, directory);
}

/**
 * The directory where the command begins: that of image.yaml. What holds no input on the way to it has no name there, so
 * that images that lie side by side share an artifact whose inputs lie above them.
 */
function withoutNames(directory: string, { entries }: FileTree): string {
  const names = directory === '' ? [] : directory.split('/');
  const holds = (path: string): boolean =>
    entries.some((entry) => entry.path === path || entry.path.startsWith(`${path}/`));
  const held = names.filter((_, position) => holds(names.slice(0, position + 1).join('/')));
  const nameless = [...held, ...names.slice(held.length).map(() => '_')].join('/');
  return holds([...held, '_'].join('/')) ? directory : nameless;
}

function gatherNeeds({ declaration, outputs }: ArtifactRequest): ReadonlyMap<string, FileTree> | undefined {
  const needs = new Map<string, FileTree>();
  for (const [name, artifact] of Object.entries(declaration.needs)) {
    const output = outputs.get(artifact);
    if (output === undefined) return undefined;
    needs.set(name, output);
  }
  return needs;
}

/**
 * Finds everything that the command may see.
 * @throws TbuildError `artifact-tool`, `manifest-wrong-value`, `input-…`
 */
export async function gather(request: ArtifactRequest, context: ArtifactContext): Promise<Gathered> {
  const { declaration } = request;
  checkEnvironment(declaration);
  const directory = workingDirectoryOf(declaration, context);
  const tools = await findTools(declaration, context);
  const inputs = await gatherInputs(declaration, context);
  const workingDirectory = withoutNames(directory, inputs);
  return { tools, workingDirectory, directory, inputs, needs: gatherNeeds(request) };
}

function inputFact(entry: Entry): string {
  if (entry.kind === 'symlink') return `symlink ${digestOf(entry.target)}`;
  if (entry.kind !== 'file') return entry.kind;
  return entry.mode === 0o755 ? `${entry.digest} executable` : entry.digest;
}

/** Directories that are there only for what they hold say nothing of their own. */
function* inputFacts({ entries }: FileTree): Generator<readonly [string, string]> {
  const holding = new Set(entries.map(({ path }) => path.slice(0, Math.max(0, path.lastIndexOf('/')))));
  for (const entry of entries) {
    if (entry.kind !== 'directory' || !holding.has(entry.path)) yield [`input ${entry.path}`, inputFact(entry)];
  }
}

/** Everything gathered, with the outputs that are needed. */
export type Complete = Gathered & { readonly needs: ReadonlyMap<string, FileTree> };

/** What the command is, and all that it is given but tools: what decides the output of one that fetches what its inputs name. */
function requestFacts(
  { declaration, platform }: ArtifactRequest,
  { inputs, needs, workingDirectory }: Complete,
): Readonly<Record<string, string>> {
  return {
    command: digestOf(canonicalJson({ ...declaration.run })),
    ...(workingDirectory === '' ? {} : { directory: workingDirectory }),
    ...(declaration.network ? { network: 'yes' } : {}),
    ...(declaration.perPlatform ? { platform: renderPlatform(platform) } : {}),
    ...Object.fromEntries(Object.entries(declaration.env).map(([name, value]) => [`env ${name}`, digestOf(value)])),
    ...Object.fromEntries([...needs].map(([name, output]) => [`artifact ${name}`, digestOfTree(output)])),
    ...Object.fromEntries(inputFacts(inputs)),
  };
}

/** What a pinned output is the answer to: it stays the same with other tools, at another time. */
export function requestOf(request: ArtifactRequest, gathered: Complete): Digest {
  return digestOf(canonicalJson(requestFacts(request, gathered)));
}

/**
 * What makes this artifact's output what it is. No path of this machine that image.yaml does not name, no name, no time of a file is
 * in it (format 1, "Keys").
 *
 * @throws TbuildError `sandbox-unavailable`
 */
export async function identify(
  request: ArtifactRequest,
  gathered: Complete,
  { created, sandboxes }: ArtifactContext,
): Promise<ArtifactIdentity> {
  const sandbox = await sandboxes.stateFor(request.declaration);
  const facts = {
    ...requestFacts(request, gathered),
    epoch: String(created),
    sandbox: sandbox.level,
    ...Object.fromEntries(gathered.tools.flatMap((tool) => Object.entries(tool.facts))),
  };
  return { facts, sandbox, key: digestOf(canonicalJson({ facts })) as string as ArtifactKey };
}
