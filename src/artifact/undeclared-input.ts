import { posix } from 'node:path';
import type { FailedCommand } from './failed-command.js';

/** How programs say that something is not there. */
const LACKING = new RegExp(
  [
    "can(?:no|')t (?:find|open|locate|stat|load)",
    "could(?: not|n't) (?:resolve|read|find|open|load)",
    'failed to (?:read|open|load)',
    'unable to (?:find|open|read)',
    'no such file|not found|does not exist|enoent',
    'no (?:rule to make target|makefile found|module named|matching files)',
    'not in std|main module|to create the module',
  ].join('|'),
  'i',
);

/** What is between quotes of any kind, and words. */
const QUOTED = /'([^']+)'|"([^"]+)"|`([^`']+)[`']|[‘“]([^’”]+)[’”]/g;
const WORD = /[^\s'"`‘’“”:,;()<>=[\]]+/g;
const MODULE = /no module named '?([\w.]+)'?/i;
/** Extensions that JavaScript and TypeScript leave out. */
const LEFT_OUT = ['', '.js', '.mjs', '.cjs', '.ts', '.tsx', '.jsx', '.json', '/index.js', '/index.ts'];
/** Names that a message means without saying them. */
const MEANT: readonly (readonly [said: RegExp, names: readonly string[]])[] = [
  [/no makefile found/i, ['Makefile', 'makefile', 'GNUmakefile']],
  [/cannot find main module/i, ['go.mod']],
];
/** Places that are looked at: a log is no reason to search a disk. */
const NAMES_MAX = 60;
const DIRECTORIES_MAX = 60;

const climbs = (path: string): boolean => path === '..' || path.startsWith('../');
const quotedIn = (text: string): string[] => [...text.matchAll(QUOTED)].map((match) => match.slice(1).find(Boolean)!);

/** Words count as paths only where they look so. */
function wordsIn(text: string): string[] {
  const words = text.match(WORD) ?? [];
  return words.map((word) => word.replace(/[.!]+$/, '')).filter((word) => /[./]/.test(word) && /[a-z0-9]/i.test(word));
}

/** What a line may mean that is not there: as it is written, and as languages look for it. */
function namesIn(line: string): readonly string[] {
  const module = MODULE.exec(line)?.[1]?.replaceAll('.', '/');
  const modules = module === undefined ? [] : [`${module}.py`, `${module}/__init__.py`, module.split('/')[0]!];
  const meant = MEANT.flatMap(([said, names]) => (said.test(line) ? names : []));
  const written = [...quotedIn(line), ...wordsIn(line)];
  const imported = /not in std/.test(line) ? written.flatMap(tailsOf) : [];
  return [...new Set([...meant, ...modules, ...written, ...imported])];
}

/** A package of Go is a directory of its module: `example.com/app/internal/x` lies in `internal/x`. */
function tailsOf(path: string): readonly string[] {
  const names = path.split('/');
  return names.slice(1).map((_, i) => names.slice(i + 1).join('/'));
}

class UndeclaredSearch {
  readonly #failed: FailedCommand;
  /** Directories that inputs are in, and those above. */
  readonly #holding = new Set<string>();

  constructor(failed: FailedCommand) {
    this.#failed = failed;
    for (const { path } of failed.inputs.entries) {
      for (let at = posix.dirname(path); at !== '.' && !this.#holding.has(at); at = posix.dirname(at))
        this.#holding.add(at);
    }
  }

  /** From the directory of image.yaml; undefined for what is not in the copy. */
  relative(path: string): string | undefined {
    const { source, workingDirectory } = this.#failed;
    if (!path.startsWith('/')) return path;
    if (!path.startsWith(`${source}/`)) return undefined;
    return posix.relative(`/${workingDirectory}`, `/${path.slice(source.length + 1)}`);
  }

  /** From where patterns start. What has no name in the copy holds no input, so that its own name finds none either. */
  fromTop(path: string): string {
    return posix.join(this.#failed.directory, path);
  }

  isUndeclared(path: string): boolean {
    const top = this.fromTop(path).replace(/\/$/, '');
    if (top === '.' || /^(?:\.\.\/)*\.\.$/.test(top)) return false;
    const { inputs, exists } = this.#failed;
    const isThere = inputs.get(top) !== undefined || this.#holding.has(top);
    return !isThere && exists(path);
  }

  /** Where names in a line may start from: the files that it names, where the command began, what compilers are told, all else. */
  *directoriesFor(line: string, log: readonly string[]): Generator<string> {
    const { declaration, workingDirectory, inputs } = this.#failed;
    const named = (text: string): string[] =>
      [...quotedIn(text), ...wordsIn(text)].flatMap((word) => {
        const path = this.relative(word);
        return path !== undefined && inputs.get(this.fromTop(path)) !== undefined ? [posix.dirname(path)] : [];
      });
    yield* named(line);
    yield '.';
    const { run } = declaration;
    const script = run.kind === 'script' ? run.script : run.args.join(' ');
    for (const [, told] of `${log.join('\n')}\n${script}`.matchAll(/(?:^|\s)-(?:I|isystem|iquote|L)\s*([^\s'"]+)/g)) {
      const path = this.relative(told!);
      if (path !== undefined) yield path;
    }
    yield* log.flatMap(named);
    for (const directory of ['', ...this.#holding])
      yield posix.relative(`/${workingDirectory}`, `/${directory}`) || '.';
  }
}

function isModule(line: string, name: string): boolean {
  return /module|resolve/i.test(line) && (name.startsWith('.') || name.startsWith('/'));
}

function findUndeclared(log: readonly string[], search: UndeclaredSearch): string | undefined {
  for (const line of log.filter((text) => LACKING.test(text))) {
    const directories = [...new Set(search.directoriesFor(line, log))].slice(0, DIRECTORIES_MAX);
    for (const name of namesIn(line).slice(0, NAMES_MAX)) {
      const relative = search.relative(name);
      if (relative === undefined || relative.includes('\0')) continue;
      const starts = name.startsWith('/') ? ['.'] : directories;
      const places = starts.flatMap((start) =>
        (isModule(line, name) ? LEFT_OUT : ['']).map((end) => posix.join(start, relative + end)),
      );
      const found = places.find((place) => search.isUndeclared(place));
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** A file or directory beside image.yaml, or above, that the log misses, and how to declare it. */
export function undeclaredInput(log: readonly string[], failed: FailedCommand): string | undefined {
  const search = new UndeclaredSearch(failed);
  const found = findUndeclared(log, search);
  if (found === undefined) return undefined;
  const { from, include, exclude } = failed.declaration.inputs;
  const top = search.fromTop(found);
  const isThere = `${JSON.stringify(found)} is there but not declared`;
  if (climbs(top)) {
    const [up] = /^(?:\.\.\/)+/.exec(top)!;
    const start = posix.join(from, up).replace(/\/$/, '');
    return `${isThere}: let the inputs start above it, with "from: ${start}" under "inputs", and add ${JSON.stringify(top.slice(up.length))}. Patterns start there.`;
  }
  if (include === undefined && exclude.length > 0) return `${isThere}: "exclude" under "inputs" leaves it out.`;
  if (from === '.') return `${isThere}: add it under "inputs".`;
  return `${isThere}: add ${JSON.stringify(top)} under "inputs", whose patterns start from ${JSON.stringify(from)}.`;
}
