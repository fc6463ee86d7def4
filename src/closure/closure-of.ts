import { compareUtf8 } from '../util/index.js';
import { type DynamicLoader, openDynamicLoader } from './dynamic-loader.js';
import { followPath } from './follow-path.js';
import { type LoadedProgram, loadProgram } from './load-program.js';
import { isCompatible } from './machine.js';
import { type MissingFrom, type MissingThing, missingError } from './missing.js';
import { programOfEnv, type ScriptLine } from './parse-script.js';
import type { ElfFacts } from './read-elf.js';
import { type Program, readProgram } from './read-program.js';
import type { RootFiles } from './root-files.js';
import type { Loaded } from './search-path.js';

/** A file or symlink that is needed. */
export interface Needed {
  /** In the root file system, free of symlinks on the way: `usr/lib/x86_64-linux-gnu/libz.so.1`. */
  readonly path: string;
  /** From the root to it: `/usr/bin/curl`, `libcurl.so.4`, `libz.so.1`. Of several ways the first of the shortest. */
  readonly why: readonly string[];
}

export interface ClosureOptions extends MissingFrom {
  /** Paths of files that programs load at run time; their own needs count, and they are missed by nobody. */
  readonly extras: readonly string[];
  /** Also what glibc loads to look up users and hosts. */
  readonly nameService: boolean;
  /** Where env(1) finds a program: an absolute path. Left out, it looks as in an image that sets no PATH. */
  readonly find?: (name: string) => string | undefined;
}

/** Scripts that are interpreters of scripts (execve(2): ELOOP beyond). */
const SCRIPTS_MAX = 5;
/** Where env(1) looks in an image that sets no PATH. */
const PATH = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
/** Since glibc 2.34, files and dns are in libc itself, and these two only stand in for static programs. */
const NAME_SERVICE = [
  { name: 'libnss_files.so.2', isRequired: false },
  { name: 'libnss_dns.so.2', isRequired: false },
  { name: 'libresolv.so.2', isRequired: true },
];

/**
 * What files need of their root file system to run: libraries, loaders, interpreters, and every symlink on the way to
 * them. Found by reading alone, as the loader of the files' own machine would (ld.so(8)); nothing is run. The roots are
 * not among it, but what roots that are symlinks lead to is.
 *
 * @param roots paths of files and symlinks; anything else needs nothing
 * @returns sorted by path
 * @throws TbuildError `closure-missing` for all that cannot be found, `elf-invalid`, `input-limit`
 */
export async function closureOf(
  roots: readonly string[],
  root: RootFiles,
  options: ClosureOptions,
): Promise<readonly Needed[]> {
  const closure = new Closure(root, options);
  // Files before symlinks, so that a program is called by its own name where both are asked for.
  const rank = (path: string): number => (root.at(path)?.kind === 'symlink' ? 1 : 0);
  const inOrder = (paths: readonly string[]) => [...paths].sort((a, b) => rank(a) - rank(b) || compareUtf8(a, b));
  for (const path of inOrder(roots)) await closure.addRoot(path, [`/${path}`]);
  for (const path of inOrder(options.extras)) await closure.addRoot(path, ['extras', `/${path}`]);
  return closure.finish(new Set([...roots, ...options.extras]));
}

const TOO_MANY = { problem: 'which is one interpreter too many in a row' };

/** Why an interpreter is not there, where its name says so: Linux takes a carriage return for a part of it. */
function reasonFor(name: string): Pick<MissingThing, 'problem'> {
  return name.endsWith('\r') ? { problem: 'since the line that names it ends with a carriage return' } : {};
}

class Closure {
  readonly #root: RootFiles;
  readonly #options: ClosureOptions;
  readonly #needed = new Map<string, Needed>();
  readonly #missing = new Map<string, MissingThing>();
  readonly #read = new Map<string, Promise<Program>>();
  readonly #loaders = new Map<string, Promise<DynamicLoader>>();
  /** Paths of programs and scripts that were looked after. */
  readonly #done = new Set<string>();
  readonly #programs: LoadedProgram[] = [];
  /** Libraries among the roots: they wait for the programs that may load them. */
  readonly #libraries: { readonly path: string; readonly elf: ElfFacts; readonly why: readonly string[] }[] = [];
  readonly #provided: ReadonlySet<string>;

  constructor(root: RootFiles, options: ClosureOptions) {
    this.#root = root;
    this.#options = options;
    this.#provided = new Set(options.extras.map((path) => path.slice(path.lastIndexOf('/') + 1)));
  }

  async addRoot(path: string, why: readonly string[]): Promise<void> {
    await this.#addProgram(`/${path}`, why, 0);
  }

