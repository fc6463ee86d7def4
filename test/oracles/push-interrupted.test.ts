import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noise } from '../support/awkward-source.js';
import { need } from '../support/programs.js';
import { type CuttingProxy, startCuttingProxy } from '../support/registry/cutting-proxy.js';
import { makeImage, type TestImage, writeLayout } from '../support/registry/images.js';
import { type RealRegistry, realPrograms, startRealRegistry } from '../support/registry/real.js';
import { startRegistry, type TestRegistry } from '../support/registry/registry.js';
import { skopeoDigest } from '../support/registry/skopeo.js';
import { neutralEnv, program, runTbuild } from '../support/tbuild.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const CUTS = 10;
const MB = 1_000_000;
const shapes = { 'five layers': [24 * MB, 18 * MB, 11 * MB, 6 * MB, 1 * MB], 'a single layer': [60 * MB] } as const;
type Shape = keyof typeof shapes;
const names = Object.keys(shapes) as readonly Shape[];

/** Random numbers of bytes, the same at every run. */
function positionsIn(bytes: number, seed: number): readonly number[] {
  const words = new Uint32Array(noise(CUTS * 4, seed).slice().buffer);
  return [...words].map((word) => Math.max(1, Math.floor((word / 2 ** 32) * bytes)));
}

/** One who pushes one image to a repository of their own, through a network of their own. */
class Pusher {
  readonly #args: readonly string[];
  readonly #env: Record<string, string | undefined>;

  constructor(
    readonly repository: string,
    readonly image: TestImage,
    readonly proxy: CuttingProxy,
    { layout, home }: { readonly layout: string; readonly home: string },
  ) {
    mkdirSync(home);
    const to = `docker://${proxy.authority}/${repository}:v1`;
    this.#args = ['copy', `oci:${layout}:v1`, to, '--cache', join(home, 'cache'), '--json'];
    this.#env = { HOME: home, XDG_RUNTIME_DIR: undefined };
  }

  /** Client bytes for each byte of the image. */
  get effort(): number {
    return this.proxy.sentBytes / this.image.totalBytes;
  }

