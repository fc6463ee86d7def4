import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { exampleNames, useExamples } from '../support/examples.js';
import { readLayout } from '../support/layout.js';
import { need } from '../support/programs.js';
import { outputOf } from '../support/run.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const workspace = temporaryDirectory();
const { example, forBoth } = useExamples(workspace);

describe.skipIf(!need('skopeo'))('skopeo', () => {
  it.each(exampleNames)('reads %s', async (name) => {
    const { layout } = example(name);
    const reference = `oci:${layout}:latest`;
    const image = readLayout(layout, 'latest');
    const inspected = JSON.parse(await outputOf('skopeo', ['inspect', reference]));
    expect(inspected).toMatchObject({ Digest: image.digest, Os: 'linux', Created: '1970-01-01T00:00:00Z' });
    // biome-ignore lint/suspicious/noExplicitAny: the document as it is
    expect(inspected.Layers).toEqual(image.manifest.layers.map((layer: any) => layer.digest));
    const config = JSON.parse(await outputOf('skopeo', ['inspect', '--config', reference]));
    expect(config).toMatchObject({ config: image.config.config, rootfs: image.config.rootfs });
  });

  it.each(['amd64', 'arm64'])('finds the image for %s in an index', async (architecture) => {
    const { layout } = forBoth('hello');
    const platform = ['--override-os', 'linux', '--override-arch', architecture];
    const inspected = JSON.parse(await outputOf('skopeo', [...platform, 'inspect', `oci:${layout}:latest`]));
    expect(inspected).toMatchObject({ Architecture: architecture, Os: 'linux' });
    // biome-ignore lint/suspicious/noExplicitAny: the document as it is
    const layers = readLayout(layout, 'latest', architecture).manifest.layers.map((layer: any) => layer.digest);
    expect(inspected.Layers).toEqual(layers);
  });

  it.each(exampleNames)('copies %s without a change of its digest', async (name) => {
    const { layout } = example(name);
    const target = join(workspace.path, `${name.replace('/', '-')}-copy`);
    await outputOf('skopeo', [
      'copy',
      '-q',
      '--all',
      '--preserve-digests',
      `oci:${layout}:latest`,
      `oci:${target}:latest`,
    ]);
    expect(readLayout(target, 'latest').digest).toBe(readLayout(layout, 'latest').digest);
  });
});

describe.skipIf(!need('umoci'))('umoci', () => {
  it.each(exampleNames)('unpacks %s', async (name) => {
    const { layout } = example(name);
    const bundle = join(workspace.path, `${name.replace('/', '-')}-bundle`);
    await outputOf('umoci', ['unpack', '--rootless', '--image', `${layout}:latest`, bundle]);
    const stat = JSON.parse(await outputOf('umoci', ['stat', '--json', '--image', `${layout}:latest`]));
    // biome-ignore lint/suspicious/noExplicitAny: the document as it is
    const layers = stat.history.filter((item: any) => !item.empty_layer);
    // biome-ignore lint/suspicious/noExplicitAny: the document as it is
    expect(layers.map((item: any) => item.diff_id)).toEqual(readLayout(layout, 'latest').config.rootfs.diff_ids);
  });
});

describe.skipIf(!need('oci-image-tool'))('oci-image-tool', () => {
  it.each(exampleNames)('finds %s valid', async (name) => {
    const args = ['validate', '--type', 'image', '--ref', 'name=latest', example(name).layout];
    await outputOf('oci-image-tool', args);
  });
});
