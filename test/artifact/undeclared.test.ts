import { describe, expect, it } from 'vitest';
import { hintFor } from '../../src/artifact/undeclared.js';
import { treeOf } from '../../src/tree/index.js';
import { pattern } from '../inputs/support.js';
import { file } from '../tree/support.js';
import { artifact, type Declared } from './support.js';

interface Situation extends Declared {
  /** What the command got, from the top of the copy. */
  readonly inputs?: readonly string[];
  /** What is there besides, from the directory of image.yaml. */
  readonly there?: readonly string[];
  readonly workingDirectory?: string;
  /** Where that is not what the command sees. */
  readonly directory?: string;
  readonly script?: string;
}

function hint(log: string, situation: Situation = {}): string | undefined {
  const { inputs = ['src/main.c'], there = [], workingDirectory = '', script = 'make', ...rest } = situation;
  const { directory = workingDirectory, ...declared } = rest;
  return hintFor(log.split('\n'), {
    declaration: artifact(script, {
      include: ['src'],
      tools: ['make', 'cc', 'node', 'python3', 'go', 'perl'],
      ...declared,
    }),
    inputs: treeOf(inputs.map((path) => file(path))),
    workingDirectory,
    directory,
    source: '/build/source',
    exists: (path) => there.includes(path),
  });
}

