import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { need } from '../../support/programs.js';
import { bearerGuard } from '../../support/registry/guards.js';
import {
  makeImage,
  makeIndex,
  makeRunnableImage,
  putImage,
  type TestImage,
  writeLayout,
} from '../../support/registry/images.js';
import { type Laboratory, labUser, openLaboratory } from '../../support/registry/laboratory.js';
import { Podman } from '../../support/registry/podman.js';
import { plainQuirks, type Quirks } from '../../support/registry/quirks.js';
import type { TestRegistry } from '../../support/registry/registry.js';
import { skopeoDelete, skopeoPull, skopeoPush, skopeoTags } from '../../support/registry/skopeo.js';
import { needRoot } from '../../support/root.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

/** Deviations that other clients live with. */
const livable: readonly Partial<Quirks>[] = [
  {},
  { uploadLocations: 'relative', emptyRange: 'none', links: 'absolute' },
  { partialUploads: 'cancelled', changingState: false, digestHeaders: 'missing' },
  { mounts: 'accepted', ranges: false, referrers: 'missing' },
];

describe.skipIf(!need('skopeo'))('skopeo with the registry of the tests', () => {
  const workspace = temporaryDirectory();
  let lab: Laboratory;
  let registry: TestRegistry;
  let index: TestImage;
  beforeAll(async () => {
    lab = await openLaboratory();
    registry = lab.registry;
    const images = await Promise.all(['amd64', 'arm64'].map((architecture, seed) => makeImage({ architecture, seed })));
    index = makeIndex(images);
    writeLayout(join(workspace.path, 'layout'), { latest: index });
  });
  afterEach(() => {
    Object.assign(registry.quirks, plainQuirks);
    registry.guard = undefined;
  });
  afterAll(() => lab.close());

  it.each(livable)('copies in and out, lists and deletes: %j', async (quirks) => {
    Object.assign(registry.quirks, quirks);
    const repository = registry.repository(`in/${livable.indexOf(quirks)}`);
    await skopeoPush(registry, `oci:${join(workspace.path, 'layout')}:latest`, `${repository.name}:v1`);
    expect(repository.tags.get('v1')).toBe(index.digest);
    expect([...repository.blobs.keys()].sort()).toEqual([...index.blobs.keys()].sort());
    const copy = join(workspace.path, `copy-${repository.name.replace('/', '-')}`);
    await skopeoPull(registry, `${repository.name}:v1`, `oci:${copy}:v1`);
    expect(await skopeoTags(registry, repository.name)).toEqual(['v1']);
    await skopeoDelete(registry, `${repository.name}:v1`);
    expect(repository.manifests.has(index.digest)).toBe(false);
  });

  it('brings user and password to the token server, and the token to the registry', async () => {
    registry.guard = bearerGuard(lab.tokens);
    const source = putImage(registry.repository('private'), await makeImage({ seed: 9 }), 'v1');
    await skopeoPull(
      { authority: registry.authority, user: labUser },
      'private:v1',
      `oci:${join(workspace.path, 'private')}:v1`,
    );
    expect(source.digest).toBe(registry.repository('private').tags.get('v1'));
    const stranger = { authority: registry.authority, user: { ...labUser, password: 'wrong' } };
    await expect(skopeoPull(stranger, 'private:v1', `oci:${join(workspace.path, 'no')}:v1`)).rejects.toThrow(
      /unauthorized|denied|401/i,
    );
  });

  it('finds blobs at another origin, where it brings no authorization', async () => {
    registry.guard = bearerGuard(lab.tokens);
    // Another name, too: skopeo brings it along to another port of the same.
    registry.quirks.blobsAt = `http://localhost:${lab.elsewhere.port}`;
    putImage(registry.repository('far'), await makeImage({ seed: 10 }), 'v1');
    await skopeoPull(
      { authority: registry.authority, user: labUser },
      'far:v1',
      `oci:${join(workspace.path, 'far')}:v1`,
    );
    const seen = lab.requests.filter(({ server }) => server === 'elsewhere');
    expect(seen.map(({ status, headers }) => [status, headers.authorization])).toEqual(Array(3).fill([200, undefined]));
  });

  it.skipIf(!needRoot() || !need('podman', 'runc'))('podman pulls an image and runs it', async () => {
    const podman = new Podman(join(workspace.path, 'podman'));
    const image = putImage(registry.repository('runnable'), await makeRunnableImage(), 'v1');
    await podman.pull(registry, 'runnable:v1');
    expect(await podman.runIn(`${registry.authority}/runnable:v1`)).toBe('it runs');
    await podman.push(registry, `${registry.authority}/runnable:v1`, 'again:v1');
    expect(registry.repository('again').tags.get('v1')).toBe(image.digest);
    await podman.clean();
  });
});
