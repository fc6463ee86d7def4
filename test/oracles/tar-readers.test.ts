import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeAwkwardSource } from '../support/awkward-source.js';
import { buildExamples } from '../support/examples.js';
import { readLayout, sha256 } from '../support/layout.js';
import { need } from '../support/programs.js';
import { root } from '../support/root.js';
import { outputOf } from '../support/run.js';
import { tbuild } from '../support/tbuild.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const workspace = temporaryDirectory();
/** Tars of layers, by a title. */
const tars = new Map<string, string>();

beforeAll(async () => {
  const layouts = (await buildExamples(workspace.path)).map(({ name, layout }) => ({ name, layout }));
  const awkward = join(workspace.path, 'awkward');
  makeAwkwardSource(awkward, 'none');
  layouts.push({ name: 'awkward', layout: join(awkward, 'layout') });
  await tbuild(['apply', awkward, '-o', `oci:${join(awkward, 'layout')}`, '--cache', join(workspace.path, 'cache')]);
  for (const { name, layout } of layouts) {
    for (const [index, bytes] of readLayout(layout, 'latest').layers.entries()) {
      const file = join(workspace.path, `${name.replace('/', '-')}-${index}.tar`);
      writeFileSync(file, bytes);
      tars.set(`layer ${index} of ${name}`, file);
    }
  }
});

const env = { TZ: 'UTC', LC_ALL: 'C.UTF-8' };

/** `MODE UID/GID SIZE PATH[ -> TARGET]`: what four lists have in common. */
interface Reader {
  readonly list: (tar: string) => Promise<string>;
  /** One line of the list, taken apart: mode, owner, size, the rest. */
  readonly line: RegExp;
  readonly extract: (tar: string, directory: string) => Promise<string>;
}

const readers: Readonly<Record<string, Reader>> = {
  'GNU tar': {
    list: (tar) => outputOf('tar', ['--numeric-owner', '--quoting-style=literal', '-tvf', tar], { env }),
    line: /^(\S{10}) (\d+\/\d+) +(\d+) \S+ \S+ (.*)$/,
    extract: (tar, directory) => outputOf('tar', ['-xf', tar, '-C', directory, '--no-same-owner'], { env }),
  },
  bsdtar: {
    list: (tar) => outputOf('bsdtar', ['--numeric-owner', '-tvf', tar], { env }),
    line: /^(\S{10}) +\d+ (\d+ +\d+) +(\d+) \S+ +\d+ +\S+ (.*)$/,
    extract: (tar, directory) => outputOf('bsdtar', ['-xf', tar, '-C', directory, '--no-same-owner'], { env }),
  },
  "Python's tarfile": {
    list: (tar) => outputOf('python3', [join(root, 'test', 'oracles', 'tar-list.py'), tar], { env }),
    line: /^(\S{10}) (\d+\/\d+) (\d+) (.*)$/,
    extract: (tar, directory) =>
      outputOf('python3', [join(root, 'test', 'oracles', 'tar-list.py'), tar, directory], { env }),
  },
  busybox: {
    list: (tar) => outputOf('busybox', ['tar', '-tvf', tar], { env }),
    line: /^(\S{10}) (\d+\/\d+) +(\d+) \S+ \S+ (.*)$/,
    extract: (tar, directory) => outputOf('busybox', ['tar', '-xof', tar, '-C', directory], { env }),
  },
};

async function listedBy(reader: Reader, tar: string): Promise<readonly string[]> {
  return (await reader.list(tar)).split('\n').map((line) => {
    const [, mode, owner, size, rest] = reader.line.exec(line) ?? [];
    if (mode === undefined) throw new Error(`not understood: ${line}`);
    const path = mode.startsWith('d') ? rest!.replace(/\/$/, '') : rest;
    return `${mode} ${owner!.replace(/ +/, '/')} ${mode.startsWith('l') ? 0 : size} ${path}`;
  });
}

/** `SHA256 PATH` of every regular file. */
function contentsOf(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map((item) => join(item.parentPath, item.name))
    .map((path) => `${sha256(readFileSync(path))} ${relative(directory, path)}`)
    .sort();
}

describe.skipIf(!need('tar', 'bsdtar', 'python3', 'busybox'))('four readers of tar', () => {
  const titles = [
    'layer 0 of hello',
    'layer 0 of static-site',
    'layer 1 of static-site',
    'layer 0 of derived/base',
    'layer 1 of derived',
    'layer 0 of awkward',
    'layer 1 of awkward',
  ];

  it.each(titles)('agree on %s', async (title) => {
    const tar = tars.get(title)!;
    // busybox knows no PAX header, and calls a file by the part of its name that is in the ustar field.
    const names = Object.keys(readers).filter((name) => name !== 'busybox' || !title.endsWith('awkward'));
    const lists: Record<string, readonly string[]> = {};
    const contents: Record<string, readonly string[]> = {};
    for (const name of names) {
      const directory = join(workspace.path, `${title} by ${name}`.replace(/\W/g, '-'));
      mkdirSync(directory);
      lists[name] = await listedBy(readers[name]!, tar);
      await readers[name]!.extract(tar, directory);
      contents[name] = contentsOf(directory);
    }
    expect(lists['GNU tar']!.length).toBeGreaterThan(0);
    for (const name of names) {
      expect({ name, list: lists[name] }).toEqual({ name, list: lists['GNU tar'] });
      expect({ name, contents: contents[name] }).toEqual({ name, contents: contents['GNU tar'] });
    }
  });
});
