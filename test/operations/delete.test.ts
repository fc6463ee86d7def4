import { describe, expect, it } from 'vitest';
import { createNodeHost } from '../../src/host/index.js';
import { parseReference, type RegistryReference } from '../../src/oci/index.js';
import { type DeleteRequest, deleteImage } from '../../src/operations/index.js';
import { failureOf } from '../support/failure-of.js';
import { refusing } from '../support/registry/effects.js';
import { makeImage, makeReferrer, putImage } from '../support/registry/images.js';
import { at, type Quirks } from '../support/registry/registry.js';
import { openRegistry, requestsOf, strangerWorkspace } from './registry-support.js';

const host = createNodeHost();

/** A repository `a/b` with an image under tags, and deleting from it. */
async function deleting(tags: readonly string[], quirks: Partial<Quirks> = {}) {
  const registry = await openRegistry({ quirks });
  const repository = registry.repository('a/b');
  const image = putImage(repository, await makeImage(), ...tags);
  const { options } = strangerWorkspace({});
  const remove = (name: string, more: Partial<DeleteRequest> = {}) => {
    const reference = parseReference(`docker://${registry.authority}/a/b${name}`) as RegistryReference;
    return deleteImage(host, { ...options, reference, ...more });
  };
  return { registry, repository, image, remove };
}

const byTag =
  (path: RegExp) =>
  ({ method, path: found }: { method: string; path: string }) =>
    method === 'DELETE' && path.test(found);
const NO_TAGS = byTag(/manifests\/[^:]+$/);

describe('delete', () => {
  it('takes only the tag where the registry can', async () => {
    const { repository, registry, image, remove } = await deleting(['1', '2']);
    registry.faults.add(NO_TAGS, {
      instead: () => {
        repository.tags.delete('1');
        return { status: 202 };
      },
    });
    expect(await remove(':1')).toEqual({
      ...{ reference: `docker://${registry.authority}/a/b:1`, digest: image.digest },
      ...{ deleted: 'tag', tags: ['1'] },
    });
    expect(repository.manifests.has(image.digest)).toBe(true);
  });

  it.each([
    [400, 'DIGEST_INVALID'],
    [405, 'UNSUPPORTED'],
    [404, 'MANIFEST_UNKNOWN'],
  ])('takes the image where the registry answers %d to a tag, and no other tag names it', async (status, code) => {
    const { repository, registry, image, remove } = await deleting(['1']);
    putImage(repository, await makeImage({ seed: 2 }), 'other');
    registry.faults.add(NO_TAGS, refusing(status, code));
    expect(await remove(':1')).toMatchObject({ deleted: 'image', digest: image.digest, tags: ['1'] });
    expect([[...repository.tags.keys()], repository.manifests.has(image.digest)]).toEqual([['other'], false]);
  });

  it('takes no image that other tags name, unless they shall go too', async () => {
    const { repository, registry, image, remove } = await deleting(['1', 'latest', '1.0']);
    registry.faults.add(NO_TAGS, refusing(405, 'UNSUPPORTED'));
    expect(await failureOf(remove(':1'))).toMatchObject({
      code: 'registry-refused',
      message: expect.stringContaining('"1.0", "latest"'),
      hint: expect.stringContaining('--with-other-tags'),
      details: { digest: image.digest, tags: ['1.0', 'latest'] },
    });
    expect(repository.tags.size).toBe(3);
    expect(await remove(':1', { withOtherTags: true })).toMatchObject({
      deleted: 'image',
      tags: ['1', '1.0', 'latest'],
    });
    expect(repository.tags.size).toBe(0);
  });

  it('takes by digest the image, where no tag names it', async () => {
    const { repository, image, remove } = await deleting(['1']);
    expect(await failureOf(remove(`@${image.digest}`))).toMatchObject({ details: { tags: ['1'] } });
    repository.tags.clear();
    expect(await remove(`@${image.digest}`)).toMatchObject({ deleted: 'image', tags: [] });
    expect(repository.manifests.size).toBe(0);
  });

  it('looks at no more than a thousand tags', async () => {
    const tags = Array.from({ length: 1001 }, (_, number) => `t${number}`);
    const { registry, image, remove } = await deleting(['1', ...tags]);
    registry.faults.add(NO_TAGS, refusing(405, 'UNSUPPORTED'));
    expect(await failureOf(remove(':1'))).toMatchObject({ message: expect.stringContaining('1001 tags') });
    expect(requestsOf(registry).length).toBeLessThan(20);
    expect(await remove(':1', { withOtherTags: true })).toMatchObject({ digest: image.digest });
  });

  it('takes a signature out of the list of what refers to its image', async () => {
    const { repository, registry, image, remove } = await deleting(['1'], { referrers: 'missing' });
    const [first, second] = ['one', 'two'].map((text) => makeReferrer(image.descriptor, 'a/signature', text));
    for (const signature of [first!, second!]) putImage(repository, signature, signature === first ? 'sig' : 'sig2');
    const list = `sha256-${image.digest.slice('sha256:'.length)}`;
    const manifests = [first!, second!].map(({ descriptor }) => descriptor);
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    repository.putManifest({ schemaVersion: 2, mediaType, manifests }, { tag: list });
    registry.faults.add(NO_TAGS, refusing(405, 'UNSUPPORTED'));
    await remove(':sig');
    expect(repository.manifest(list)!.document.manifests).toEqual([second!.descriptor]);
  });

  it('says so where nothing is there, or the registry deletes nothing', async () => {
    const { registry, remove, image } = await deleting(['1']);
    expect(await failureOf(remove(':2'))).toMatchObject({ code: 'image-missing' });
    registry.faults.add(at.manifestDelete, refusing(405, 'UNSUPPORTED'));
    expect(await failureOf(remove(':1'))).toMatchObject({
      code: 'registry-refused',
      message: expect.stringContaining(image.digest),
    });
  });

  it('guesses no tag', async () => {
    const { registry, remove } = await deleting(['latest']);
    expect(await failureOf(remove(''))).toMatchObject({ code: 'usage' });
    expect(requestsOf(registry)).toEqual([]);
  });
});
