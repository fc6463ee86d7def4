import { chmodSync, mkdirSync, renameSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createNodeHost } from '../../src/host/index.js';
import { failureOf, inDirectory, type Layout, lay } from '../inputs/support.js';
import { elfFile } from '../support/elf-file.js';
import { need } from '../support/programs.js';
import { artifact } from './support.js';
import { machine, searchOn, seenBy, using, withTools } from './tools-support.js';

const data = 'opt/x/lib/data';
const layout = {
  'bin/tool@': '../etc/tool',
  'etc/tool@': '../opt/x/bin/tool-1',
  'opt/x/bin/tool-1!': 'no script, no program',
  'opt/x/lib/data/a': 'a',
  'opt/x/lib/data/run!': 'r',
  'opt/x/lib/data/l@': 'a',
  'opt/x/lib/one.conf': '1',
  'opt/x/lib/two.conf': '2',
};

describe('a tool', () => {
  it('is seen with the links that lead to it, and with what it needs', () =>
    withTools(layout, async (search, root) => {
      const [tool] = await search(using({ name: 'tool', with: ['../lib/data', '../lib/*.conf'] }));
      expect(tool!.program).toBe(join(root, 'opt/x/bin/tool-1'));
      expect(seenBy(tool!, root)).toEqual([
        'symlink bin/tool -> ../etc/tool',
        'symlink etc/tool -> ../opt/x/bin/tool-1',
        'file opt/x/bin/tool-1',
        'directory opt/x/lib/data',
        'file opt/x/lib/one.conf',
        'file opt/x/lib/two.conf',
      ]);
      expect(Object.keys(tool!.facts)).toEqual(['tool tool', 'tool tool: ../lib/data', 'tool tool: ../lib/*.conf']);
    }));

  it('is the same at another place, under the same relative names', async () => {
    const digestAt = (change: (root: string) => void) =>
      withTools(layout, async (search, root) => {
        change(root);
        const [tool] = await search(using({ name: 'tool', with: ['../lib/data/**'] }));
        return tool!.digest;
      });
    const digest = await digestAt(() => undefined);
    expect(await digestAt(() => undefined)).toBe(digest);
    const moved = await digestAt((root) => {
      mkdirSync(join(root, 'usr'));
      renameSync(join(root, 'opt/x'), join(root, 'usr/y'));
      unlinkSync(join(root, 'bin/tool'));
      symlinkSync('../usr/y/bin/tool-1', join(root, 'bin/tool'));
    });
    expect(moved).toBe(digest);
  });

  const changes: readonly [what: string, isOther: boolean, change: (path: (name: string) => string) => void][] = [
    ['a file is written to', true, (path) => writeFileSync(path(`${data}/a`), 'A')],
    ['a file becomes executable', true, (path) => chmodSync(path(`${data}/a`), 0o755)],
    ['a file comes', true, (path) => writeFileSync(path(`${data}/new`), '')],
    ['a directory comes', true, (path) => mkdirSync(path(`${data}/new`))],
    ['a file goes', true, (path) => unlinkSync(path(`${data}/run`))],
    ['a file is renamed', true, (path) => renameSync(path(`${data}/a`), path(`${data}/b`))],
    ['the program is another', true, (path) => writeFileSync(path('opt/x/bin/tool-1'), 'other')],
    [
      'a link leads elsewhere',
      true,
      (path) => {
        unlinkSync(path(`${data}/l`));
        symlinkSync('run', path(`${data}/l`));
      },
    ],
    ['a file is touched', false, (path) => utimesSync(path(`${data}/a`), 1, 1)],
    ['others may not read a file', false, (path) => chmodSync(path(`${data}/a`), 0o600)],
    ['something lies beside it', false, (path) => writeFileSync(path('opt/x/lib/other'), '')],
  ];
  it.each(changes)('where %s, counts as another: %s', (_what, isOther, change) =>
    withTools(layout, async (search, root) => {
      const declaration = using({ name: 'tool', with: ['../lib/data'] });
      const [before] = await search(declaration);
      change((name) => join(root, name));
      const [after] = await search(declaration);
      expect(after!.digest !== before!.digest).toBe(isOther);
      expect(JSON.stringify(after!.facts) !== JSON.stringify(before!.facts)).toBe(isOther);
    }),
  );

  it('says which of its parts is another', () =>
    withTools(layout, async (search, root) => {
      const declaration = using({ name: 'tool', with: ['../lib/data', join(root, 'opt/x/lib/one.conf')] });
      const [before] = await search(declaration);
      writeFileSync(join(root, 'opt/x/lib/one.conf'), 'other');
      const [after] = await search(declaration);
      const differing = Object.keys(after!.facts).filter((name) => after!.facts[name] !== before!.facts[name]);
      expect(differing).toEqual([`tool tool: ${join(root, 'opt/x/lib/one.conf')}`]);
    }));

  it('is read once', () =>
    inDirectory(async (root) => {
      lay(root, layout);
      writeFileSync(join(root, data, 'libx.so'), elfFile({ needed: ['libnothing.so'] }));
      const opened: string[] = [];
      const { files } = createNodeHost();
      const openRead = (path: string) => {
        if (!path.startsWith(join(root, 'cache'))) opened.push(basename(path));
        return files.openRead(path);
      };
      const search = searchOn(machine([join(root, 'bin')], { openRead }), root);
      const declaration = artifact('tool', { tools: [{ name: 'tool', with: ['../lib/data'] }] });
      const first = await search(declaration);
      expect(opened).toContain('libx.so');
      opened.length = 0;
      expect(await search(declaration)).toEqual(first);
      expect(opened).toEqual([]);
    }));
});

