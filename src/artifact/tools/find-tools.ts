import { posix } from 'node:path';
import { followPath, type Needed } from '../../closure/index.js';
import { fail } from '../../errors/index.js';
import { type HostRoot, hostRoot } from '../../inputs/index.js';
import type { ArtifactDeclaration, ToolDeclaration } from '../../manifest/index.js';
import { canonicalJson, type Digest, digestOf } from '../../oci/index.js';
import { compareUtf8, lazy } from '../../util/index.js';
import type { ArtifactContext } from '../artifact-context.js';
import type { ArtifactTool } from './artifact-tool.js';
import { ContentReader } from './content-reader.js';
import { declaredPaths } from './declared-paths.js';
import { rememberedClosure } from './remembered-closure.js';
import { type ToolPlace, toolError } from './tool-error.js';
import { inRoot, ToolFiles } from './tool-files.js';
import { PackageReader, type ToolPackages } from './tool-packages.js';

/** A tool, and what the key of an artifact says of it. */
export interface FoundTool extends ArtifactTool {
  /** `tool cc`, `tool cc: ../lib/gcc`, `tool cc: package gcc`; nothing for a program that a package of another tool brings. */
  readonly facts: Readonly<Record<string, string>>;
}

/** The shell that runs scripts. */
export const SHELL = 'sh';

/** The locale that commands are told (`LC_ALL`), where it is a directory: glibc has its tables outside of its libraries. */
const LOCALES = ['usr/lib/locale/C.utf8', 'usr/lib/locale/C.UTF-8'];

/** What glibc's loader knows of directories. It leads to libraries, each of which counts by itself. */
const LOADER_CACHE = 'etc/ld.so.cache';

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

/** The parts of a digest that are declared: by what image.yaml or dpkg calls them. */
interface Brought {
  readonly paths: Readonly<Record<string, Digest>>;
  readonly packages: ToolPackages;
  /** Programs and libraries in them. */
  readonly parts: readonly string[];
}

/** The tools of one artifact, looked for on a machine that is looked at once. */
class ToolSearch {
  readonly #declaration: ArtifactDeclaration;
  readonly #context: ArtifactContext;
  readonly #root: HostRoot;
  readonly #reader: ContentReader;
  readonly #packages: PackageReader;
  readonly #locale = lazy(() => this.#measureLocale());
  /** Interpreters that env(1) looks for on PATH: they are tools too. */
  readonly interpreters = new Set<string>();
  /** Name → file, of the programs that packages bring. */
  readonly programs = new Map<string, string>();

  constructor(declaration: ArtifactDeclaration, context: ArtifactContext) {
    const { files } = context.host;
    this.#declaration = declaration;
    this.#context = context;
    this.#root = hostRoot({ absolute: '/', shown: '/', at: declaration.at }, files);
    this.#reader = new ContentReader(context, declaration.at);
    this.#packages = new PackageReader(files, this.#root, this.#reader);
  }

