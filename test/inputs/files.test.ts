import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, renameSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createNodeHost } from '../../src/host/index.js';
import { readFiles, selectFiles } from '../../src/inputs/index.js';
import { digestOf } from '../../src/oci/index.js';
import { digestOfTree } from '../../src/tree/index.js';
import { need } from '../support/programs.js';
import {
  at,
  contextIn,
  failureOf,
  filesContent,
  hostAhead,
  inDirectory,
  lay,
  lines,
  paths,
  selection,
  textOf,
} from './support.js';

const layout = {
  'src/a.txt': 'a',
  'src/run!': '#!/bin/sh',
  'src/sub/b.txt': 'b',
  'src/empty/': '',
  'src/link@': 'sub/b.txt',
};

describe('files of this machine', () => {
  const cases: readonly [source: string, to: string, expected: readonly string[]][] = [
    [
      './src',
      '/app',
      [
        '755 app',
        '644 app/a.txt',
        '755 app/empty',
        'app/link -> sub/b.txt',
        '755 app/run',
        '755 app/sub',
        '644 app/sub/b.txt',
      ],
    ],
    [
      'src/',
      '/app/',
      [
        '755 app',
        '644 app/a.txt',
        '755 app/empty',
        'app/link -> sub/b.txt',
        '755 app/run',
        '755 app/sub',
        '644 app/sub/b.txt',
      ],
    ],
    ['src/sub', '/', ['644 b.txt']],
    ['src/empty', '/x/y', ['755 x/y']],
    ['./src/a.txt', '/etc/name', ['644 etc/name']],
    ['./src/a.txt', '/etc/', ['644 etc/a.txt']],
    ['./src/run', '/', ['755 run']],
    ['./src/link', '/etc/', ['644 etc/link']],
    ['./other', '/o', ['755 o', '644 o/b.txt']],
  ];
  it.each(cases)('go from %s to %s', (source, to, expected) =>
    inDirectory(async (directory) => {
      lay(directory, { ...layout, 'other@': 'src/sub' });
      expect(lines(await readFiles(filesContent(source, to), contextIn(directory)))).toEqual(expected);
    }),
  );

  it('carry their content, size, owner, capabilities and origin', () =>
    inDirectory(async (directory) => {
      lay(directory, layout);
      const owner = { uid: 65532, gid: 7 };
      const content = filesContent('./src', '/app', { owner, mode: 0o4755, capabilities: ['net_bind_service', 'bpf'] });
      const tree = await readFiles(content, contextIn(directory));
      const file = tree.get('app/sub/b.txt')!;
      expect(file).toMatchObject({ size: 1, digest: digestOf('b'), mode: 0o4755, ...owner });
      expect(await textOf(file)).toBe('b');
      expect(file.origin).toEqual({ kind: 'files', label: 'files ./src', source: 'src/sub/b.txt', at });
      const attribute = 'xattrs' in file ? file.xattrs?.get('security.capability') : undefined;
      expect(Buffer.from(attribute!).toString('hex')).toBe('0100000200040000000000008000000000000000');
      expect(tree.get('app/sub')).toMatchObject({ kind: 'directory', mode: 0o755, claim: 'walked', ...owner });
      expect(tree.get('app/sub')).not.toHaveProperty('xattrs');
    }));

  it('give the same tree from any checkout', () =>
    inDirectory(async (directory) => {
      const digests = new Set<string>();
      for (const [mode, executable] of [
        [0o600, 0o700],
        [0o640, 0o750],
        [0o664, 0o775],
        [0o444, 0o555],
      ] as const) {
        const checkout = join(directory, mode.toString(8));
        lay(checkout, layout);
        for (const name of ['a.txt', 'sub/b.txt']) chmodSync(join(checkout, 'src', name), mode);
        chmodSync(join(checkout, 'src/run'), executable);
        chmodSync(join(checkout, 'src/sub'), executable | 0o300);
        utimesSync(join(checkout, 'src/a.txt'), mode, mode);
        const host = createNodeHost();
        const readDirectory = (path: string) => [...host.files.readDirectory(path)].reverse();
        const context = contextIn(checkout, mode === 0o640 ? hostAhead(10, { readDirectory }) : host);
        digests.add(digestOfTree(await readFiles(filesContent('./src', '/app'), context)));
      }
      expect(digests.size).toBe(1);
    }));

  it('may have any name of UTF-8', () =>
    inDirectory(async (directory) => {
      const names = [
        '-rf',
        ' ',
        'a\nb',
        'new\tline',
        '\u{1f600}',
        '\ufffd',
        'é',
        'e\u0301',
        'x'.repeat(255),
        '\\',
        '"',
        '$(id)',
        '..a',
        '.wh',
      ];
      mkdirSync(join(directory, 'src'));
      for (const name of names) writeFileSync(join(directory, 'src', name), name);
      const records = contextIn(directory);
      const tree = await readFiles(filesContent('src', '/'), records);
      const sorted = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      expect(paths(tree)).toEqual(sorted);
      for (const name of names) expect(await textOf(tree.get(name))).toBe(name);
      records.digests.save();
      const again = contextIn(directory, hostAhead(), records.records);
      expect(digestOfTree(await readFiles(filesContent('src', '/'), again))).toBe(digestOfTree(tree));
      expect(again.digests.hashedFiles).toBe(0);
    }));

  it('are selected in the order of their bytes, whatever order the directory has', () =>
    inDirectory(async (directory) => {
      const names = ['a', 'a-b', 'a/x', 'a.b', '\ufffd', '\u{1f600}', 'Z'];
      lay(directory, Object.fromEntries(names.map((name) => [name === 'a' ? 'a/' : name, ''])));
      const sorted = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      const { files } = hostAhead();
      for (const order of [1, -1]) {
        const readDirectory = (path: string) =>
          [...files.readDirectory(path)].sort((a, b) => order * Buffer.compare(a.bytes, b.bytes));
        const context = contextIn(directory, hostAhead(10, { readDirectory }));
        const from = { absolute: directory, shown: '.', at, selection: selection() };
        expect(selectFiles(from, context).map(({ path }) => path)).toEqual(sorted);
      }
    }));

  it('are counted', () =>
    inDirectory(async (directory) => {
      lay(directory, layout);
      const done: number[][] = [];
      const progress = (bytes: number, files: number): unknown => done.push([bytes, files]);
      await readFiles(filesContent('src', '/app'), { ...contextIn(directory), progress });
      expect(done).toEqual([[11, 3]]);
    }));
});

