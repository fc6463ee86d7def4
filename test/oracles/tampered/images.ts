import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { wrongBody } from '../../support/registry/effects.js';
import { when } from '../../support/registry/faults.js';
import { makeImage, putImage, type TestImage } from '../../support/registry/images.js';
import type { PinnedWorld } from '../pinned-world.js';
import type { TamperedCase, TamperedInput } from './tampered-input.js';

type Part = 'manifest' | 'config' | 'layer';

function digestOf(image: TestImage, part: Part): string {
  if (part === 'manifest') return image.digest;
  const { config, layers } = JSON.parse(image.documents.get(image.digest)!.bytes.toString());
  return part === 'config' ? config.digest : layers[0].digest;
}

const imageCase = (
  name: 'base' | 'donor',
  part: Part,
  tamper: (world: PinnedWorld, digest: string) => unknown,
): TamperedCase => ({
  title: `the ${part} of ${name}`,
  tamper: (world) => tamper(world, digestOf(world[name], part)),
  code: 'blob-mismatch',
  names: [name],
  digests: true,
});

/** In the order in which they are read: the layer of the base only when the image is written. */
const ORDER: readonly (readonly ['base' | 'donor', Part])[] = [
  ['base', 'manifest'],
  ['base', 'config'],
  ['donor', 'manifest'],
  ['donor', 'config'],
  ['donor', 'layer'],
  ['base', 'layer'],
];

const casesOf = (tamper: (world: PinnedWorld, digest: string) => unknown): readonly TamperedCase[] =>
  ORDER.map(([name, part]) => imageCase(name, part, tamper));

export const registryImages: TamperedInput = {
  input: 'an image of a registry',
  cases: casesOf(({ registry }, digest) =>
    registry.faults.add(
      when('GET', /./, ({ path }) => path.endsWith(digest)),
      wrongBody,
    ),
  ),
};

export const layoutImages: TamperedInput = {
  input: 'an image of a layout',
  yaml: ({ yaml, layout }) =>
    yaml
      .replace(/docker:\/\/[^/]*\/base:12/, () => `"oci:${layout}:base"`)
      .replace(/docker:\/\/[^/]*\/donor:1/, () => `oci:${layout}:donor`),
  cases: casesOf(({ layout }, digest) => {
    const file = join(layout, 'blobs', 'sha256', digest.slice('sha256:'.length));
    const bytes = readFileSync(file);
    const changed = Buffer.from(bytes);
    changed[changed.length >> 1]! ^= 1;
    writeFileSync(file, changed);
    return () => writeFileSync(file, bytes);
  }),
};

/** The tags of both images name other ones from now on. */
export async function moveTags({ registry }: PinnedWorld): Promise<void> {
  const moved = await makeImage({ seed: 9 });
  for (const [name, tag] of Object.entries({ base: '12', donor: '1' })) {
    putImage(registry.repository(name), moved, tag);
  }
}