describe('a file that the command could not find', () => {
  const cases: readonly [program: string, log: string, there: string, situation?: Situation][] = [
    ['gcc', 'src/main.c:1:10: fatal error: config.h: No such file or directory', 'src/config.h'],
    ['gcc, beside the directory', 'src/main.c:1:10: fatal error: ../config.h: No such file or directory', 'config.h'],
    [
      'gcc, where make told it to look',
      'cc -Iinclude -c src/main.c\nsrc/main.c:1:10: fatal error: config.h: No such file or directory\ncompilation terminated.\nmake: *** [Makefile:2: main.o] Error 1',
      'include/config.h',
    ],
    ['clang', "src/main.c:1:10: fatal error: 'config.h' file not found", 'src/config.h'],
    ['gcc of a source', 'cc1: fatal error: src/other.c: No such file or directory', 'src/other.c'],
    ['make', "make: *** No rule to make target 'common.mk', needed by 'all'.  Stop.", 'common.mk'],
    ['make, a part of a makefile', 'Makefile:1: rules/common.mk: No such file or directory', 'rules/common.mk'],
    ['make without makefile', 'make: *** No targets specified and no makefile found.  Stop.', 'Makefile'],
    ['dash', 'sh: 1: cannot open data/list.txt: No such file', 'data/list.txt'],
    ['dash, a script', 'sh: 0: cannot open build.sh: No such file', 'build.sh'],
    ['bash', 'bash: line 1: data/list.txt: No such file or directory', 'data/list.txt'],
    ['cat', 'cat: VERSION.txt: No such file or directory', 'VERSION.txt'],
    ['cp', "cp: cannot stat 'LICENSE': No such file or directory", 'LICENSE'],
    [
      'node, require',
      "Error: Cannot find module './util'\nRequire stack:\n- /build/source/src/main.js\n    at Module._resolveFilename (node:internal/modules/cjs/loader:1140:15)",
      'src/util.js',
      { inputs: ['src/main.js'] },
    ],
    [
      'node, import',
      "Error [ERR_MODULE_NOT_FOUND]: Cannot find module '/build/source/src/util.js' imported from /build/source/src/main.js",
      'src/util.js',
      { inputs: ['src/main.js'] },
    ],
    ['node, a file', "Error: ENOENT: no such file or directory, open 'data/list.json'", 'data/list.json'],
    [
      'esbuild',
      '✘ [ERROR] Could not resolve "./util"\n    src/main.ts:1:20:',
      'src/util.ts',
      { inputs: ['src/main.ts'] },
    ],
    ['python, a module', "ModuleNotFoundError: No module named 'app.util'", 'app/util.py', { inputs: ['app/main.py'] }],
    ['python, a package', "ModuleNotFoundError: No module named 'lib'", 'lib/__init__.py', { inputs: ['main.py'] }],
    ['python, a file', "FileNotFoundError: [Errno 2] No such file or directory: 'data/list.txt'", 'data/list.txt'],
    [
      'python, a script',
      "python3: can't open file '/build/source/build.py': [Errno 2] No such file or directory",
      'build.py',
    ],
    [
      'go, a package',
      'main.go:4:2: package example.com/app/internal/x is not in std (/usr/local/go/src/example.com/app/internal/x)',
      'internal/x',
    ],
    ['go, a file to embed', 'main.go:5:12: pattern static/index.html: no matching files found', 'static/index.html'],
    ['go without module', 'go: go.mod file not found in current directory or any parent directory', 'go.mod'],
    ['rustc', "error: couldn't read `src/table.rs`: No such file or directory (os error 2)", 'src/table.rs'],
    [
      'rustc, a module',
      'error[E0583]: file not found for module `table`\n = help: to create the module `table`, create file "src/table.rs" or "src/table/mod.rs"',
      'src/table.rs',
    ],
    ['cargo', 'error: could not find `Cargo.toml` in `/build/source` or any parent directory', 'Cargo.toml'],
    ['perl', `Can't open perl script "gen.pl": No such file or directory`, 'gen.pl'],
    ['perl, a module', "Can't locate lib/Gen.pm in @INC (you may need to install the lib::Gen module)", 'lib/Gen.pm'],
    ['tsc', "error TS6053: File '/build/source/src/types.d.ts' not found.", 'src/types.d.ts'],
  ];
  it.each(cases)('is named, as by %s', (_program, log, there, situation = {}) => {
    const named = `${JSON.stringify(there)} is there but not declared: add it under "inputs".`;
    expect(hint(log, { ...situation, there: [there] })).toBe(named);
    // Only what is there, and only what is not declared.
    expect(hint(log, situation) ?? '').not.toContain('is there but not declared');
    const inputs = [...(situation.inputs ?? ['src/main.c']), there].filter((path) => !there.startsWith(`${path}/`));
    expect(hint(log, { ...situation, there: [there], inputs }) ?? '').not.toContain('is there but not declared');
  });

  const missing = 'src/main.c:1:10: fatal error: ../../config.h: No such file or directory';

  it('is declared from further up, where it lies above', () => {
    expect(hint(missing, { there: ['../config.h'] })).toBe(
      '"../config.h" is there but not declared: let the inputs start above it, with "from: .." under "inputs", and add "config.h". Patterns start there.',
    );
    const within = { from: '..', workingDirectory: 'app', inputs: ['app/src/main.c'] };
    expect(hint(missing.replace('../../', '../../../'), { ...within, there: ['../../config.h'] })).toContain(
      '"from: ../.." under "inputs", and add "config.h"',
    );
  });

  it('is named as patterns have it, where they start further up', () => {
    const situation = { from: '..', workingDirectory: 'app', inputs: ['app/src/main.c'], there: ['../lib/config.h'] };
    expect(hint(missing.replace('../../', '../../lib/'), situation)).toBe(
      '"../lib/config.h" is there but not declared: add "lib/config.h" under "inputs", whose patterns start from "..".',
    );
    const absolute = "FileNotFoundError: [Errno 2] No such file or directory: '/build/source/lib/config.h'";
    expect(hint(absolute, situation)).toContain('add "lib/config.h"');
  });

  it('is named as it is called, where the command began in a directory without a name', () => {
    const situation = { from: '../..', workingDirectory: '_/_', directory: 'images/app', inputs: ['lib/x'] };
    const log = (path: string) => `cat: ${path}: No such file or directory`;
    expect(hint(log('VERSION.txt'), { ...situation, there: ['VERSION.txt'] })).toContain(
      'add "images/app/VERSION.txt"',
    );
    expect(hint(log('../a.txt'), { ...situation, there: ['../a.txt'] })).toContain('add "images/a.txt"');
    expect(hint(log('/build/source/_/_/a.txt'), { ...situation, there: ['a.txt'] })).toContain(
      'add "images/app/a.txt"',
    );
    expect(hint(log('../../lib/y.txt'), { ...situation, there: ['../../lib/y.txt'] })).toContain('add "lib/y.txt"');
  });

  it('may be left out', () => {
    const log = 'cat: VERSION.txt: No such file or directory';
    const declaration = { ...artifact('x'), inputs: { from: '.', include: undefined, exclude: [pattern('*.txt')] } };
    const failed = {
      declaration,
      inputs: treeOf([]),
      workingDirectory: '',
      directory: '',
      source: '/s',
      exists: () => true,
    };
    expect(hintFor([log], failed)).toBe(
      '"VERSION.txt" is there but not declared: "exclude" under "inputs" leaves it out.',
    );
  });

  it('is not guessed from words that are no paths', () => {
    const there = ['file', 'directory', 'error', 'such', '..', '.', '1', 'src'];
    expect(hint('cc: fatal error: no input files: No such file or directory', { there })).toBeUndefined();
  });

  it('is not searched for long', () => {
    let asked = 0;
    const words = Array.from({ length: 5_000 }, (_, i) => `./a${i}`).join(' ');
    const inputs = treeOf(Array.from({ length: 500 }, (_, i) => file(`d${i}/x`)));
    const exists = (): boolean => {
      asked++;
      return false;
    };
    const declaration = artifact('x');
    const failed = { declaration, inputs, workingDirectory: '', directory: '', source: '/s', exists };
    hintFor([`cannot find module ${words}`], failed);
    expect(asked).toBeLessThan(50_000);
  });
});