  async find(tool: ToolDeclaration): Promise<FoundTool> {
    const { name } = tool;
    const place = { tool: name, artifact: this.#declaration.name, at: tool.at };
    const seen = new ToolFiles(this.#root);
    const path = this.#programOf(tool, seen);
    const brought = await this.#broughtBy(tool, path, { seen, place });
    const needed = await this.#neededBy(path, brought.parts, place);
    for (const need of needed) seen.addPlace(need.path);
    const locale = await this.#locale();
    if (locale !== undefined) seen.addWay(locale.path);
    const facts = this.#factsOf(name, path, { needed, brought, locale: locale?.digest ?? '' });
    const digest = digestOf(canonicalJson({ name, facts }));
    return { name, program: `/${path}`, digest, files: seen.list(), facts };
  }

  /** A program that a package of a tool brings: it counts as a part of that. */
  found(name: string, path: string): FoundTool {
    return { name, program: `/${path}`, digest: this.#digestOf(path), files: [], facts: {} };
  }

  #programOf({ name, at }: ToolDeclaration, seen: ToolFiles): string {
    const found = this.#context.host.processes.findProgram(name);
    const way = found === undefined ? undefined : seen.addWay(inRoot(found));
    if (way?.entry?.kind === 'file') return way.path;
    const artifact = this.#declaration.name;
    throw fail('artifact-tool', {
      message: `Artifact ${JSON.stringify(artifact)} needs ${JSON.stringify(name)}, which is not on PATH`,
      hint: name.includes('/') ? 'Tools are names of programs, without a directory.' : 'Install it, or correct PATH.',
      at,
      details: { artifact, tool: name },
    });
  }

  async #broughtBy(
    tool: ToolDeclaration,
    program: string,
    { seen, place }: { readonly seen: ToolFiles; readonly place: ToolPlace },
  ): Promise<Brought> {
    const parts = new Set<string>();
    const paths: { [text: string]: Digest } = {};
    for (const text of tool.with) {
      const declared = declaredPaths(text, posix.dirname(`/${program}`), { root: this.#root, place });
      const contents = declared.map(({ path, name }) => {
        const { path: end, entry } = seen.addWay(path);
        if (entry?.kind === 'file' || entry?.kind === 'directory') return { absolute: `/${end}`, name };
        throw toolError(place, `needs ${JSON.stringify(`/${path}`)}, which is no file or directory`, undefined);
      });
      paths[text] = await this.#reader.digestOfAll(contents, (absolute) => parts.add(inRoot(absolute)));
    }
    const packages = await this.#packages.read(tool.packages, place);
    for (const path of packages.seen) seen.addPlace(path);
    for (const path of packages.parts) parts.add(path);
    for (const [name, path] of packages.programs) this.programs.set(name, path);
    parts.delete(program);
    return { paths, packages, parts: [...parts] };
  }

  #neededBy(program: string, parts: readonly string[], place: ToolPlace): Promise<readonly Needed[]> {
    const { host, store } = this.#context;
    const find = (name: string): string | undefined => this.#findInterpreter(name);
    return rememberedClosure(
      { program, parts, nameService: this.#declaration.network },
      { root: this.#root, files: host.files, place, find },
      { records: store.records, now: () => host.clock.now() },
    );
  }

  #findInterpreter(name: string): string | undefined {
    const found = this.#context.host.processes.findProgram(name);
    if (found !== undefined) this.interpreters.add(name);
    return found;
  }

  /** No path of this machine is in them but those that image.yaml and Debian's packages say. */
  #factsOf(
    name: string,
    program: string,
    given: { readonly needed: readonly Needed[]; readonly brought: Brought; readonly locale: string },
  ): Readonly<Record<string, string>> {
    const { needed, brought, locale } = given;
    const libraries = needed
      .filter(({ path }) => path !== LOADER_CACHE && this.#root.at(path)?.kind === 'file')
      .map(({ path, why }) => `${posix.basename(why.at(-1)!)} ${this.#digestOf(path)}`);
    const { digests, alternatives } = brought.packages;
    const needs = [...new Set(libraries)].sort(compareUtf8);
    const own = { program: this.#digestOf(program), needs, alternatives, locale };
    const named = (items: Readonly<Record<string, string>>, prefix: string) =>
      Object.entries(items).map(([item, value]) => [`tool ${name}: ${prefix}${item}`, value] as const);
    return Object.fromEntries([
      [`tool ${name}`, digestOf(canonicalJson(own))],
      ...named(brought.paths, ''),
      ...named(digests, 'package '),
    ]);
  }

  async #measureLocale() {
    const path = LOCALES.find((place) => followPath(place, this.#root).entry?.kind === 'directory');
    if (path === undefined) return undefined;
    const absolute = `/${followPath(path, this.#root).path}`;
    return { path, digest: await this.#reader.digestOfAll([{ absolute, name: '' }], () => undefined) };
  }

  #digestOf(path: string): Digest {
    return this.#reader.digestOfFile(`/${path}`, this.#root.statOf(path)!);
  }
}

/**
 * The programs that an artifact may call, each once: its tools, for a script the shell, the interpreters that scripts among these
 * look for on PATH, and the programs that the tools' packages bring; with all that they need of this machine.
 *
 * @throws TbuildError `artifact-tool`, `elf-invalid`, `input-unreadable`, `input-changed`
 */
export async function findTools(
  declaration: ArtifactDeclaration,
  context: ArtifactContext,
): Promise<readonly FoundTool[]> {
  checkFirstWord(declaration);
  const search = new ToolSearch(declaration, context);
  const plain = (name: string): ToolDeclaration => ({ name, with: [], packages: [], at: declaration.at });
  const wanted = new Map(declaration.tools.map((tool) => [tool.name, tool]));
  if (declaration.run.kind === 'script' && !wanted.has(SHELL)) wanted.set(SHELL, plain(SHELL));
  const found: FoundTool[] = [];
  for (const tool of wanted.values()) {
    found.push(await search.find(tool));
    // Adding to the map while it is walked: these are looked for in their turn.
    for (const name of search.interpreters) if (!wanted.has(name)) wanted.set(name, plain(name));
  }
  const others = [...search.programs].filter(([name]) => !wanted.has(name)).sort(([a], [b]) => compareUtf8(a, b));
  return [...found, ...others.map(([name, path]) => search.found(name, path))];
}
