import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Digest } from '../../../src/oci/index.js';
import { verifyLogin } from '../../../src/store/index.js';
import { collect } from '../../../src/util/index.js';
import { need } from '../../support/programs.js';
import { makeImage, type TestImage, writeLayout } from '../../support/registry/images.js';
import { type RealKind, type RealRegistry, realPrograms, startRealRegistry } from '../../support/registry/real.js';
import { skopeoPush } from '../../support/registry/skopeo.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';
import { errorOf } from '../support.js';
import { hostWithVariables, type Pulling, startPulling, variablesFor } from './pull-support.js';

describe.skipIf(!need('skopeo', ...realPrograms))('docker-registry', () => {
  const workspace = temporaryDirectory();
  const closing: (() => Promise<void>)[] = [];
  let image: TestImage;
  beforeAll(async () => {
    image = await makeImage({ gzip: true });
    writeLayout(join(workspace.path, 'layout'), { latest: image });
  });
  afterAll(async () => {
    for (const close of closing.reverse()) await close();
  });

  async function start(kind: RealKind, tags: readonly string[] = ['v1', 'v2']): Promise<RealRegistry> {
    const registry = await startRealRegistry(kind, { tokenSeconds: 60 });
    closing.push(registry.close);
    for (const tag of kind === 'read-only' ? [] : tags) {
      await skopeoPush(registry, `oci:${join(workspace.path, 'layout')}:latest`, `a/b:${tag}`);
    }
    return registry;
  }

  function pull({ authority, user, certificateDirectory }: RealRegistry): Pulling {
    const pulling = startPulling({
      variables: user === undefined ? {} : variablesFor(authority, user),
      certificateDirectory,
    });
    closing.push(() => pulling.close());
    return pulling;
  }

  it.each(['plain', 'password', 'token', 'redirect'] as const)('of kind %s is read', async (kind) => {
    const registry = await start(kind);
    const pulling = pull(registry);
    const repository = pulling.at(`${registry.authority}/a/b`);
    const target = await repository.resolve('v1');
    expect(target).toEqual(image.descriptor);
    expect(Buffer.from((await repository.readDocument(target)).bytes)).toEqual(
      image.documents.get(image.digest)!.bytes,
    );
    for (const [digest, bytes] of image.blobs) {
      const blob = { mediaType: 'x', digest: digest as Digest, size: bytes.length };
      expect(await repository.hasBlob(blob)).toBe(true);
      expect(bytes.equals(await collect(await repository.openBlob(blob), 1e7))).toBe(true);
    }
    expect((await repository.tags()).toSorted()).toEqual(['v1', 'v2']);
    expect(await repository.referrers(image.digest as Digest)).toEqual([]);
    expect((await errorOf(repository.resolve('v3'))).code).toBe('image-missing');
    expect((await errorOf(repository.deleteManifest('v1'))).hint).toBe('The registry does not delete by tag.');
    await repository.deleteManifest(image.digest);
    expect(await repository.find('v2')).toBeUndefined();
    const seen = (registry.beside?.requests ?? []).filter(({ server }) => server === 'elsewhere');
    expect(seen.every(({ headers }) => headers.authorization === undefined)).toBe(true);
    expect(seen.length > 0).toBe(kind === 'redirect');
  });

  it('that is read-only deletes nothing, and says so', async () => {
    const registry = await start('read-only');
    const repository = pull(registry).at(`${registry.authority}/a/b`);
    const error = await errorOf(repository.deleteManifest(image.digest));
    expect(error).toMatchObject({ code: 'registry-refused', hint: 'The registry does not allow deleting.' });
  });

  it.each(['password', 'token'] as const)('of kind %s tells who may log in', async (kind) => {
    const registry = await start(kind, []);
    const { certificateDirectory } = registry;
    const logIn = (password: string) =>
      verifyLogin(
        hostWithVariables({}),
        { network: { insecure: [], certificateDirectory }, credentials: {} },
        registry.authority,
        { kind: 'password', username: registry.user!.name, password, from: 'this login' },
      );
    await logIn(registry.user!.password);
    expect((await errorOf(logIn('wrong'))).code).toBe('registry-unauthorised');
  });
});
