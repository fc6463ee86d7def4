import { execFileSync } from 'node:child_process';
import { chownSync, cpSync, linkSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readLayout } from '../support/layout.js';
import { makeTree } from '../support/make-tree.js';
import { need } from '../support/programs.js';
import { needRoot } from '../support/root.js';
import { outputOf } from '../support/run.js';
import { tbuild } from '../support/tbuild.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { linesOfListing, linesOnDisk } from '../support/tree-on-disk.js';

const MANIFEST = `version: 1
platforms: [linux/amd64]
base: oci:../umoci:replaced
layers:
  - name: added
    contents:
      - { text: "1", to: /lib/one }
      - { text: "2", to: /tmp/two }
      - { text: "3", to: /etc/motd, replace: true }
`;

describe.skipIf(!needRoot() || !need('umoci', 'mkfifo'))('images of umoci', () => {
  const workspace = temporaryDirectory();
  const at = (name: string) => join(workspace.path, name);
  const umoci = (...args: string[]) => outputOf('umoci', args, { cwd: workspace.path });
  /** Another image on top of one: what a change of its files makes of it. */
  async function change(from: string, to: string, act: (rootfs: string) => void): Promise<void> {
    const bundle = `bundle-${to}`;
    await umoci('unpack', '--image', `umoci:${from}`, bundle);
    act(join(at(bundle), 'rootfs'));
    await umoci('repack', '--image', `umoci:${to}`, bundle);
  }
  const listed = async (reference: string) =>
    linesOfListing(await tbuild(['files', reference, '--json', '--cache', at('cache')], { cwd: workspace.path }));

  async function unpacked(image: string): Promise<readonly string[]> {
    const bundle = image.replace(':', '-');
    await umoci('unpack', '--image', image, bundle);
    return linesOnDisk(join(at(bundle), 'rootfs'));
  }

  beforeAll(async () => {
    makeTree(at('root'), {
      tmp: { directory: 0o1777 },
      'usr/lib/x': 'x',
      'usr/bin/tool': { content: 'tool', mode: 0o4755 },
      lib: { link: 'usr/lib' },
      'etc/motd': 'hello',
      'opt/a/b': 'b',
      'opt/a/c': 'c',
      'srv/d': 'd',
      'srv/dé "f': 'f',
    });
    linkSync(join(at('root'), 'usr/bin/tool'), join(at('root'), 'usr/bin/tool2'));
    execFileSync('mkfifo', ['-m', '600', join(at('root'), 'srv/fifo')]);
    chownSync(join(at('root'), 'srv/d'), 1000, 2000);
    makeTree(at('more'), { 'e/f': 'more' });
    makeTree(at('derived'), { 'image.yaml': MANIFEST });
    await umoci('init', '--layout', 'umoci');
    await umoci('new', '--image', 'umoci:empty');
    await umoci('config', '--image', 'umoci:empty', '--os', 'linux', '--architecture', 'amd64');
    await change('empty', 'root', (rootfs) => execFileSync('cp', ['-a', `${at('root')}/.`, rootfs]));
    await change('root', 'file', (rootfs) => makeTree(rootfs, { 'new/deeper/f': 'more' }));
    await change('file', 'removed', (rootfs) => rmSync(join(rootfs, 'opt/a/b')));
    await change('removed', 'replaced', (rootfs) => {
      rmSync(join(rootfs, 'new'), { recursive: true });
      rmSync(join(rootfs, 'etc/motd'));
      makeTree(rootfs, { 'opt/a/b': 'again', 'etc/motd': { link: '../opt/a/b' } });
    });
  }, 60_000);

  const tags = ['empty', 'root', 'file', 'removed', 'replaced'];
  it.each(tags)('have the files that umoci unpacks: %s', async (tag) => {
    expect(await listed(`oci:umoci:${tag}`)).toEqual(await unpacked(`umoci:${tag}`));
  });

  it('are bases that stay what they are, below just what was added', async () => {
    cpSync(at('umoci'), at('out'), { recursive: true });
    const apply = ['apply', 'derived', '--cache', at('cache'), '-o', 'oci:out:derived'];
    await tbuild(apply, { cwd: workspace.path });
    const [base, derived] = [readLayout(at('umoci'), 'replaced'), readLayout(at('out'), 'derived')];
    expect(derived.layers.slice(0, -1)).toEqual(base.layers);
    const before = await listed('oci:umoci:replaced');
    const after = await unpacked('out:derived');
    expect(after).toEqual(await listed('oci:out:derived'));
    const pathOf = (line: string) => line.slice(0, line.indexOf(' '));
    expect(after.filter((line) => !before.includes(line)).map(pathOf)).toEqual([
      '/etc/motd',
      '/tmp/two',
      '/usr/lib/one',
    ]);
    expect(before.filter((line) => !after.includes(line)).map(pathOf)).toEqual(['/etc/motd']);
    await umoci('insert', '--image', 'out:derived', '--tag', 'again', 'more/e/f', '/again');
    expect((await umoci('ls', '--layout', 'out')).split('\n').sort()).toEqual([...tags, 'again', 'derived'].sort());
  });
});
