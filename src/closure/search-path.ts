import { posix } from 'node:path';
import type { Machine } from './machine.js';
import type { ElfFacts } from './read-elf.js';

/** A program or library in the memory of a process. */
export interface Loaded {
  /** The absolute path under which it was found, symlinks not followed. */
  readonly place: string;
  readonly elf: ElfFacts;
  /** Names under which nobody needs to look for it again. */
  readonly names: Set<string>;
  /** Who asked for it first; undefined for the program. */
  readonly by: Loaded | undefined;
  /** From the root to it, in words: `/usr/bin/curl`, `libcurl.so.4`. */
  readonly why: readonly string[];
}

/** Replaces the tokens of ld.so(8), "Dynamic string tokens"; undefined where one has no value. */
export function replaceTokens(text: string, place: string, values: Readonly<Record<string, string | undefined>>) {
  let isKnown = true;
  const origin = posix.dirname(place);
  const replaced = text.replace(
    /\$(?:\{(ORIGIN|LIB|PLATFORM)\}|(ORIGIN|LIB|PLATFORM)(?![A-Za-z0-9_]))/g,
    (_, braced?: string, bare?: string) => {
      const name = braced ?? bare!;
      const value = name === 'ORIGIN' ? origin : values[name];
      isKnown &&= value !== undefined;
      return value ?? '';
    },
  );
  return isKnown ? replaced : undefined;
}

/**
 * The directories of an RPATH or RUNPATH, for glibc. Relative ones are left out, as they start from wherever somebody
 * starts the program. `$LIB` is every value that the loader may have been built with.
 */
export function directoriesOf(text: string, place: string, machine: Machine): readonly string[] {
  const libraries = [...machine.triplets.map((triplet) => `lib/${triplet}`), ...machine.libraries];
  return text.split(':').flatMap((part) => {
    const values = /\$\{?LIB/.test(part) ? libraries : [''];
    return values.flatMap((LIB) => {
      const directory = replaceTokens(part, place, { LIB, PLATFORM: machine.platform });
      return directory?.startsWith('/') ? [directory] : [];
    });
  });
}
