import { chmodSync, readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createNodeHost } from '../../src/host/index.js';
import { parseReference } from '../../src/oci/index.js';
import { applyImage, diffImages } from '../../src/operations/index.js';
import { workspace } from '../operations/support.js';

const IMAGE = `version: 1
platforms: [linux/amd64]
base: scratch
layers: [{ name: site, contents: [{ files: site, to: /srv }] }]
`;

it('of two layers only the files come into the cache whose contents differ', async () => {
  const host = createNodeHost();
  const names = Array.from({ length: 12 }, (_, i) => `site/${i}.txt`);
  const files = Object.fromEntries(names.map((name) => [name, `text of ${name}`]));
  const { request, path, write, directory } = workspace({ 'image.yaml': IMAGE, ...files });
  const [before, after] = ['before', 'after'].map((name) => parseReference(`oci:${directory}/${name}`));
  await applyImage(host, { ...request, destinations: [before!] });
  for (const name of names.slice(0, 4)) write(name, `news of ${name}`);
  chmodSync(path(names[5]!), 0o755);
  await applyImage(host, { ...request, destinations: [after!] });
  const cacheDirectory = `${directory}/empty`;
  const { differences } = await diffImages(host, { before: before!, after: after!, cacheDirectory });
  expect(differences.map(({ findings }) => findings?.length ?? 0)).toEqual([1, 1, 1, 1, 0]);
  expect(readdirSync(`${cacheDirectory}/blobs/sha256`)).toHaveLength(2 * 4);
});