  async finish(roots: ReadonlySet<string>): Promise<readonly Needed[]> {
    const known = new Set(this.#programs.flatMap(({ loaded }) => loaded.map(({ place }) => this.#follow(place).path)));
    for (const { path, elf, why } of this.#libraries) if (!known.has(path)) await this.#load(`/${path}`, elf, why);
    if (this.#missing.size > 0) throw missingError([...this.#missing.values()], this.#options);
    return [...this.#needed.values()]
      .filter(({ path }) => !roots.has(path))
      .sort((a, b) => compareUtf8(a.path, b.path));
  }

  /** What the file at a place needs, and what leads to it. */
  async #addProgram(place: string, why: readonly string[], scripts: number): Promise<void> {
    const { path, entry } = this.#need(place, why);
    if (entry?.kind !== 'file' || this.#done.has(path)) return;
    this.#done.add(path);
    const program = await this.#programAt(path);
    if (program.kind === 'script') await this.#addInterpreters(program.line, why, scripts);
    else if (program.kind === 'data') return;
    else if (program.elf.interpreter === undefined) this.#libraries.push({ path, elf: program.elf, why });
    else await this.#load(`/${path}`, program.elf, why);
  }

  async #addInterpreters(line: ScriptLine, why: readonly string[], scripts: number): Promise<void> {
    const program = programOfEnv(line);
    const wanted = program === undefined ? [line.interpreter] : [line.interpreter, program];
    for (const name of wanted) {
      const chain = [...why, name];
      const looked = name.startsWith('/') ? [name] : name.includes('/') ? [] : this.#placesOnPath(name);
      const place = looked.find((path) => {
        const { entry } = this.#follow(path);
        return entry?.kind === 'file' && (entry.mode & 0o111) !== 0;
      });
      const missing = { name, why: chain, looked };
      if (scripts >= SCRIPTS_MAX) this.#miss({ ...missing, ...TOO_MANY });
      else if (place === undefined) this.#miss({ ...missing, ...reasonFor(name) });
      else await this.#addProgram(place, chain, scripts + 1);
    }
  }

  #placesOnPath(name: string): readonly string[] {
    const { find } = this.#options;
    if (find === undefined) return PATH.map((directory) => `${directory}/${name}`);
    const place = find(name);
    return place === undefined ? [] : [place];
  }

  async #load(place: string, elf: ElfFacts, why: readonly string[]): Promise<void> {
    const names = new Set(elf.soname === undefined ? [] : [elf.soname]);
    const program: Loaded = { place, elf, names, by: undefined, why };
    const isLibrary = elf.interpreter === undefined;
    const loader = await this.#loaderOf(elf);
    const result = await loadProgram(
      {
        program,
        interpreter: await this.#interpreterOf(program),
        loader,
        byLibrary: this.#options.nameService && loader.libc === 'glibc' ? NAME_SERVICE : [],
        hosts: isLibrary ? this.#programs.filter((host) => isCompatible(host.program.elf.abi, elf.abi)) : [],
      },
      { root: this.#root, programAt: (path) => this.#programAt(path), provided: this.#provided },
    );
    for (const found of [...result.loaded, ...result.reached]) this.#need(found.place, found.why);
    for (const thing of result.missing) this.#miss(thing);
    if (!isLibrary) this.#programs.push(result);
  }

  async #interpreterOf(program: Loaded): Promise<Loaded | undefined> {
    const { interpreter, abi } = program.elf;
    if (interpreter === undefined) return undefined;
    const why = [...program.why, interpreter];
    const { path, entry } = this.#follow(interpreter);
    const found = entry?.kind === 'file' ? await this.#programAt(path) : undefined;
    if (found === undefined) {
      this.#miss({ name: interpreter, why, looked: [interpreter] });
    } else if (found.kind !== 'elf' || !isCompatible(abi, found.elf.abi)) {
      this.#miss({ name: interpreter, why, looked: [interpreter], problem: 'which is no loader for its machine' });
    } else {
      const names = [interpreter, ...(found.elf.soname === undefined ? [] : [found.elf.soname])];
      return { place: interpreter, elf: found.elf, names: new Set(names), by: undefined, why };
    }
    return undefined;
  }

  #loaderOf(elf: ElfFacts): Promise<DynamicLoader> {
    const libraries = elf.needed.filter((name) => name.startsWith('libc.'));
    const key = JSON.stringify([elf.abi, elf.interpreter ?? libraries]);
    const loader = this.#loaders.get(key) ?? openDynamicLoader(elf, this.#root);
    this.#loaders.set(key, loader);
    return loader;
  }

  #programAt(path: string): Promise<Program> {
    const { entry } = this.#follow(path);
    if (entry?.kind !== 'file') return Promise.resolve({ kind: 'data' });
    const program = this.#read.get(path) ?? readProgram(path, entry, this.#options.at);
    this.#read.set(path, program);
    return program;
  }

  #follow(place: string) {
    return followPath(place, this.#root);
  }

  /** Takes in a place, with the symlinks that lead there. */
  #need(place: string, why: readonly string[]) {
    const followed = this.#follow(place);
    const { links, path, entry } = followed;
    for (const needed of entry?.kind === 'file' ? [...links, path] : links) {
      const before = this.#needed.get(needed);
      if (before === undefined || why.length < before.why.length) this.#needed.set(needed, { path: needed, why });
    }
    return followed;
  }

  #miss(thing: MissingThing): void {
    const key = JSON.stringify([thing.name, thing.why.at(-2)]);
    if (!this.#missing.has(key)) this.#missing.set(key, thing);
  }
}
