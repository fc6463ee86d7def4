import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Descriptor, digestOf, MediaTypes, parseReference } from '../../src/oci/index.js';
import { copyImage, openImageSink, openImageSource, readConfig, readDocument } from '../../src/store/index.js';
import { need } from '../support/programs.js';
import { outputOf } from '../support/run.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { addImage, type Blobs, blobsInMemory, errorOf, host, surroundingsOf } from './support.js';

const temporary = temporaryDirectory();
const newDirectory = (): string => mkdtempSync(join(temporary.path, 'names-'));

async function resolveAt(directory: string, text: string): Promise<Descriptor> {
  const source = openImageSource(host, parseReference(text), surroundingsOf(directory));
  try {
    return await source.resolve(parseReference(text));
  } finally {
    source.close();
  }
}

/** Writes images under references of one path; the first says which. */
async function write(
  directory: string,
  blobs: Blobs,
  images: readonly (readonly [string, Descriptor])[],
  name?: string,
) {
  const sink = openImageSink(host, parseReference(images[0]![0]), { ...surroundingsOf(directory), name });
  for (const [text, image] of images) {
    await copyImage(blobs, sink, image);
    await sink.tag(parseReference(text), image);
  }
  await sink.commit();
}

/** A layout whose index has these names; each image is known by its position. */
function layoutOf(names: readonly (string | undefined)[], fullNames: readonly (string | undefined)[] = []) {
  const directory = newDirectory();
  const manifests = names.map((name, number) => ({
    mediaType: MediaTypes.manifest,
    digest: digestOf(String(number)),
    size: 1,
    annotations: {
      ...(name !== undefined && { 'org.opencontainers.image.ref.name': name }),
      ...(fullNames[number] !== undefined && { 'io.containerd.image.name': fullNames[number] }),
    },
  }));
  const layout = openImageSink(host, parseReference('oci:x'), { ...surroundingsOf(directory), name: undefined });
  return {
    async resolve(name: string): Promise<number> {
      await layout.commit();
      writeFileSync(join(directory, 'x', 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
      const { digest } = await resolveAt(directory, `oci:x:${name}`);
      return manifests.findIndex((manifest) => manifest.digest === digest);
    },
  };
}

describe('an image among several', () => {
  const found: readonly [string, readonly (string | undefined)[], readonly (string | undefined)[], string, number][] = [
    ['by its tag', ['v1', 'v2'], [], 'v2', 1],
    ['by its whole name', ['docker.io/library/a:v1', 'docker.io/library/b:v1'], [], 'docker.io/library/b:v1', 1],
    ['by a short form of its whole name', ['docker.io/library/a:v1', 'docker.io/me/b:v1'], [], 'me/b:v1', 1],
    ['by the whole form of its short name', ['a:v1', 'b:v1'], [], 'index.docker.io/library/b:v1', 1],
    ['by a name without the tag "latest"', ['me/a:latest', 'me/b:latest'], [], 'me/b', 1],
    ['by the name that containerd gave', ['v1', 'v1'], ['docker.io/me/a:v1', 'docker.io/me/b:v1'], 'me/b:v1', 1],
    ['by the tag of its whole name', ['ghcr.io/me/a:v1', 'ghcr.io/me/a:v2'], [], 'v2', 1],
    ['by a bare name', ['ghcr.io/me/a:v1', 'docker.io/library/b:latest'], [], 'b', 1],
    ['by what is written exactly so before all else', ['ghcr.io/me/a:v1', 'v1'], [], 'v1', 1],
  ];
  it.each(found)('is found %s', async (_title, names, fullNames, name, number) => {
    expect(await layoutOf(names, fullNames).resolve(name)).toBe(number);
  });

  it('is not guessed', async () => {
    const layout = layoutOf(['ghcr.io/me/a:v1', 'ghcr.io/me/b:v1', 'c:v2']);
    expect(await errorOf(() => layout.resolve('v1'))).toMatchObject({
      code: 'image-missing',
      message: '"oci:x" holds 2 images that "v1" may mean',
      hint: 'It holds the names "ghcr.io/me/a:v1", "ghcr.io/me/b:v1". Name one after a colon.',
    });
    expect(await errorOf(() => layout.resolve('me/c:v2'))).toMatchObject({
      code: 'image-missing',
      message: '"oci:x" has no image "me/c:v2"',
      hint: 'It holds the names "c:v2", "ghcr.io/me/a:v1", "ghcr.io/me/b:v1". Name one after a colon.',
    });
    expect(await errorOf(() => layout.resolve('v3'))).toMatchObject({ message: '"oci:x" has no tag "v3"' });
    // A bare name is not looked for in other places than Docker Hub, nor under other tags.
    expect(await errorOf(() => layout.resolve('b'))).toMatchObject({ code: 'image-missing' });
    expect(await errorOf(() => layout.resolve('c'))).toMatchObject({ code: 'image-missing' });
  });

  it('is not the one of two that have the same name', async () => {
    const both = layoutOf(['me/a:v1', 'me/a:v1']);
    expect(await errorOf(() => both.resolve('me/a:v1'))).toMatchObject({ code: 'image-invalid' });
    expect(await errorOf(() => both.resolve('docker.io/me/a:v1'))).toMatchObject({ code: 'image-missing' });
  });
});

describe.each(['oci-archive:x', 'docker-archive:x', 'oci:x'])('%s', (to) => {
  it('keeps whole names', async () => {
    const [directory, blobs] = [newDirectory(), blobsInMemory()];
    const [a, b] = [(await addImage(blobs, 'a')).manifest, (await addImage(blobs, 'b')).manifest];
    await write(directory, blobs, [
      [`${to}:ghcr.io/me/a:v1`, a],
      [`${to}:me/b:v1`, b],
    ]);
    expect(await resolveAt(directory, `${to}:ghcr.io/me/a:v1`)).toEqual(a);
    expect(await resolveAt(directory, `${to}:me/b:v1`)).toEqual(b);
    expect(await resolveAt(directory, `${to}:docker.io/me/b:v1`)).toEqual(b);
    expect(await errorOf(() => resolveAt(directory, `${to}:v1`))).toMatchObject({ code: 'image-missing' });
    expect(await errorOf(() => resolveAt(directory, to))).toMatchObject({ message: `"${to}" holds 2 images` });
  });
});

describe.skipIf(!need('tar'))('an archive', () => {
  const lists: readonly [string, string | undefined, string | undefined, readonly string[] | null, string?][] = [
    ['a tag alone', 'v1', undefined, null],
    ['a tag of a repository', 'v1', 'me/app', ['me/app:v1'], 'docker.io/me/app:v1'],
    ['a whole name', 'ghcr.io/me/a:v1', undefined, ['ghcr.io/me/a:v1'], 'ghcr.io/me/a:v1'],
    ['a whole name rather than the repository', 'a:v1', 'me/app', ['a:v1'], 'docker.io/library/a:v1'],
    ['a name without tag', 'me/a', undefined, ['me/a:latest'], 'docker.io/me/a:latest'],
    ['no name', undefined, 'me/app', null],
    ['a name that only OCI allows', '1.0+x', 'me/app', null],
  ];
  it.each(lists)('tells docker and containerd of %s', async (_title, tag, name, repoTags, full) => {
    const [directory, blobs] = [newDirectory(), blobsInMemory()];
    const { manifest } = await addImage(blobs, 'a');
    await write(directory, blobs, [[`oci-archive:x${tag === undefined ? '' : `:${tag}`}`, manifest]], name);
    const read = async (file: string) => JSON.parse(await outputOf('tar', ['-xOf', join(directory, 'x'), file]));
    expect((await read('manifest.json'))[0].RepoTags).toEqual(repoTags);
    const [entry] = (await read('index.json')).manifests;
    expect(entry.annotations?.['org.opencontainers.image.ref.name']).toBe(tag);
    expect(entry.annotations?.['io.containerd.image.name']).toBe(full);
  });
});

describe.skipIf(!need('skopeo'))('skopeo', () => {
  const skopeo = (directory: string, ...args: string[]): Promise<string> =>
    outputOf('skopeo', ['--insecure-policy', 'copy', '-q', ...args], { cwd: directory });

  it('finds what is written under whole names, in archives of either kind and in layouts', async () => {
    const [directory, blobs] = [newDirectory(), blobsInMemory()];
    const [a, b] = [await addImage(blobs, 'a'), await addImage(blobs, 'b')];
    for (const to of ['oci-archive:oa', 'docker-archive:da', 'oci:l']) {
      const names = [`${to}:ghcr.io/me/a:v1`, `${to}:docker.io/me/b:v1`] as const;
      await write(directory, blobs, [
        [names[0], a.manifest],
        [names[1], b.manifest],
      ]);
      for (const [number, name] of names.entries()) {
        const copy = `oci:copy-${to.replace(':', '-')}-${number}:x`;
        await skopeo(directory, name, copy);
        const found = await resolveAt(directory, copy);
        const image = [a, b][number]!;
        // Skopeo makes another manifest and config for what it takes for an archive of docker.
        if (!to.startsWith('docker')) expect(found).toEqual(image.manifest);
        const source = openImageSource(host, parseReference(copy), surroundingsOf(directory));
        const document = await readDocument(source, found);
        if (document.kind !== 'manifest') throw new Error('no manifest');
        const { rootfs } = await readConfig(source, document.manifest.config);
        expect(rootfs).toEqual((await readConfig(blobs, image.config)).rootfs);
      }
    }
  });

  it('writes archives whose images are found by whole names and by tags', async () => {
    const [directory, blobs] = [newDirectory(), blobsInMemory()];
    const [a, b] = [await addImage(blobs, 'a'), await addImage(blobs, 'b')];
    await write(directory, blobs, [
      ['oci:l:a', a.manifest],
      ['oci:l:b', b.manifest],
    ]);
    await skopeo(
      directory,
      '--additional-tag',
      'me/a:v1',
      '--additional-tag',
      'ghcr.io/x/y:1.0',
      'oci:l:a',
      'docker-archive:da:app:v2',
    );
    const found = await resolveAt(directory, 'docker-archive:da');
    for (const name of ['app:v2', 'docker.io/library/app:v2', 'v2', 'me/a:v1', 'v1', 'ghcr.io/x/y:1.0', '1.0']) {
      expect(await resolveAt(directory, `docker-archive:da:${name}`)).toEqual(found);
    }
    for (const name of ['app', 'app:v1', 'x/y:1.0', 'v3']) {
      expect(await errorOf(() => resolveAt(directory, `docker-archive:da:${name}`))).toMatchObject({
        code: 'image-missing',
        hint: 'It holds the names "docker.io/library/app:v2", "docker.io/me/a:v1", "ghcr.io/x/y:1.0". Name one after a colon.',
      });
    }
    await skopeo(directory, 'oci:l:b', 'docker-archive:latest:app');
    const latest = await resolveAt(directory, 'docker-archive:latest');
    for (const name of ['app', 'app:latest', 'latest']) {
      expect(await resolveAt(directory, `docker-archive:latest:${name}`)).toEqual(latest);
    }
    await skopeo(directory, 'oci:l:b', 'oci-archive:oa:docker.io/library/app:v1');
    for (const name of ['docker.io/library/app:v1', 'app:v1', 'v1']) {
      expect(await resolveAt(directory, `oci-archive:oa:${name}`)).toEqual(b.manifest);
    }
  });
});
