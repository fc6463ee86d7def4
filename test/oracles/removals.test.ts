import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { createNodeHost } from '../../src/host/index.js';
import { buildLayer, openLayerThreads } from '../../src/layer/index.js';
import { digestOf } from '../../src/oci/index.js';
import { assembleLayer, type Entry, type FileTree, overlay, splitLayer, treeOf } from '../../src/tree/index.js';
import { type Chunks, collect } from '../../src/util/index.js';
import { need } from '../support/programs.js';
import { needRoot, root } from '../support/root.js';
import { outputOf } from '../support/run.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { linesOnDisk } from '../support/tree-on-disk.js';
import { directory, file, symlink, whiteout } from '../tree/support.js';

/** Four directories of the same kind, to do something else with each, and symlinks to two. */
const base = treeOf([
  ...['kept', 'gone', 'again', 'emptied'].flatMap((name) => [
    directory(name, 'declared', 0o750, 7),
    file(`${name}/+first`),
    directory(`${name}/sub`, 'declared', 0o711),
    file(`${name}/sub/x`),
    file(`${name}/y`),
  ]),
  symlink('link', 'gone'),
  symlink('way', 'kept'),
]);

const contents: readonly (readonly Entry[])[] = [
  [
    whiteout('gone'),
    whiteout('link'),
    whiteout('again'),
    whiteout('kept/sub'),
    whiteout('way/y'),
    whiteout('emptied', true),
  ],
  [
    file('again/+new@a'),
    file('again/y', 'new'),
    file('emptied/sub/z@b'),
    file('kept/new@a'),
    file('kept/sub', 'a file now'),
    file('link/x@b'),
    directory('empty@a', 'declared', 0o1777),
  ],
];

const layer = assembleLayer(
  base,
  contents.map((entries) => ({ tree: treeOf(entries), replace: false })),
).tree;
const parts = [...splitLayer(layer, ({ path }) => /@(.)$/.exec(path)?.[1]).values()];

const IMAGES: Readonly<Record<string, readonly FileTree[]>> = {
  whole: [base, layer],
  parts: [base, ...parts],
  reversed: [base, ...parts.toReversed()],
};

function linesOfTree(tree: FileTree): readonly string[] {
  return tree.entries
    .map((entry) => {
      if (entry.kind === 'whiteout') throw new Error('a whole tree has no whiteouts');
      const mode = entry.kind === 'symlink' ? '-' : entry.mode.toString(8).padStart(4, '0');
      const content = entry.kind === 'file' ? entry.digest.replace('sha256:', '') : '';
      const target = entry.kind === 'symlink' ? entry.target : '';
      return `/${entry.path} ${entry.kind} ${mode} ${entry.uid}:${entry.gid} ${content}${target}`;
    })
    .sort();
}

/** Writes an OCI layout with these images, each a list of layers. */
async function writeLayout(layout: string, images: typeof IMAGES): Promise<void> {
  const blobs = join(layout, 'blobs', 'sha256');
  mkdirSync(blobs, { recursive: true });
  const threads = openLayerThreads(createNodeHost(), 'pinned');
  const put = (bytes: Uint8Array) => {
    writeFileSync(join(blobs, createHash('sha256').update(bytes).digest('hex')), bytes);
    return { digest: digestOf(bytes), size: bytes.length };
  };
  const putJson = (mediaType: string, value: object) => ({ mediaType, ...put(Buffer.from(JSON.stringify(value))) });
  const store = async (bytes: Chunks) => put(await collect(bytes, 2 ** 24));
  const format = { compression: 'gzip', level: 6, created: 0 } as const;
  const type = (name: string) => `application/vnd.oci.image.${name}.v1+json`;
  const manifests: object[] = [];
  for (const [tag, trees] of Object.entries(images)) {
    const built = [];
    for (const tree of trees) built.push(await buildLayer(tree, format, { threads, store, progress: () => undefined }));
    const rootfs = { type: 'layers', diff_ids: built.map(({ diffId }) => diffId) };
    const config = putJson(type('config'), { architecture: 'amd64', os: 'linux', config: {}, rootfs });
    const manifest = {
      schemaVersion: 2,
      mediaType: type('manifest'),
      config,
      layers: built.map(({ descriptor }) => descriptor),
    };
    const annotations = { 'org.opencontainers.image.ref.name': tag };
    manifests.push({ ...putJson(type('manifest'), manifest), annotations });
  }
  await threads.close();
  writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(join(layout, 'index.json'), JSON.stringify({ schemaVersion: 2, mediaType: type('index'), manifests }));
}

describe.skipIf(!needRoot() || !need('umoci', 'podman', 'containerd', 'ctr'))('a layer that removes', () => {
  const workspace = temporaryDirectory();
  const at = (name: string) => join(workspace.path, name);
  const tags = Object.keys(IMAGES);
  const expected = linesOfTree(overlay(base, layer));

  beforeAll(() => writeLayout(at('layout'), IMAGES));

  it.each(['podman', 'containerd'])(
    'looks on overlayfs, as %s mounts it, as tbuild says',
    async (runtime) => {
      const script = join(root, 'test', 'oracles', 'copy-merged.sh');
      await outputOf(script, [runtime, at('layout'), at(runtime), ...tags]);
      for (const tag of tags) expect(linesOnDisk(at(`${runtime}/${tag}`)), tag).toEqual(expected);
    },
    120_000,
  );

  it.each(tags)('is unpacked by umoci as tbuild says: %s', async (tag) => {
    await outputOf('umoci', ['unpack', '--image', `layout:${tag}`, `bundle-${tag}`], { cwd: workspace.path });
    expect(linesOnDisk(join(at(`bundle-${tag}`), 'rootfs'))).toEqual(expected);
  });
});
