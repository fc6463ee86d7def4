import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type BuiltExample, buildExamples, exampleNames } from '../support/examples.js';
import { readLayout } from '../support/layout.js';
import { need } from '../support/programs.js';
import { outputOf } from '../support/run.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const workspace = temporaryDirectory();
let examples: readonly BuiltExample[];
beforeAll(async () => {
  examples = await buildExamples(workspace.path);
});

/** A layout with the image for amd64 alone, under `latest`: some programs know no index. */
async function singleImage(example: BuiltExample, directory: string): Promise<string> {
  const layout = join(workspace.path, directory);
  const platform = ['--override-os', 'linux', '--override-arch', 'amd64'];
  await outputOf('skopeo', [
    ...platform,
    'copy',
    '-q',
    '--preserve-digests',
    `oci:${example.layout}:latest`,
    `oci:${layout}:latest`,
  ]);
  return layout;
}

describe.skipIf(!need('skopeo'))('skopeo', () => {
  it.each(exampleNames)('reads %s for each of its architectures', async (name) => {
    const example = examples.find((item) => item.name === name)!;
    for (const architecture of example.architectures) {
      const platform = ['--override-os', 'linux', '--override-arch', architecture];
      const reference = `oci:${example.layout}:latest`;
      const image = readLayout(example.layout, 'latest', architecture);
      const inspected = JSON.parse(await outputOf('skopeo', [...platform, 'inspect', reference]));
      expect(inspected).toMatchObject({ Architecture: architecture, Os: 'linux', Created: '1970-01-01T00:00:00Z' });
      // biome-ignore lint/suspicious/noExplicitAny: the document as it is
      expect(inspected.Layers).toEqual(image.manifest.layers.map((layer: any) => layer.digest));
      const config = JSON.parse(await outputOf('skopeo', [...platform, 'inspect', '--config', reference]));
      expect(config).toMatchObject({ config: image.config.config, rootfs: image.config.rootfs });
    }
  });

  it.each(exampleNames)('copies %s without a change of its digest', async (name) => {
    const example = examples.find((item) => item.name === name)!;
    const target = join(workspace.path, `${name.replace('/', '-')}-copy`);
    await outputOf('skopeo', [
      'copy',
      '-q',
      '--all',
      '--preserve-digests',
      `oci:${example.layout}:latest`,
      `oci:${target}:latest`,
    ]);
    expect(readLayout(target, 'latest').digest).toBe(readLayout(example.layout, 'latest').digest);
  });
});

describe.skipIf(!need('umoci', 'skopeo'))('umoci', () => {
  it.each(exampleNames)('unpacks %s', async (name) => {
    const example = examples.find((item) => item.name === name)!;
    const layout = await singleImage(example, `${name.replace('/', '-')}-umoci`);
    const bundle = join(layout, 'bundle');
    await outputOf('umoci', ['unpack', '--rootless', '--image', `${layout}:latest`, bundle]);
    const stat = JSON.parse(await outputOf('umoci', ['stat', '--json', '--image', `${layout}:latest`]));
    // biome-ignore lint/suspicious/noExplicitAny: the document as it is
    const layers = stat.history.filter((item: any) => !item.empty_layer);
    // biome-ignore lint/suspicious/noExplicitAny: the document as it is
    expect(layers.map((item: any) => item.diff_id)).toEqual(
      readLayout(example.layout, 'latest').config.rootfs.diff_ids,
    );
  });
});

describe.skipIf(!need('oci-image-tool', 'skopeo'))('oci-image-tool', () => {
  it.each(exampleNames)('finds %s valid', async (name) => {
    const layout = await singleImage(examples.find((item) => item.name === name)!, `${name.replace('/', '-')}-tool`);
    await outputOf('oci-image-tool', ['validate', '--type', 'image', '--ref', 'name=latest', layout]);
  });
});
