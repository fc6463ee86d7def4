import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Descriptor, MediaTypes, parseReference } from '../../src/oci/index.js';
import { copyImage, openImageSink, openImageSource, readConfig, readDocument } from '../../src/store/index.js';
import { addImage, addIndex, blobsInMemory, errorOf, host, hostWith, surroundingsOf } from '../store/support.js';
import { need } from '../support/programs.js';
import { needRoot, root } from '../support/root.js';
import { outputOf } from '../support/run.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

describe.skipIf(!needRoot() || !need('dockerd', 'docker'))('a docker daemon', () => {
  const temporary = temporaryDirectory();
  let daemon: ChildProcess;
  let address: string;
  beforeAll(async () => {
    daemon = spawn(join(root, 'test', 'oracles', 'hold-dockerd.sh'), { stdio: ['pipe', 'pipe', 'inherit'] });
    const [line] = (await once(daemon.stdout!, 'data')) as [Buffer];
    address = `unix://${line.toString().trim()}`;
  });
  afterAll(async () => {
    daemon.stdin!.end();
    await once(daemon, 'close');
  });

  const docker = (...args: string[]): Promise<string> => outputOf('docker', ['-H', address, ...args]);
  const nowhere = surroundingsOf('/nonexistent');
  const hostOf = () =>
    hostWith({
      env: {
        variable: (name) => (name === 'DOCKER_HOST' ? address : host.env.variable(name)),
        temporaryDirectory: mkdtempSync(join(temporary.path, 'tmp-')),
      },
    });

  async function load(blobs: ReturnType<typeof blobsInMemory>, image: Descriptor, text: string): Promise<void> {
    const sink = openImageSink(hostOf(), parseReference(text), { ...nowhere, name: undefined });
    await copyImage(blobs, sink, image);
    await sink.tag(parseReference(text), image);
    await sink.commit();
  }

  it('takes an image, whose ID is the digest of its config', async () => {
    const blobs = blobsInMemory();
    const { manifest, config } = await addImage(blobs, 'hello');
    await load(blobs, manifest, 'docker-daemon:ghcr.io/tbuild/test:v1');
    expect(await docker('image', 'inspect', '-f', '{{.Id}}', 'ghcr.io/tbuild/test:v1')).toBe(config.digest);
    expect(await docker('image', 'inspect', '-f', '{{.RepoTags}}', config.digest)).toBe('[ghcr.io/tbuild/test:v1]');
  });

  it('takes the first image of an index', async () => {
    const blobs = blobsInMemory();
    await load(blobs, await addIndex(blobs), 'docker-daemon:both:v1');
    expect(await docker('image', 'inspect', '-f', '{{.Architecture}}', 'both:v1')).toBe('amd64');
  });

  it('gives back an image by name and by ID, with all that is in its layers', async () => {
    const blobs = blobsInMemory();
    const { manifest, config } = await addImage(blobs, 'again');
    const wanted = await readConfig(blobs, config);
    await load(blobs, manifest, 'docker-daemon:again:v1');
    for (const text of ['docker-daemon:again:v1', `docker-daemon:${config.digest}`]) {
      const on = hostOf();
      const source = openImageSource(on, parseReference(text), nowhere);
      const found = await source.resolve(parseReference(text));
      const document = await readDocument(source, found);
      if (document.kind !== 'manifest') throw new Error('no manifest');
      // Docker gives the config as it got it, and layers that unpack to the same; not the manifest.
      expect(document.manifest.config.digest).toBe(config.digest);
      expect(document.manifest.layers.map(({ digest }) => digest)).toEqual(wanted.rootfs.diff_ids);
      expect(document.manifest.layers[0]!.mediaType).toBe(MediaTypes.layer);
      const directory = mkdtempSync(join(temporary.path, 'out-'));
      const options = { ...surroundingsOf(directory), name: undefined };
      const sink = openImageSink(host, parseReference('oci:x'), options);
      await copyImage(source, sink, found);
      await sink.commit();
      expect(readdirSync(join(directory, 'x', 'blobs', 'sha256'))).toHaveLength(3);
      source.close();
      expect(readdirSync(on.env.temporaryDirectory)).toEqual([]);
    }
  });

  it('says that it does not have an image', async () => {
    const source = openImageSource(hostOf(), parseReference('docker-daemon:nothing:v1'), nowhere);
    expect(await errorOf(() => source.resolve(parseReference('docker-daemon:nothing:v1')))).toMatchObject({
      code: 'image-missing',
      message: expect.stringContaining('docker answered 404: '),
    });
  });

  it('says, with the status of success, that an image is not right', async () => {
    const blobs = blobsInMemory();
    const { layer } = await addImage(blobs, 'wrong');
    const rootfs = { type: 'layers', diff_ids: [layer.digest] };
    const config = blobs.addJson({ os: 'linux', architecture: 'amd64', rootfs }, MediaTypes.config);
    const document = { schemaVersion: 2, mediaType: MediaTypes.manifest, config, layers: [layer] };
    const manifest = blobs.addJson(document, MediaTypes.manifest);
    expect(await errorOf(() => load(blobs, manifest, 'docker-daemon:wrong:v1'))).toMatchObject({
      code: 'destination-failed',
      message: expect.stringMatching(/^Cannot write "docker-daemon:wrong:v1": docker says: invalid diffID/),
    });
  });
});
