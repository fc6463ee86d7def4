import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { readLayout } from '../support/layout.js';
import { need } from '../support/programs.js';
import { startCuttingProxy } from '../support/registry/cutting-proxy.js';
import { makeImage, makeIndex, type TestImage, writeLayout } from '../support/registry/images.js';
import { type RealKind, type RealRegistry, realPrograms, startRealRegistry } from '../support/registry/real.js';
import { dockerName, skopeoDigest, skopeoPull, skopeoPush, skopeoTags } from '../support/registry/skopeo.js';
import type { Outcome } from '../support/run.js';
import { runTbuild } from '../support/tbuild.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

interface Place {
  readonly authority: string;
  readonly user?: RealRegistry['user'];
  readonly certificateDirectory?: string | undefined;
}

/** Runs tbuild as somebody who has only what the registry needs. */
class User {
  readonly #home: string;

  constructor(home: string) {
    this.#home = home;
    mkdirSync(home, { recursive: true });
  }

  run({ authority, user, certificateDirectory }: Place, ...args: readonly string[]): Promise<Outcome> {
    const env = { HOME: this.#home, XDG_RUNTIME_DIR: undefined, XDG_CONFIG_HOME: undefined, XDG_CACHE_HOME: undefined };
    const secrets =
      user === undefined
        ? {}
        : { TBUILD_REGISTRY: authority, TBUILD_USERNAME: user.name, TBUILD_PASSWORD: user.password };
    const options = certificateDirectory === undefined ? [] : ['--cert-dir', certificateDirectory];
    return runTbuild([...args, ...options, '--timeout', '20'], { env: { ...env, ...secrets } });
  }

  /** What it prints, when it succeeds. */
  async succeed(place: Place, ...args: readonly string[]): Promise<string> {
    const { status, stdout, stderr } = await this.run(place, ...args);
    if (status !== 0) throw new Error(`tbuild ${args.join(' ')}\nended with ${status}\n${stdout}${stderr}`);
    return stdout.trimEnd();
  }
}

const kinds = ['plain', 'password', 'token', 'redirect'] as const;

describe.skipIf(!need('skopeo', ...realPrograms))('docker-registry', () => {
  const workspace = temporaryDirectory();
  const registries = new Map<RealKind, RealRegistry>();
  let user: User;
  let index: TestImage;
  let layout: string;
  beforeAll(async () => {
    user = new User(join(workspace.path, 'home'));
    const images = ['amd64', 'arm64'].map((architecture, seed) => makeImage({ architecture, seed, gzip: seed === 1 }));
    index = makeIndex(await Promise.all(images));
    layout = join(workspace.path, 'layout');
    writeLayout(layout, { latest: index, docker: await makeImage({ family: 'docker', gzip: true, seed: 7 }) });
    for (const kind of kinds) registries.set(kind, await startRealRegistry(kind));
  });
  afterAll(() => Promise.all([...registries.values()].map((registry) => registry.close())));

  const pathFor = (name: string): string => join(workspace.path, name);

  describe.each(kinds)('of kind %s', (kind) => {
    let registry: RealRegistry;
    beforeAll(() => {
      registry = registries.get(kind)!;
    });

    /** What the registry was asked while something ran. */
    const during = async (work: () => Promise<unknown>): Promise<readonly string[]> => {
      const before = registry.accesses().length;
      await work();
      return registry.accesses().slice(before);
    };
    const push = (to: string) =>
      user.succeed(registry, 'copy', '--all', `oci:${layout}:latest`, dockerName(registry, to));

    it('has from tbuild what skopeo pulls, with the same digest', async () => {
      await push('a/b:v1');
      expect(await skopeoDigest(registry, 'a/b:v1')).toBe(index.digest);
      await skopeoPull(registry, 'a/b:v1', `oci:${pathFor(`skopeo-${kind}`)}:v1`);
      const pulled = readLayout(pathFor(`skopeo-${kind}`), 'v1', 'arm64');
      expect(pulled.digest).toBe(readLayout(layout, 'latest', 'arm64').digest);
    });

    it('gives tbuild what skopeo pushed, with the same digest', async () => {
      await skopeoPush(registry, `oci:${layout}:latest`, 'c/d:v1');
      const to = pathFor(`tbuild-${kind}`);
      const digest = await user.succeed(
        registry,
        'copy',
        '--all',
        '--quiet',
        dockerName(registry, 'c/d:v1'),
        `oci:${to}:v1`,
      );
      expect(digest).toBe(index.digest);
      const pulled = readLayout(to, 'v1', 'arm64');
      expect(pulled).toEqual(readLayout(layout, 'latest', 'arm64'));
      if (kind !== 'redirect') return;
      const { requests } = registry.beside!;
      expect(requests.length).toBeGreaterThan(0);
      expect(requests.map(({ headers }) => headers.authorization).filter((value) => value !== undefined)).toEqual([]);
    });

    it('is sent no blob for what it has', async () => {
      await push('e/f:v1');
      const accesses = await during(() => push('e/f:v1'));
      expect(accesses.filter((line) => /^(POST|PATCH)|^PUT .*\/blobs\//.test(line))).toEqual([]);
      // A look at each layer, config and manifest of the two images, at the index, and at what tells that TLS and tokens are right.
      expect(accesses.length).toBeGreaterThan(0);
      expect(accesses.length).toBeLessThanOrEqual(3 + 2 * (3 + 2 * 2));
    });

    it('mounts what it has in another repository', async () => {
      await push('g/h:v1');
      const from = dockerName(registry, 'g/h:v1');
      const accesses = await during(() =>
        user.succeed(registry, 'copy', '--all', from, dockerName(registry, 'i/j:v1')),
      );
      const layers = [...index.blobs.keys()].length;
      expect(accesses.filter((line) => /^POST .*mount=.* 201$/.test(line))).toHaveLength(layers);
      expect(accesses.filter((line) => /^PATCH|^PUT .*\/blobs\//.test(line))).toEqual([]);
      expect(await skopeoDigest(registry, 'i/j:v1')).toBe(index.digest);
    });

    it('lists and deletes', async () => {
      await push('k/l:v1');
      const docker = ['copy', `oci:${layout}:docker`, dockerName(registry, 'k/l:v2'), '--tag', 'v3'];
      await user.succeed(registry, ...docker);
      expect(await user.succeed(registry, 'tags', dockerName(registry, 'k/l'))).toBe('v1\nv2\nv3');
      await user.succeed(registry, 'delete', dockerName(registry, 'k/l:v1'));
      expect([...(await skopeoTags(registry, 'k/l'))].sort()).toEqual(['v2', 'v3']);
    });
  });

  it('that wants a password refuses another, and is not trusted without its authority', async () => {
    const registry = registries.get('password')!;
    const tags = ['tags', '--json', dockerName(registry, 'a/b')];
    const wrong = await user.run({ ...registry, user: { name: 'alice', password: 'wrong' } }, ...tags);
    expect([wrong.status, JSON.parse(wrong.stdout).error.code]).toEqual([77, 'registry-unauthorised']);
    const strange = await user.run({ authority: registry.authority, user: registry.user }, ...tags);
    expect([strange.status, JSON.parse(strange.stdout).error.code]).toEqual([69, 'server-unavailable']);
    expect(strange.stdout).toMatch(/certificate/);
  });

  it('whose tokens end in the middle of a push gets it whole', async () => {
    const registry = await startRealRegistry('token', { tokenSeconds: -58 });
    onTestFinished(registry.close);
    const proxy = await startCuttingProxy(registry.authority);
    onTestFinished(proxy.close);
    const reached = { authority: proxy.authority, user: registry.user };
    const pushing = user.run(reached, 'copy', '--all', `oci:${layout}:latest`, dockerName(reached, 'a/b:v1'));
    const blobs = () => registry.accesses().filter((line) => /^PUT .*\/blobs\/.* 201$/.test(line)).length;
    await expect.poll(blobs, { interval: 2, timeout: 10_000 }).toBeGreaterThan(0);
    proxy.pause();
    await sleep(2500);
    const asked = registry.beside!.requests.length;
    proxy.resume();
    expect(await pushing).toMatchObject({ status: 0 });
    expect(registry.beside!.requests.length).toBeGreaterThan(asked);
    expect(await skopeoDigest(registry, 'a/b:v1')).toBe(index.digest);
  });

  it('that is read-only gives, and refuses what it is sent', async () => {
    const writable = await startRealRegistry('plain');
    onTestFinished(writable.close);
    await skopeoPush(writable, `oci:${layout}:latest`, 'a/b:v1');
    const registry = await startRealRegistry('read-only', { data: writable.data });
    onTestFinished(registry.close);
    expect(await user.succeed(registry, 'tags', dockerName(registry, 'a/b'))).toBe('v1');
    for (const args of [
      ['copy', '--all', `oci:${layout}:latest`, dockerName(registry, 'c/d:v1')],
      ['delete', dockerName(registry, 'a/b:v1')],
    ]) {
      const { status, stdout } = await user.run(registry, ...args, '--json');
      expect([status, JSON.parse(stdout).error.code]).toEqual([1, 'registry-refused']);
    }
  });
});