describe('a program that the command could not find', () => {
  const toTools = (name: string): string => `A command sees only its tools: add ${JSON.stringify(name)} to "tools".`;
  const withOwner = (name: string, owner: string): string =>
    `A command sees only its tools: add ${JSON.stringify(name)} to "tools", or what brings it to "packages" or "with" of ${JSON.stringify(owner)}.`;

  it.each<[log: string, expected: string]>([
    ['sh: 1: tar: not found', toTools('tar')],
    ['/build/tools/sh: 3: tar: not found', toTools('tar')],
    ['bash: line 1: tar: command not found', toTools('tar')],
    ['make: tar: No such file or directory', toTools('tar')],
    ['make[1]: tar: No such file or directory', toTools('tar')],
    ["env: 'ruby': No such file or directory", toTools('ruby')],
    ['/usr/bin/env: ‘ruby’: No such file or directory', toTools('ruby')],
    ['Error: spawn tsc ENOENT', toTools('tsc')],
    ['exec: "gcc": executable file not found in $PATH', toTools('gcc')],
    ['error: linker `ld.lld` not found', toTools('ld.lld')],
    ["FileNotFoundError: [Errno 2] No such file or directory: 'gcc'", toTools('gcc')],
    ["cc: fatal error: cannot execute 'as': execvp: No such file or directory", withOwner('as', 'cc')],
    ["collect2: fatal error: cannot find 'ld'", withOwner('ld', 'cc')],
  ])('is to be added: %s', (log, expected) => {
    expect(hint(log)).toBe(expected);
  });

  it.each([
    ["cc: fatal error: cannot execute 'cc1': execvp: No such file or directory"],
    ['cc: fatal error: cannot execute ‘cc1’: execvp: No such file or directory'],
    ["gcc: error trying to exec 'cc1': execvp: No such file or directory"],
  ])('may be a part of another: %s', (log) => {
    expect(hint(log)).toBe(
      '"cc1" is a part of "cc": add the package that brings it to "packages" of that tool, or the directory it lies in to "with".',
    );
  });
});

describe('a part of a tool that it could not find', () => {
  it.each<[log: string, name: string, tool: string]>([
    ['src/main.c:1:10: fatal error: stdio.h: No such file or directory', 'stdio.h', '"cc"'],
    ['/usr/bin/ld: cannot find -lm: No such file or directory', '-lm', '"cc"'],
    ['/usr/bin/ld: cannot find crt1.o: No such file or directory', 'crt1.o', '"cc"'],
    [
      'python3: error while loading shared libraries: libx.so.1: cannot open shared object file',
      'libx.so.1',
      '"python3"',
    ],
    ["Can't locate strict.pm in @INC (you may need to install the strict module)", 'strict.pm', '"perl"'],
    ["ModuleNotFoundError: No module named 'encodings'", 'encodings', '"python3"'],
  ])('is told with its tool: %s', (log, name, tool) => {
    expect(hint(log)).toBe(
      `${JSON.stringify(name)} is neither among the inputs nor a part of ${tool}: add its package to "packages" of the tool, or the directory it lies in to "with".`,
    );
  });

  it('is nothing where the log tells of none', () => {
    expect(hint('src/main.c:3:5: error: expected expression')).toBeUndefined();
    expect(hint('')).toBeUndefined();
  });
});
