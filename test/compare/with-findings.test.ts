import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Difference, type OpenSide, readPackages, withFindings } from '../../src/compare/index.js';
import { emptyTree, treeOf } from '../../src/tree/index.js';
import { need } from '../support/programs.js';
import { file } from '../tree/support.js';

const difference = (path: string, more: Partial<Difference> = {}): Difference => ({
  where: 'layer app (linux/amd64)',
  path,
  expected: 'file',
  found: 'file',
  cause: 'artifact app: the command is not reproducible.',
  ...more,
});

/** Opens the texts of a path. */
const opening =
  (texts: Readonly<Record<string, readonly [string, string]>>, opened: string[] = []): OpenSide =>
  (side, _, path) => {
    const text = texts[path]?.[side === 'expected' ? 0 : 1];
    opened.push(`${side} ${path}`);
    return text === undefined ? undefined : { path, size: text.length, open: () => [Buffer.from(text)] };
  };

/** A program with a build id that says the word. */
function compiled(word: string): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'tbuild-findings-'));
  try {
    const program = join(directory, 'a');
    const input = `#include <stdio.h>\nint main(void) { puts("${word}"); return 0; }\n`;
    execFileSync('gcc', ['-Wl,--build-id', '-x', 'c', '-o', program, '-'], { input });
    return readFileSync(program);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

const facts = { created: undefined };

describe('differences with findings', () => {
  it('say why a file differs of which no input accounts for it', async () => {
    const open = opening({ '/a': ['at 2026-11-23', 'at 2026-11-24'] });
    const [first] = await withFindings([difference('/a', { isUnexplained: true })], open, facts);
    expect(first!.cause).toBe(
      'artifact app: the command is not reproducible: the time of the build, 2026-11-24, is written into it (line 1, byte 12).',
    );
    expect(first!.findings).toHaveLength(1);
  });

  it('leave a cause that is known as it is', async () => {
    const open = opening({ '/a': ['at 2026-11-23', 'at 2026-11-24'] });
    const [first] = await withFindings([difference('/a', { cause: 'a changed.' })], open, facts);
    expect(first).toMatchObject({ cause: 'a changed.', findings: [{ likely: { kind: 'time' } }] });
  });

  it('put a reason before what follows from it', async () => {
    const lines = ['id 1111111122223333\nat /build/a/x\n', 'id 1111111122223334\nat /build/b/x\n'] as const;
    const [first] = await withFindings([difference('/a', { isUnexplained: true })], opening({ '/a': lines }), facts);
    expect(first!.findings!.map(({ likely }) => likely?.kind)).toEqual(['random', 'path']);
    expect(first!.cause).toContain('an id of the same form');
  });

  it.skipIf(!need('gcc'))('never name as the reason what only follows from something else', async () => {
    const [before, after] = ['orchard', 'harbour'].map(compiled) as [Buffer, Buffer];
    const open: OpenSide = (side, _, path) => {
      const bytes = side === 'expected' ? before : after;
      return { path, size: bytes.length, open: () => [bytes] };
    };
    const [first] = await withFindings([difference('/a', { isUnexplained: true })], open, facts);
    expect(first!.findings!.map(({ likely }) => likely?.kind)).toContain('build-id');
    expect(first!.cause).toContain('orchard');
  });

  it('leave alone what is no file, cannot be opened or is the same', async () => {
    const given = [
      difference('env.A'),
      difference('/absent'),
      difference('/same'),
      { where: 'index', expected: 'a', found: 'b', cause: 'c.' },
    ];
    const opened: string[] = [];
    expect(await withFindings(given, opening({ '/same': ['x', 'x'] }, opened), facts)).toEqual(given);
    expect(opened).toEqual(['expected /absent', 'expected /same', 'found /same']);
  });

  it('are made for the first 20 files', async () => {
    const paths = Array.from({ length: 25 }, (_, i) => `/${i}`);
    const texts = Object.fromEntries(paths.map((path) => [path, ['a', 'b'] as const]));
    const found = await withFindings(
      paths.map((path) => difference(path)),
      opening(texts),
      facts,
    );
    expect(found.map(({ findings }) => findings !== undefined)).toEqual(paths.map((_, i) => i < 20));
  });

  it('pass on that a file cannot be read', async () => {
    const open: OpenSide = (_side, _where, path) => ({
      path,
      size: 1,
      open(): Uint8Array[] {
        throw new Error('gone');
      },
    });
    await expect(withFindings([difference('/a')], open, facts)).rejects.toThrow('gone');
  });
});

describe('the packages of an image', () => {
  const status =
    'Package: libc6\nStatus: install ok installed\nVersion: 2.36-9\n\nPackage: old\nStatus: deinstall ok config-files\nVersion: 1\n\nnonsense\n';

  it('are those that dpkg has installed', async () => {
    expect(await readPackages(treeOf([file('var/lib/dpkg/status', status)]))).toEqual(new Map([['libc6', '2.36-9']]));
  });

  it('are those of status.d too', async () => {
    const tree = treeOf([
      file('var/lib/dpkg/status.d/base', 'Package: base-files\nVersion: 12\nDescription: x\n y\n'),
      file('var/lib/dpkg/status.d/base.md5sums', 'Package: none\nVersion: 1\n'),
    ]);
    expect(await readPackages(tree)).toEqual(new Map([['base-files', '12']]));
  });

  it('are not known without a status file', async () => {
    expect(await readPackages(emptyTree)).toBeUndefined();
  });
});
