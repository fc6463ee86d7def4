import { fail, type TbuildError } from '../errors/index.js';
import type { DynamicLoader } from './dynamic-loader.js';
import { followPath } from './follow-path.js';
import { isCompatible } from './machine.js';
import type { MissingThing } from './missing.js';
import type { Program } from './read-program.js';
import type { RootFiles } from './root-files.js';
import type { Loaded } from './search-path.js';

/** A program, or a library that some program loads at run time, about to be loaded. */
export interface LoadRequest {
  readonly program: Loaded;
  /** The loader's own file, which counts as loaded. */
  readonly interpreter: Loaded | undefined;
  readonly loader: DynamicLoader;
  /** Libraries that the C library loads by itself. */
  readonly byLibrary: readonly { readonly name: string; readonly isRequired: boolean }[];
  /** Of a library: the programs that may load it; what they have in memory need not be found again. */
  readonly hosts: readonly LoadedProgram[];
}

export interface LoadSurroundings {
  readonly root: RootFiles;
  /** What the file at a path free of symlinks is. */
  programAt(path: string): Promise<Program>;
  /** Base names of files that are in without anybody having found them. */
  readonly provided: ReadonlySet<string>;
}

export interface LoadedProgram {
  readonly program: Loaded;
  readonly loader: DynamicLoader;
  /** In the order in which the loader loads them, the program first. */
  readonly loaded: readonly Loaded[];
  /** Other places at which the loader opens something: what it has already, through other symlinks, and its index. */
  readonly reached: readonly Pick<Loaded, 'place' | 'why'>[];
  readonly missing: readonly MissingThing[];
}

/** Places at which files are looked for: large programs with hundreds of libraries have some ten thousand. */
const PLACES_MAX = 200_000;

/** The C library of glibc on all machines but alpha and ia64, which have `.1` behind it. */
const GLIBC = /^libc\.so\.6(\.1)?$/;

/**
 * Finds all that a program has in memory when it starts, breadth first as the loader does (ld.so(8)): a library that is
 * there under the same name or soname is not searched again, and files for other machines are passed over.
 *
 * @throws TbuildError `elf-invalid`, `input-limit`
 */
export async function loadProgram(request: LoadRequest, around: LoadSurroundings): Promise<LoadedProgram> {
  const loading = new Loading(request, around);
  await loading.run();
  const { program, loader } = request;
  return { program, loader, loaded: loading.loaded, reached: loading.reached, missing: loading.missing };
}

class Loading {
  readonly loaded: Loaded[];
  readonly reached: Pick<Loaded, 'place' | 'why'>[] = [];
  readonly missing: MissingThing[] = [];
  readonly #request: LoadRequest;
  readonly #around: LoadSurroundings;
  #places = 0;
  /** Where to look for what each asks for. */
  readonly #directories = new Map<Loaded, readonly string[]>();
  /** What was passed over in the search for a name. */
  readonly #foreign = new Map<string, string>();
  /** Where each file without symlinks is loaded. */
  readonly #byPath = new Map<string, Loaded>();

  constructor(request: LoadRequest, around: LoadSurroundings) {
    const { program, interpreter } = request;
    this.#request = request;
    this.#around = around;
    this.loaded = interpreter === undefined ? [program] : [program, interpreter];
    for (const object of this.loaded) this.#byPath.set(followPath(object.place, around.root).path, object);
  }

  async run(): Promise<void> {
    let done = 0;
    const finish = async (): Promise<void> => {
      for (; done < this.loaded.length; done++) await this.#loadNeeded(this.loaded[done]!);
    };
    await finish();
    const library = this.loaded.find(({ names }) => [...names].some((name) => GLIBC.test(name)));
    if (library === undefined) return;
    for (const { name, isRequired } of this.#request.byLibrary) await this.#load(name, library, isRequired);
    await finish();
  }

  async #loadNeeded(object: Loaded): Promise<void> {
    for (const name of object.elf.auxiliary) await this.#load(name, object, false);
    for (const name of object.elf.needed) await this.#load(name, object, true);
  }

  async #load(name: string, from: Loaded, isRequired: boolean): Promise<void> {
    const { loader, hosts } = this.#request;
    if (loader.isItself(name) || this.loaded.some(({ names }) => names.has(name))) return;
    const why = [...from.why, name];
    const own = this.#placesOf(name, from);
    const found = (await this.#findIn(own, from, why)) ?? (await this.#findByHosts(name, from, why));
    if (found === undefined) {
      const isThere = hosts.some(({ loaded }) => loaded.some(({ names }) => names.has(name)));
      if (!isRequired || isThere || this.#around.provided.has(name)) return;
      const other = this.#foreign.get(name);
      const problem = other === undefined ? {} : { problem: `and ${JSON.stringify(other)} is for another machine` };
      this.missing.push({ name, why, looked: own, ...problem });
    } else {
      this.#keep(found, name);
    }
  }

  #placesOf(name: string, from: Loaded): readonly string[] {
    const { loader } = this.#request;
    if (!name.includes('/')) {
      const directories = this.#directories.get(from) ?? loader.directoriesFor(from);
      this.#directories.set(from, directories);
      return directories.map((directory) => `${directory}/${name}`);
    }
    const path = loader.pathOf(name, from);
    return path?.startsWith('/') ? [path] : [];
  }

  /** As far as a library is loaded by a program, the search path of that program counts too. */
  async #findByHosts(name: string, from: Loaded, why: readonly string[]): Promise<Loaded | undefined> {
    for (const { program } of this.#request.hosts) {
      const found = await this.#findIn(this.#placesOf(name, { ...from, by: program }), from, why);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  async #findIn(places: readonly string[], by: Loaded, why: readonly string[]): Promise<Loaded | undefined> {
    const { root, programAt } = this.#around;
    this.#places += places.length;
    if (this.#places > PLACES_MAX) {
      const message = `${JSON.stringify(why[0])} makes the loader look at more than ${PLACES_MAX} places`;
      throw fail('input-limit', { message, details: { why } });
    }
    for (const place of places) {
      const { path, entry } = followPath(place, root);
      if (entry?.kind !== 'file') continue;
      const program = await programAt(path);
      if (program.kind !== 'elf') throw noLibrary(path, why);
      if (isCompatible(this.#request.program.elf.abi, program.elf.abi))
        return { place, elf: program.elf, names: new Set(), by, why };
      this.#foreign.set(why.at(-1)!, place);
    }
    return undefined;
  }

  #keep(found: Loaded, name: string): void {
    const { path } = followPath(found.place, this.#around.root);
    const known = this.#byPath.get(path);
    const index = this.#request.loader.indexFor(found);
    if (index !== undefined) this.reached.push({ place: index, why: found.why });
    if (known === undefined) {
      this.loaded.push(found);
      this.#byPath.set(path, found);
    } else {
      this.reached.push(found);
    }
    const { names, elf } = known ?? found;
    names.add(name);
    if (this.#request.loader.libc === 'glibc' && elf.soname !== undefined) names.add(elf.soname);
  }
}

function noLibrary(path: string, why: readonly string[]): TbuildError {
  return fail('elf-invalid', {
    message: `${JSON.stringify(`/${path}`)} is no ELF file, but loaded as a library: ${why.join(' → ')}`,
    details: { path: `/${path}`, why },
  });
}