describe('files that cannot be taken', () => {
  const cases: readonly [title: string, code: string, message: RegExp, make: (src: string) => void][] = [
    [
      'a name that is not UTF-8',
      'input-name',
      /"src\/caf\\xe9" is not UTF-8/,
      (src) => writeFileSync(Buffer.concat([Buffer.from(`${src}/caf`), Buffer.from([0xe9])]), ''),
    ],
    [
      'a directory whose name is not UTF-8',
      'input-name',
      /"src\/\\xff" is not UTF-8/,
      (src) => mkdirSync(Buffer.concat([Buffer.from(`${src}/`), Buffer.from([0xff])])),
    ],
    [
      'a name that marks a removal',
      'input-name',
      /"src\/\.wh\.x" begins with "\.wh\."/,
      (src) => writeFileSync(join(src, '.wh.x'), ''),
    ],
    [
      'a fifo',
      'input-kind',
      /"src\/pipe" is a socket, fifo or device/,
      (src) => void execFileSync('mkfifo', [join(src, 'pipe')]),
    ],
    [
      'a symlink to what is not UTF-8',
      'input-name',
      /leads to "\\xff"/,
      (src) => symlinkSync(Buffer.from([0xff]), join(src, 'l')),
    ],
  ];
  it.skipIf(!need('mkfifo')).each(cases)('are refused: %s', (_title, code, message, make) =>
    inDirectory(async (directory) => {
      lay(directory, layout);
      make(join(directory, 'src'));
      const error = await failureOf(() => readFiles(filesContent('./src', '/app'), contextIn(directory)));
      expect(error.code).toBe(code);
      expect(error.message).toMatch(message);
      expect(error.at).toEqual(at);
    }),
  );

  it('are no trouble where they are not selected', () =>
    inDirectory(async (directory) => {
      lay(directory, layout);
      for (const [, , , make] of cases) make(join(directory, 'src'));
      const chosen = selection(['a.txt', 'sub']);
      expect(paths(await readFiles(filesContent('src', '/x', { selection: chosen }), contextIn(directory)))).toEqual([
        'x/',
        'x/a.txt',
        'x/sub/',
        'x/sub/b.txt',
      ]);
      const without = selection(undefined, ['caf?', '.wh.x', 'pipe', 'l', 'empty', '[!a-z]']);
      expect(paths(await readFiles(filesContent('src', '/', { selection: without }), contextIn(directory)))).toEqual([
        'a.txt',
        'link',
        'run',
        'sub/',
        'sub/b.txt',
      ]);
    }));

  it('are refused: a socket, also as the source itself', () =>
    inDirectory(async (directory) => {
      mkdirSync(join(directory, 's'));
      const server = createServer().listen(join(directory, 's/socket'));
      await new Promise((resolve) => server.once('listening', resolve));
      for (const source of ['s', 's/socket']) {
        const error = await failureOf(() => readFiles(filesContent(source, '/'), contextIn(directory)));
        expect(error.code).toBe('input-kind');
      }
      server.close();
    }));

  it('are refused: a device as the source', () =>
    inDirectory(async (directory) => {
      const error = await failureOf(() => readFiles(filesContent('/dev/null', '/x'), contextIn(directory)));
      expect(error.code).toBe('input-kind');
    }));

  const missing: readonly [source: string, hint: string | undefined, message: RegExp][] = [
    ['./scr', 'Did you mean "./src"?', /"\.\/scr" does not exist/],
    ['src/subb/b.txt', 'Did you mean "src/sub/b.txt"?', /does not exist/],
    ['src/a.txt/x', 'Paths start at the directory of image.yaml.', /does not exist/],
    ['quite-else', 'Paths start at the directory of image.yaml.', /does not exist/],
    [
      'src/*.txt',
      'Name the directory, and select in it with include: ["*.txt"]. Globs stand nowhere else.',
      /does not/,
    ],
    ['~/src', 'Write it relative to image.yaml: "~" is a name like others.', /does not exist/],
    ['dangling', undefined, /is a symlink to "nowhere", which does not exist/],
  ];
  it.each(missing)('do not exist: %s', (source, hint, message) =>
    inDirectory(async (directory) => {
      lay(directory, { ...layout, 'dangling@': 'nowhere' });
      const error = await failureOf(() => readFiles(filesContent(source, '/x'), contextIn(directory)));
      expect([error.code, error.hint, error.at]).toEqual(['input-missing', hint, at]);
      expect(error.message).toMatch(message);
    }),
  );

  it('are missed by a pattern that has a typing error, at the place of the pattern', () =>
    inDirectory(async (directory) => {
      lay(directory, layout);
      const content = filesContent('./src', '/x', { selection: selection(['a.txt', '*.tyt'], ['nothing']) });
      const error = await failureOf(() => readFiles(content, contextIn(directory)));
      expect(error.code).toBe('input-empty');
      expect(error.message).toBe('"*.tyt" matches nothing in "./src"');
      expect(error.at?.text).toBe('*.tyt');
    }));

  it('are refused where their path in the image is too long', () =>
    inDirectory(async (directory) => {
      lay(directory, layout);
      const to = `/${Array.from({ length: 20 }, () => 'x'.repeat(204)).join('/')}`;
      const error = await failureOf(() => readFiles(filesContent('src', to), contextIn(directory)));
      expect(error.code).toBe('input-limit');
    }));
});

