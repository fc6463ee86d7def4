import { posix } from 'node:path';
import { fail } from '../errors/index.js';
import { followPath } from './follow-path.js';
import { readLoaderConfiguration, readMuslDirectories } from './loader-directories.js';
import { type Machine, machineOf } from './machine.js';
import type { ElfFacts } from './read-elf.js';
import type { RootFiles } from './root-files.js';
import { directoriesOf, type Loaded, replaceTokens } from './search-path.js';

/** How a C library's loader looks for libraries. */
export interface DynamicLoader {
  readonly libc: 'glibc' | 'musl';
  /**
   * Absolute directories in which it looks for what `from` asks for, in order, each once.
   * @throws TbuildError `input-limit`
   */
  directoriesFor(from: Loaded): readonly string[];
  /** A name with a slash in it, tokens replaced; undefined where a token has no value. */
  pathOf(name: string, from: Loaded): string | undefined;
  /** True for names that mean the loader itself. */
  isItself(name: string): boolean;
  /** The file without which it would not find this library where it is. */
  indexFor(library: Loaded): string | undefined;
}

/** Directories in the search paths of a library and of all through which it came in. */
const DIRECTORIES_MAX = 2048;

/** What each of these says, as far as there is a limit to it. */
function gather(chain: Iterable<Loaded>, directoriesIn: (object: Loaded) => readonly string[]): readonly string[] {
  const found: string[] = [];
  for (const object of chain) {
    found.push(...directoriesIn(object));
    if (found.length > DIRECTORIES_MAX) {
      const message = `The search paths of ${JSON.stringify(object.place)} hold more than ${DIRECTORIES_MAX} directories`;
      throw fail('input-limit', { message, details: { path: object.place } });
    }
  }
  return found;
}

/** `from` and those through which it came in, up to the program. */
function* chainOf(from: Loaded): Generator<Loaded> {
  for (let at: Loaded | undefined = from; at !== undefined; at = at.by) yield at;
}

/** The directories that glibc was built with: Debian's, where the tree is laid out so, else those of its `lib64`. */
function builtInDirectories(machine: Machine, root: RootFiles): readonly string[] {
  const inBoth = (name: string): string[] => [`/${name}`, `/usr/${name}`];
  const multiarch = machine.triplets.map((triplet) => `lib/${triplet}`);
  const isThere = (path: string): boolean => followPath(path, root).entry?.kind === 'directory';
  const used = multiarch.filter((name) => inBoth(name).some(isThere));
  return (used.length > 0 ? [...used, 'lib'] : machine.libraries).flatMap(inBoth);
}

/** What ldconfig knows of libraries in the directories of ld.so.conf. */
const CACHE = '/etc/ld.so.cache';

/**
 * glibc's order (ld.so(8)): DT_RPATH of the object and of those that loaded it, or its DT_RUNPATH; what ldconfig found
 * in the directories of ld.so.conf; the directories built in. Without `/etc/ld.so.cache` the loader does not know of
 * ld.so.conf: its directories come last then, for images that make a cache or set LD_LIBRARY_PATH. Subdirectories of glibc-hwcaps, which hold the same libraries for
 * newer processors, are not looked into.
 */
async function openGlibc(elf: ElfFacts, root: RootFiles): Promise<DynamicLoader> {
  const machine = machineOf(elf.abi);
  const builtIn = builtInDirectories(machine, root);
  const configured = await readLoaderConfiguration(root);
  const isCached = followPath(CACHE, root).entry?.kind === 'file';
  const own = (from: Loaded): readonly string[] => {
    const { runpath } = from.elf;
    if (runpath !== undefined) return gather([from], ({ place }) => directoriesOf(runpath, place, machine));
    return gather(chainOf(from), ({ elf: { rpath, runpath }, place }) =>
      rpath === undefined || runpath !== undefined ? [] : directoriesOf(rpath, place, machine),
    );
  };
  return {
    libc: 'glibc',
    directoriesFor(from) {
      const { noDefaultDirectories } = from.elf;
      const system = noDefaultDirectories ? [] : builtIn;
      const cached = noDefaultDirectories ? configured.filter((name) => !builtIn.includes(name)) : configured;
      return [...new Set([...own(from), ...(isCached ? [...cached, ...system] : [...system, ...cached])])];
    },
    pathOf(name, { place }) {
      const [LIB] = [...machine.triplets.map((triplet) => `lib/${triplet}`), ...machine.libraries];
      return replaceTokens(name, place, { LIB, PLATFORM: machine.platform });
    },
    isItself: () => false,
    indexFor({ place, by }) {
      const directory = posix.dirname(place);
      if (!isCached || builtIn.includes(directory) || !configured.includes(directory)) return undefined;
      return by !== undefined && own(by).includes(directory) ? undefined : CACHE;
    },
  };
}

/** `libc.so`, `libpthread.so.0`, `libc.musl-x86_64.so.1`: all of them are musl's one file. */
const MUSL_ITSELF = /^lib(c|pthread|rt|m|dl|util|xnet)\./;

/**
 * musl's order (ldso/dynlink.c): DT_RUNPATH, else DT_RPATH, of the object and of those that loaded it, with `$ORIGIN` as
 * the only token; then the directories of its own configuration.
 */
async function openMusl(architecture: string, root: RootFiles): Promise<DynamicLoader> {
  const system = await readMuslDirectories(architecture, root);
  return {
    libc: 'musl',
    directoriesFor(from) {
      const own = gather(chainOf(from), ({ elf: { rpath, runpath }, place }) => {
        const text = replaceTokens(runpath ?? rpath ?? '', place, {});
        return text === undefined || text.includes('$') ? [] : text.split(':').filter((name) => name.startsWith('/'));
      });
      return [...new Set([...own, ...system])];
    },
    pathOf: (name) => name,
    isItself: (name) => MUSL_ITSELF.test(name),
    indexFor: () => undefined,
  };
}

const MUSL_INTERPRETER = /\/ld-musl-([^/]+)\.so\.1$/;

/** The musl of a library that names no loader: by the name of the C library that it asks for. */
function muslOfLibrary({ needed }: ElfFacts, root: RootFiles): string | undefined {
  if (!needed.some((name) => name === 'libc.so' || name.startsWith('libc.musl-'))) return undefined;
  const loader = root.namesIn(followPath('/lib', root).path).find((name) => MUSL_INTERPRETER.test(`/${name}`));
  return MUSL_INTERPRETER.exec(`/${loader}`)?.[1] ?? '';
}

/** The loader of a program, and the one that most likely loads a library. @throws TbuildError `input-limit` */
export async function openDynamicLoader(elf: ElfFacts, root: RootFiles): Promise<DynamicLoader> {
  const musl = MUSL_INTERPRETER.exec(elf.interpreter ?? '')?.[1];
  const architecture = elf.interpreter === undefined ? muslOfLibrary(elf, root) : musl;
  return architecture === undefined ? openGlibc(elf, root) : openMusl(architecture, root);
}