describe('a script', () => {
  const script = (line: string): Layout => ({ 'bin/tool!': `${line}\n`, 'bin/inter!': 'i' });

  it('brings the interpreter that env looks for on PATH as a tool', () =>
    withTools(script('#!/usr/bin/env inter'), async (search, root) => {
      const found = await search(using('tool'));
      expect(found.map(({ name }) => name)).toEqual(['tool', 'inter']);
      expect(seenBy(found[0]!, root)).toEqual(['file bin/inter', 'file bin/tool']);
      expect(found[0]!.files.map(({ absolute }) => absolute)).toContain('/usr/bin/env');
    }));

  it('is another with another interpreter', () =>
    withTools(script('#!/usr/bin/env inter'), async (search, root) => {
      const [before] = await search(using('tool'));
      writeFileSync(join(root, 'bin/inter'), 'other');
      expect((await search(using('tool')))[0]!.digest).not.toBe(before!.digest);
    }));

  it('is found again with an interpreter that comes first on PATH now', () =>
    withTools(script('#!/usr/bin/env sh'), async (search, root) => {
      const [before] = await search(using('tool'));
      writeFileSync(join(root, 'bin/sh'), 'mine', { mode: 0o755 });
      const [after] = await search(using('tool'));
      expect(seenBy(before!, root)).toEqual(['file bin/tool']);
      expect(seenBy(after!, root)).toEqual(['file bin/sh', 'file bin/tool']);
    }));

  it.each([
    ['#!/usr/bin/env no-such-program', /cannot run: .*"no-such-program"/],
    ['#!/no/such/interpreter', /cannot run: .*"\/no\/such\/interpreter"/],
  ])('that cannot run is told: %s', (line, message) =>
    withTools(script(line), async (search) => {
      const { code, message: told, at } = await failureOf(() => search(using('tool')));
      expect(code).toBe('artifact-tool');
      expect(told).toMatch(/^The tool "tool" of artifact "server" cannot run: /);
      expect(told).toMatch(message);
      expect(at).toBeDefined();
    }),
  );

  it('among the parts of a tool brings nothing', () =>
    withTools({ ...layout, 'opt/x/lib/data/s!': '#!/usr/bin/env no-such-program\n' }, async (search) => {
      const found = await search(using({ name: 'tool', with: ['../lib/data'] }));
      expect(found.map(({ name }) => name)).toEqual(['tool']);
    }));
});