  run() {
    return runTbuild(this.#args, { env: this.#env });
  }

  /** Runs until something is true, and lets then act at once; what ended it. */
  runUntil(isTime: () => boolean, act: (child: ChildProcess) => void): Promise<number | NodeJS.Signals | null> {
    const env = { ...process.env, ...neutralEnv, ...this.#env };
    const child = spawn(process.execPath, [program, ...this.#args], { env, stdio: 'ignore' });
    const watch = setInterval(() => {
      if (!isTime()) return;
      clearInterval(watch);
      act(child);
    }, 1);
    return new Promise((resolve) => {
      child.once('close', (status, signal) => {
        clearInterval(watch);
        resolve(signal ?? status);
      });
    });
  }

  /** The network breaks down after so many bytes, and the process gives up. */
  async runUntilCut(bytes: number): Promise<void> {
    this.#breakAfter(bytes);
    const { status, stdout } = await this.run();
    expect([status, JSON.parse(stdout).error.code]).toEqual([69, 'server-unavailable']);
    this.proxy.repair();
  }

  /** The network breaks down after so many bytes, and whoever waits stops the process. */
  async runUntilStopped(bytes: number): Promise<void> {
    const cuts = this.#breakAfter(bytes);
    const isCut = () => this.proxy.cuts > cuts;
    expect(await this.runUntil(isCut, (child) => child.kill('SIGINT'))).toBe(130);
    this.proxy.repair();
  }

  #breakAfter(bytes: number): number {
    this.proxy.breaksDown = true;
    this.proxy.cutAfter(bytes);
    return this.proxy.cuts;
  }
}

describe('a push that is interrupted', () => {
  const workspace = temporaryDirectory();
  const images = new Map<Shape, TestImage>();
  const proxies: CuttingProxy[] = [];
  let registry: TestRegistry;
  /** Where each answer brought another Location, one that is lost with its connection would take the upload with it. */
  let steady: TestRegistry;
  beforeAll(async () => {
    for (const [seed, name] of names.entries()) {
      const image = await makeImage({ layerBytes: shapes[name], seed: seed + 1 });
      images.set(name, image);
      writeLayout(join(workspace.path, name), { v1: image });
    }
    registry = await startRegistry();
    steady = await startRegistry({ quirks: { changingState: false } });
  });
  afterAll(async () => {
    for (const proxy of proxies) await proxy.close();
    await registry.close();
    await steady.close();
  });

  async function pusher(shape: Shape, repository: string, { authority }: { authority: string } = registry) {
    const proxy = await startCuttingProxy(authority);
    proxies.push(proxy);
    const places = { layout: join(workspace.path, shape), home: join(workspace.path, repository) };
    return new Pusher(repository, images.get(shape)!, proxy, places);
  }

  const expectThere = ({ repository, image }: Pusher, where = registry): void => {
    const { tags, blobs } = where.repository(repository);
    expect(tags.get('v1')).toBe(image.digest);
    expect([...blobs.keys()].sort()).toEqual([...image.blobs.keys()].sort());
    blobs.clear();
  };

  describe.concurrent.each(names)('with %s', (shape) => {
    const length = shapes[shape].reduce((sum: number, bytes) => sum + bytes, 0);
    const id = names.indexOf(shape);

    it('by a network that ends after any number of bytes is finished by the next process, with hardly more bytes', async () => {
      const interrupt = async (bytes: number, number: number): Promise<void> => {
        const push = await pusher(shape, `once-${id}-${number}`);
        await push.runUntilCut(bytes);
        expect(await push.run()).toMatchObject({ status: 0 });
        expectThere(push);
        expect(push.effort, `cut after ${bytes}`).toBeLessThan(1.2);
      };
      // A few at a time, since all they do beside work is wait.
      const rest = positionsIn(length, 5).entries();
      const lane = async (): Promise<void> => {
        for (const [number, bytes] of rest) await interrupt(bytes, number);
      };
      await Promise.all([lane(), lane(), lane()]);
    }, 300_000);

    it(`by the network ${CUTS} times in a row gets there all the same, with hardly more bytes`, async () => {
      const push = await pusher(shape, `often-${id}`, steady);
      const positions = [...positionsIn(length, 6)].sort((one, other) => one - other);
      for (const [round, position] of positions.entries()) {
        const bytes = Math.max(1, position - push.proxy.sentBytes);
        await (round % 2 === 0 ? push.runUntilCut(bytes) : push.runUntilStopped(bytes));
        expect(steady.repository(push.repository).tags.size).toBe(0);
      }
      expect(await push.run()).toMatchObject({ status: 0 });
      expectThere(push, steady);
      expect(push.proxy.cuts).toBe(CUTS);
      expect(push.effort).toBeLessThan(1.2);
    }, 300_000);
  });

  describe('by SIGKILL', () => {
    const shape = 'five layers';

    /** Where it is when it is killed. */
    interface Point {
      readonly name: string;
      readonly isReached: (push: Pusher, blobs: number) => boolean;
    }
    const points: readonly Point[] = [
      { name: 'with its first bytes', isReached: ({ proxy }) => proxy.sentBytes > MB / 4 },
      { name: 'in the middle of a blob', isReached: ({ proxy }) => proxy.sentBytes > 40 * MB },
      { name: 'between blobs', isReached: (_, blobs) => blobs >= 3 },
      { name: 'in the middle of the manifest', isReached: ({ proxy }) => proxy.cuts > 0 },
    ];

    /** Pushes, is killed at the point, pushes again; `blobsIn` tells how many blobs a registry has taken. */
    async function killAt(point: Point, push: Pusher, blobsIn: () => number): Promise<void> {
      const kill = (child: ChildProcess): void => {
        push.proxy.pause();
        child.kill('SIGKILL');
      };
      expect(await push.runUntil(() => point.isReached(push, blobsIn()), kill)).toBe('SIGKILL');
      push.proxy.resume();
      push.proxy.repair();
      expect(await push.run()).toMatchObject({ status: 0 });
    }

    /** Lets the network end some bytes before what a whole push sends, which are those of the manifest. */
    async function breakInManifest(push: Pusher, other: Pusher): Promise<void> {
      expect(await other.run()).toMatchObject({ status: 0 });
      push.proxy.breaksDown = true;
      push.proxy.cutAfter(other.proxy.sentBytes - 300);
    }

    it.each(points)('$name is finished by the next process, with hardly more bytes', async (point) => {
      const push = await pusher(shape, `killed-${points.indexOf(point)}`);
      if (point === points.at(-1)) await breakInManifest(push, await pusher(shape, 'sample-0'));
      const answered = () =>
        registry.requestsLike(new RegExp(`^PUT /v2/${push.repository}/blobs/`)).filter(({ status }) => status === 201)
          .length;
      await killAt(point, push, answered);
      const manifests = registry.requestsLike(new RegExp(`^PUT /v2/${push.repository}/manifests/`));
      expect(manifests.map(({ status }) => status)).toEqual(point === points.at(-1) ? [0, 201] : [201]);
      expectThere(push);
      expect(push.effort).toBeLessThan(1.2);
    });

    describe.skipIf(!need('skopeo', ...realPrograms))('with docker-registry', () => {
      let real: RealRegistry;
      beforeAll(async () => {
        real = await startRealRegistry('plain');
      });
      afterAll(() => real.close());

      it.each(points)('$name is finished by the next process', async (point) => {
        const push = await pusher(shape, `real-${points.indexOf(point)}`, real);
        if (point === points.at(-1)) await breakInManifest(push, await pusher(shape, 'full-0', real));
        const taken = new RegExp(`^PUT /v2/${push.repository}/blobs/.* 201$`);
        const blobsIn = () => real.accesses().filter((line) => taken.test(line)).length;
        await killAt(point, push, blobsIn);
        expect(await skopeoDigest(real, `${push.repository}:v1`)).toBe(push.image.digest);
        // What it has is never sent again.
        expect(blobsIn()).toBe(push.image.blobs.size);
      });
    });
  });
});
