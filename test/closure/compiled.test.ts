import { mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { need } from '../support/programs.js';
import { outputOf } from '../support/run.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { closureInDirectory } from './support.js';

/** A program `x` and its libraries below one directory: what each is linked with, and where it may be looked for. */
interface Linked {
  readonly name: string;
  /** Path → libraries by path, and options of the linker. The libraries come before those that need them. */
  readonly build: Readonly<
    Record<string, { readonly links?: readonly string[]; readonly options?: readonly string[] }>
  >;
  readonly symlinks?: Readonly<Record<string, string>>;
}

const rpath = (path: string): string[] => ['-Wl,--disable-new-dtags', `-Wl,-rpath,${path}`];
const runpath = (path: string): string[] => ['-Wl,--enable-new-dtags', `-Wl,-rpath,${path}`];

const CASES: readonly Linked[] = [
  {
    name: 'a RUNPATH with $ORIGIN',
    build: { 'lib/liba.so': {}, 'bin/x': { links: ['lib/liba.so'], options: runpath('$ORIGIN/../lib') } },
  },
  {
    name: 'an RPATH that libraries inherit',
    build: {
      'lib/libb.so': {},
      'lib/liba.so': { links: ['lib/libb.so'] },
      'bin/x': { links: ['lib/liba.so'], options: rpath('${ORIGIN}/../lib') },
    },
  },
  {
    name: 'a RUNPATH in each library, relative to where it was found',
    build: {
      'deep/er/libb.so': {},
      'lib/liba.so': { links: ['deep/er/libb.so'], options: runpath('$ORIGIN/../deep/er') },
      'bin/x': { links: ['lib/liba.so'], options: runpath('$ORIGIN/../lib') },
    },
  },
  {
    name: 'two libraries of one name, of which the first directory has it',
    build: {
      'one/liba.so': {},
      'two/liba.so': {},
      'bin/x': { links: ['two/liba.so'], options: runpath('$ORIGIN/../none:$ORIGIN/../one:$ORIGIN/../two') },
    },
  },
  {
    name: 'a soname that is loaded from elsewhere already',
    build: {
      'one/liba.so': {},
      'two/liba.so': {},
      'lib/libb.so': { links: ['two/liba.so'], options: runpath('$ORIGIN/../two') },
      'bin/x': { links: ['one/liba.so', 'lib/libb.so'], options: runpath('$ORIGIN/../one:$ORIGIN/../lib') },
    },
  },
  {
    name: 'a soname that is loaded later, breadth first',
    build: {
      'one/libz.so': {},
      'two/libz.so': {},
      'lib/liba.so': { links: ['two/libz.so'], options: runpath('$ORIGIN/../two') },
      'bin/x': { links: ['lib/liba.so', 'one/libz.so'], options: runpath('$ORIGIN/../one:$ORIGIN/../lib') },
    },
  },
  {
    name: 'an RPATH behind a symlinked directory',
    build: { 'real/lib/liba.so': {}, 'bin/x': { links: ['real/lib/liba.so'], options: rpath('$ORIGIN/../link/lib') } },
    symlinks: { link: 'real' },
  },
  {
    name: 'a library behind two symlinks, whose own $ORIGIN is that of the first',
    build: {
      'lib/libb.so': {},
      'store/liba.so.1.2': { links: ['lib/libb.so'], options: runpath('$ORIGIN') },
      'bin/x': { links: ['store/liba.so.1.2'], options: runpath('$ORIGIN/../lib') },
    },
    symlinks: { 'lib/liba.so.1.2': 'liba.so.1', 'lib/liba.so.1': '../store/liba.so.1.2' },
  },
  {
    name: 'nothing of its own but the C library',
    build: { 'bin/x': {} },
  },
];

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/\W/g, '_');
}

async function build({ build: parts, symlinks = {} }: Linked, directory: string): Promise<string> {
  for (const [path, { links = [], options = [] }] of Object.entries(parts)) {
    const output = join(directory, path);
    mkdirSync(dirname(output), { recursive: true });
    const calls = links.map((link) => `extern int f_${nameOf(link)}(void);`).join('\n');
    const sum = ['0', ...links.map((link) => `f_${nameOf(link)}()`)].join(' + ');
    const isProgram = path === 'bin/x';
    const source = `${output}.c`;
    writeFileSync(source, `${calls}\nint ${isProgram ? 'main' : `f_${nameOf(path)}`}(void) { return ${sum}; }\n`);
    const name = path.slice(path.lastIndexOf('/') + 1);
    const kind = isProgram ? [] : ['-shared', '-fPIC', `-Wl,-soname,${name}`];
    const linked = links.map((link) => join(directory, link));
    await outputOf('gcc', [...kind, '-o', output, source, ...linked, ...options, '-Wl,--allow-shlib-undefined']);
  }
  for (const [path, target] of Object.entries(symlinks)) symlinkSync(target, join(directory, path));
  return join(directory, 'bin/x');
}

describe.skipIf(!need('gcc', 'ldd'))('the closure of a program that was linked with', () => {
  const place = temporaryDirectory();

  it.each(CASES)('$name is what ldd lists', async (linked) => {
    const program = await build(linked, join(place.path, String(CASES.indexOf(linked))));
    const listed = (await outputOf('ldd', [program]))
      .split('\n')
      .map((line) => /(?:=> |^\s*)(\/\S+) \(0x/.exec(line)?.[1])
      .filter((path) => path !== undefined)
      .map((path) => realpathSync(path));
    const needed = await closureInDirectory('/', [program.slice(1)]);
    const files = needed.map(({ path }) => `/${path}`).filter((path) => realpathSync(path) === path);
    expect(files).toEqual([...new Set(listed)].sort());
    expect(files.length).toBeGreaterThanOrEqual(Object.keys(linked.build).length > 1 ? 3 : 2);
  });
});

describe.skipIf(!need('gcc'))('a program that was linked', () => {
  const place = temporaryDirectory();
  beforeAll(() => writeFileSync(join(place.path, 'x.c'), 'int main(void) { return 0; }\n'));

  it.each(['-static', '-static-pie'])('with %s needs nothing', async (option) => {
    await outputOf('gcc', [option, '-o', join(place.path, 'x'), join(place.path, 'x.c')]);
    expect(await closureInDirectory('/', [join(place.path, 'x').slice(1)])).toEqual([]);
  });
});