describe('a compiled program', () => {
  it('that lacks a library is told', () =>
    withTools({ 'bin/': '' }, async (search, root) => {
      const bytes = elfFile({ interpreter: '/no/loader.so', needed: ['libnothing.so.1'] });
      writeFileSync(join(root, 'bin/tool'), bytes, { mode: 0o755 });
      const { code, message, hint } = await failureOf(() => search(using('tool')));
      expect(code).toBe('artifact-tool');
      expect(message).toMatch(/^The tool "tool" of artifact "server" cannot run: .*bin\/tool" needs "/);
      expect(hint).toMatch(/^Install it/);
    }));

  it('among the parts of a tool has its libraries seen, and may lack them', () =>
    withTools({ ...layout, 'opt/x/lib/private/': '' }, async (search, root) => {
      const write = (name: string, bytes: Buffer) =>
        writeFileSync(join(root, 'opt/x/lib', name), bytes, { mode: 0o755 });
      write('private/libp.so', elfFile({}));
      write('data/plugin.so', elfFile({ needed: ['libp.so'], runpath: '$ORIGIN/../private' }));
      write('data/broken', elfFile({ needed: ['libnothing.so.1'] }));
      write('data/foreign', elfFile({ interpreter: '/no/loader.so' }));
      write('data/damaged', elfFile({}).subarray(0, 70));
      const [tool] = await search(using({ name: 'tool', with: ['../lib/data'] }));
      expect(seenBy(tool!, root)).toContain('file opt/x/lib/private/libp.so');
    }));
});

describe('what a tool is declared with', () => {
  it.each<[declared: string, message: RegExp, hint: RegExp]>([
    ['../lib/dada', /needs "\.\.\/lib\/dada", which matches nothing on this machine$/, /Did you mean "data"\?/],
    ['../lib/*.txt', /needs "\.\.\/lib\/\*\.txt", which matches nothing/, /Relative paths start from the directory/],
    ['/no/such/path', /needs "\/no\/such\/path"/, /Install it/],
    ['/', /cannot have all of "\/"/, /Name just what it needs/],
    ['/proc/self', /cannot have all of "\/proc\/self"/, /Name just what it needs/],
  ])('must be there, and a part of a tool: %s', (declared, message, hint) =>
    withTools(layout, async (search) => {
      const error = await failureOf(() => search(using({ name: 'tool', with: [declared] })));
      expect(error.code).toBe('artifact-tool');
      expect(error.message).toMatch(message);
      expect(error.hint).toMatch(hint);
      expect(error.at).toBeDefined();
    }),
  );

  it('leads through links, each of which is seen', () =>
    withTools({ ...layout, 'opt/x/share@': 'lib' }, async (search, root) => {
      const [tool] = await search(using({ name: 'tool', with: ['../share/data/a'] }));
      expect(seenBy(tool!, root)).toEqual(
        expect.arrayContaining(['symlink opt/x/share -> lib', 'file opt/x/lib/data/a']),
      );
    }));
});

describe.skipIf(!need('cc'))('the real compiler', () => {
  it('is found through its alternatives', () =>
    withTools({}, async (search) => {
      const [cc] = await search(artifact(['cc'], { tools: ['cc'] }));
      const links = cc!.files.filter(({ kind }) => kind === 'symlink').map(({ absolute }) => absolute);
      expect(links).toEqual(expect.arrayContaining(['/etc/alternatives/cc', '/usr/bin/cc']));
      expect(cc!.files.map(({ absolute }) => basename(absolute))).toContain('libc.so.6');
    }));
});
