import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { awkwardTree, makeAwkwardSource } from '../support/awkward-source.js';
import { type BuiltExample, buildExamples } from '../support/examples.js';
import { readLayout, sha256 } from '../support/layout.js';
import { makeTree } from '../support/make-tree.js';
import { need } from '../support/programs.js';
import { root } from '../support/root.js';
import { outputOf } from '../support/run.js';
import { tbuild } from '../support/tbuild.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const recipe = join(root, 'test', 'oracles', 'gnu-tar-layer.sh');

/** The diffID of what the recipe makes of a directory and a list. */
async function diffIdOf(directory: string, list: readonly string[], seconds = 0): Promise<string> {
  const command = `"$1" "$2" "$3" | sha256sum`;
  const args = ['-o', 'pipefail', '-c', command, '-', recipe, directory, String(seconds)];
  return `sha256:${(await outputOf('bash', args, { input: `${list.join('\n')}\n` })).slice(0, 64)}`;
}

describe.skipIf(!need('bash', 'tar', 'sha256sum'))('a second builder, made of GNU tar', () => {
  const workspace = temporaryDirectory();
  let examples: readonly BuiltExample[];
  let stage: string;

  const diffIdsOf = (name: string, architecture: string): readonly string[] => {
    const { layout } = examples.find((example) => example.name === name)!;
    const { config, layers } = readLayout(layout, 'latest', architecture);
    expect(layers.map(sha256)).toEqual(config.rootfs.diff_ids);
    return config.rootfs.diff_ids;
  };

  beforeAll(async () => {
    examples = await buildExamples(workspace.path, '[linux/amd64, linux/arm64]');
    stage = join(workspace.path, 'stage');
    mkdirSync(stage);
  });

  /** What an example's own script makes. */
  const makeProgram = async (script: string, architecture: string, directory: string) => {
    mkdirSync(directory, { recursive: true });
    const cwd = join(workspace.path, 'examples', script, '..');
    await outputOf('node', [join(workspace.path, 'examples', script), architecture], { cwd, env: { OUT: directory } });
  };

  it.each(['amd64', 'arm64'])('makes the layer of hello for %s', async (architecture) => {
    const directory = join(stage, `hello-${architecture}`);
    await makeProgram('hello/make-hello.mjs', architecture, directory);
    makeTree(directory, { tmp: { directory: 0o700 } });
    const layer = await diffIdOf(directory, ['0755 0 0 hello', '1777 0 0 tmp']);
    expect([layer]).toEqual(diffIdsOf('hello', architecture));
  });

  it('makes the layers of static-site', async () => {
    const directory = join(stage, 'static-site');
    makeTree(directory, {
      'srv/www/robots.txt': 'User-agent: *\nAllow: /\n',
      'srv/www/home.html': { link: 'index.html' },
      'var/cache/www': { directory: 0o700 },
      'srv/www/assets': { directory: 0o700 },
    });
    for (const name of ['index.html', 'about.html', 'assets/style.css', 'assets/wave.svg']) {
      copyFileSync(join(root, 'examples', 'static-site', 'site', name), join(directory, 'srv', 'www', name));
    }
    const assets = await diffIdOf(directory, [
      '0755 0 0 srv',
      '0755 0 0 srv/www',
      '0755 0 0 srv/www/assets',
      '0644 0 0 srv/www/assets/style.css',
      '0644 0 0 srv/www/assets/wave.svg',
    ]);
    const pages = await diffIdOf(directory, [
      '0755 0 0 srv',
      '0755 0 0 srv/www',
      '0644 0 0 srv/www/about.html',
      '0777 0 0 srv/www/home.html',
      '0644 0 0 srv/www/index.html',
      '0644 0 0 srv/www/robots.txt',
      '0755 0 0 var',
      '0755 0 0 var/cache',
      '0770 65532 65532 var/cache/www',
    ]);
    expect([assets, pages]).toEqual(diffIdsOf('static-site', 'amd64'));
  });

  it.each(['amd64', 'arm64'])('makes the layers of derived and of its base for %s', async (architecture) => {
    const directory = join(stage, `derived-${architecture}`);
    await makeProgram('derived/base/make-show.mjs', architecture, join(directory, 'usr', 'bin'));
    makeTree(directory, {
      'usr/lib/libgreeting.txt': 'Greetings from a layer on top\n',
      lib: { link: 'usr/lib' },
      'tmp/note.txt': 'Left by the layer\n',
      'etc/motd': 'A base of a few hundred bytes\n',
    });
    const base = await diffIdOf(directory, [
      '0755 0 0 etc',
      '0644 0 0 etc/motd',
      '0777 0 0 lib',
      '1777 0 0 tmp',
      '0755 0 0 usr',
      '0755 0 0 usr/bin',
      '0755 0 0 usr/bin/show',
      '0755 0 0 usr/lib',
    ]);
    const greeting = await diffIdOf(directory, [
      '1777 0 0 tmp',
      '0644 0 0 tmp/note.txt',
      '0755 0 0 usr',
      '0755 0 0 usr/lib',
      '0644 0 0 usr/lib/libgreeting.txt',
    ]);
    expect([base]).toEqual(diffIdsOf('derived/base', architecture));
    expect([base, greeting]).toEqual(diffIdsOf('derived', architecture));
  });

  it('makes a layer of long, odd and unsorted names, at another time', async () => {
    const source = join(workspace.path, 'awkward');
    makeAwkwardSource(source, 'none');
    await tbuild(['apply', source, '-o', `oci:${join(source, 'layout')}`, '--cache', join(workspace.path, 'cache')]);
    const { config } = readLayout(join(source, 'layout'), 'latest');
    const directory = join(stage, 'awkward');
    mkdirSync(directory);
    await outputOf('cp', ['-a', join(source, 'tree'), join(directory, 'srv')]);
    const names = await outputOf('find', ['srv', '-printf', '%y %m %p\\n'], { cwd: directory });
    const list = names.split('\n').map((line) => {
      const [, kind, mode, path] = /^(.) ([0-7]+) (.*)$/.exec(line)!;
      if (kind === 'l') return `0777 0 0 ${path}`;
      return `${kind === 'd' || Number.parseInt(mode!, 8) & 0o100 ? '0755' : '0644'} 0 0 ${path}`;
    });
    expect(list.length).toBeGreaterThan(Object.keys(awkwardTree).length);
    expect(await diffIdOf(directory, list, Date.UTC(2001, 1, 3, 4, 5, 6) / 1000)).toBe(config.rootfs.diff_ids[0]);
  });
});