describe('files that change while they are read', () => {
  const cases: readonly [title: string, code: string, change: (path: string) => void][] = [
    ['written to', 'input-changed', (path) => writeFileSync(path, 'other')],
    [
      'written to, with the time set back',
      'input-changed',
      (path) => {
        writeFileSync(path, 'b');
        utimesSync(path, 1, 1);
      },
    ],
    [
      'replaced',
      'input-changed',
      (path) => {
        writeFileSync(`${path}.new`, 'b');
        renameSync(`${path}.new`, path);
      },
    ],
    [
      'replaced by a symlink',
      'input-changed',
      (path) => {
        unlinkSync(path);
        symlinkSync('../a.txt', path);
      },
    ],
    ['removed', 'input-missing', (path) => unlinkSync(path)],
  ];
  it.each(cases)('are noticed when %s before they are opened', (_title, code, change) =>
    inDirectory(async (directory) => {
      lay(directory, layout);
      const target = join(directory, 'src/sub/b.txt');
      const { openRead } = createNodeHost().files;
      const host = hostAhead(10, {
        openRead(path) {
          if (path === target) change(target);
          return openRead(path);
        },
      });
      const error = await failureOf(() => readFiles(filesContent('./src', '/app'), contextIn(directory, host)));
      expect(error.code).toBe(code);
      expect(error.message).toContain('"src/sub/b.txt"');
      expect(error.at).toEqual(at);
    }),
  );

  it.each([
    ['truncated', ''],
    ['grown', 'bb'],
    ['rewritten', 'c'],
  ])('are noticed when %s between reads', (_title, text) =>
    inDirectory(async (directory) => {
      lay(directory, layout);
      const target = join(directory, 'src/sub/b.txt');
      const { openRead } = createNodeHost().files;
      const host = hostAhead(10, {
        openRead(path) {
          const handle = openRead(path);
          const read = (bytes: Uint8Array, position: number): number => {
            const count = handle.read(bytes, position);
            if (path === target) writeFileSync(target, text);
            return count;
          };
          return { ...handle, read };
        },
      });
      const error = await failureOf(() => readFiles(filesContent('./src', '/app'), contextIn(directory, host)));
      expect(error.code).toBe('input-changed');
    }),
  );

  it('are noticed when they changed between hashing and packing, whatever the stat says', () =>
    inDirectory(async (directory) => {
      lay(directory, layout);
      const tree = await readFiles(filesContent('./src', '/app'), contextIn(directory));
      writeFileSync(join(directory, 'src/a.txt'), 'A');
      expect((await failureOf(() => textOf(tree.get('app/a.txt')))).code).toBe('input-changed');
      const { lstat, openRead } = createNodeHost().files;
      const before = lstat(join(directory, 'src/sub/b.txt'))!;
      const host = hostAhead(10, {
        openRead: (path) => ({ ...openRead(path), stat: () => before }),
        lstat: () => before,
      });
      const lying = await readFiles(
        filesContent('./src/sub/b.txt', '/b'),
        contextIn(directory, { ...host, files: { ...host.files, stat: () => before } }),
      );
      writeFileSync(join(directory, 'src/sub/b.txt'), 'B');
      expect((await failureOf(() => textOf(lying.get('b')))).code).toBe('input-changed');
    }));

  it('are reported when they cannot be read', () =>
    inDirectory(async (directory) => {
      lay(directory, layout);
      const host = hostAhead(10, {
        openRead() {
          throw Object.assign(new Error('denied'), { code: 'EACCES' });
        },
      });
      const error = await failureOf(() => readFiles(filesContent('./src', '/app'), contextIn(directory, host)));
      expect(error.code).toBe('input-unreadable');
      expect(error.message).toBe('Cannot read "src/a.txt": permission denied (EACCES)');
    }));
});
