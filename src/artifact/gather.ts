import { fail } from '../errors/index.js';
import { readFiles } from '../inputs/index.js';
import type { ArtifactDeclaration } from '../manifest/index.js';
import { type ArtifactKey, canonicalJson, digestOf, renderPlatform } from '../oci/index.js';
import { digestOfTree, type Entry, emptyTree, type FileTree } from '../tree/index.js';
import type { ArtifactContext, ArtifactRequest } from './artifact-context.js';
import { type ArtifactTool, findTools } from './find-tools.js';

/** Everything that an artifact's command can see. */
export interface Gathered {
  /** Paths relative to the directory of image.yaml, which are also those in the command's working directory. */
  readonly inputs: FileTree;
  readonly tools: readonly ArtifactTool[];
  /** Name under `$IN` → output; undefined while one of them is not known. */
  readonly needs: ReadonlyMap<string, FileTree> | undefined;
}

/** Names and digests of what was gathered, and the key made of them. */
export interface ArtifactIdentity {
  /** `command`, `env NAME`, `tool NAME`, `input PATH`, `artifact NAME`, `platform`, `epoch`. */
  readonly facts: Readonly<Record<string, string>>;
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
  const { inputs: selection, at } = declaration;
  if (selection.include === undefined && selection.exclude.length === 0) return emptyTree;
  const everywhere = { kind: 'files', source: '.', sourceAt: at, to: { path: '', intoDirectory: true } } as const;
  const plain = { owner: { uid: 0, gid: 0 }, mode: undefined, capabilities: [], replace: false, at };
  return readFiles({ ...everywhere, ...plain, selection, closure: undefined }, context);
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
  const tools = findTools(declaration, context);
  return { tools, inputs: await gatherInputs(declaration, context), needs: gatherNeeds(request) };
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

/**
 * What makes this artifact's output what it is. No path of this machine, no name, no time of a file is in it (format 1,
 * "Keys").
 */
export function identify(
  request: ArtifactRequest,
  { inputs, tools, needs }: Gathered & { readonly needs: ReadonlyMap<string, FileTree> },
  created: number,
): ArtifactIdentity {
  const { declaration, platform } = request;
  const facts: Readonly<Record<string, string>> = {
    command: digestOf(canonicalJson({ ...declaration.run })),
    epoch: String(created),
    ...(declaration.perPlatform ? { platform: renderPlatform(platform) } : {}),
    ...Object.fromEntries(Object.entries(declaration.env).map(([name, value]) => [`env ${name}`, digestOf(value)])),
    ...Object.fromEntries(tools.map(({ name, digest }) => [`tool ${name}`, digest])),
    ...Object.fromEntries([...needs].map(([name, output]) => [`artifact ${name}`, digestOfTree(output)])),
    ...Object.fromEntries(inputFacts(inputs)),
  };
  return { facts, key: digestOf(canonicalJson({ facts, sandbox: 'relaxed' })) as string as ArtifactKey };
}
