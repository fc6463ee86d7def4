import picomatch from 'picomatch';
import { fail, type TbuildError } from '../errors/index.js';
import type { Pattern } from '../manifest/index.js';

/** A pattern of image.yaml, ready to be asked. Paths are relative, with `/` between names. */
export interface Glob {
  readonly pattern: Pattern;
  matches(path: string, isDirectory: boolean): boolean;
  /** False where nothing below the directory can match. */
  mayMatchBelow(directory: string): boolean;
}

/**
 * `dot`: hidden files are files. `nonegate`: leaving out is what `exclude` is for. `windows`: never by the machine.
 * `posix`: `[!a]` as in a shell. `flags`: names may hold newlines. `debug`: a pattern that is no pattern throws, instead of matching nothing.
 */
const OPTIONS = { dot: true, nonegate: true, windows: false, posix: true, flags: 's', debug: true } as const;

/** The parts between slashes; undefined where a slash stands inside brackets or behind a backslash. */
function partsOf(glob: string): readonly string[] | undefined {
  let depth = 0;
  for (let i = 0; i < glob.length; i++) {
    const character = glob[i]!;
    if (character === '\\') {
      if (glob[++i] === '/') return undefined;
    } else if ('{(['.includes(character)) depth++;
    else if ('})]'.includes(character)) depth--;
    else if (character === '/' && depth !== 0) return undefined;
  }
  return depth === 0 ? glob.split('/') : undefined;
}

function mistakeIn(glob: string, parts: readonly string[] | undefined): string | undefined {
  if (glob === '') return 'is empty';
  if (glob.startsWith('/')) return 'begins with "/", but patterns are relative to the directory that they look through';
  if (/^!(?!\()/.test(glob)) return 'begins with "!", but what to leave out is written under "exclude"';
  if (parts?.includes('..')) return 'holds "..", but patterns never leave the directory that they look through';
  if (parts?.includes('.') || parts?.includes('')) return 'holds an empty name or "."';
  return undefined;
}

function invalid({ glob, at }: Pattern, mistake: string, cause?: unknown): TbuildError {
  return fail('manifest-wrong-value', { message: `The pattern ${JSON.stringify(glob)} ${mistake}`, at, cause });
}

function compile(glob: string, pattern: Pattern): (text: string) => boolean {
  try {
    return picomatch(glob, OPTIONS);
  } catch (error) {
    throw invalid(pattern, 'cannot be understood', error);
  }
}

/** Compares a directory with a pattern name by name, as far as the directory goes. */
function prefixMatcher(parts: readonly string[] | undefined, pattern: Pattern): (directory: string) => boolean {
  if (parts === undefined) return () => true;
  const matchers = parts.map((part) => (part.includes('**') ? 'any' : compile(part, pattern)));
  return (directory) => {
    const names = directory.split('/');
    for (const [i, name] of names.entries()) {
      const matcher = matchers[i];
      if (matcher === 'any') return true;
      if (matcher === undefined || !matcher(name)) return false;
    }
    return matchers.length > names.length;
  };
}

/**
 * Reads a pattern: `*` and `?` stay within one name, `**` crosses any number of directories, `[a-z]`, `{a,b}` and
 * `@(a|b)` work as in bash, a backslash takes the next character as it is. A leading `./` says nothing; a trailing `/`
 * matches directories only.
 *
 * @throws TbuildError `manifest-wrong-value`
 */
export function parseGlob(pattern: Pattern): Glob {
  const isDirectoryOnly = pattern.glob.endsWith('/');
  const glob = pattern.glob.replace(/^(\.\/)+(?=.)/, '').replace(/(?<=.)\/$/, '');
  const parts = partsOf(glob);
  const mistake = mistakeIn(glob, parts);
  if (mistake !== undefined) throw invalid(pattern, mistake);
  const matches = compile(glob, pattern);
  return {
    pattern,
    matches: (path, isDirectory) => (isDirectory || !isDirectoryOnly) && matches(path),
    mayMatchBelow: prefixMatcher(parts, pattern),
  };
}
