import type { ImageLock, PlatformLock } from '../../../src/lock/index.js';
import { type Effect, withBody } from '../../support/registry/effects.js';
import { when } from '../../support/registry/faults.js';
import type { PinnedWorld } from '../pinned-world.js';

/** One input that is not what it should be. */
export interface TamperedCase {
  readonly title: string;
  /** What the lock holds; that of the honest build by default. */
  readonly lock?: (honest: ImageLock) => ImageLock | Uint8Array;
  /** What is done to the inputs; what it returns undoes it. */
  readonly tamper?: (world: PinnedWorld) => Promise<unknown> | unknown;
  readonly args?: readonly string[];
  /** 4 by default. Where it is another one, `why` says why that is right. */
  readonly status?: number;
  readonly why?: string;
  readonly code: string;
  /** What the message has to name. */
  readonly names: readonly (string | RegExp)[];
  /** Both digests are in the message and in its details, the expected one first. */
  readonly digests?: true;
}

/** Cases that have the same input in their sight. They share a cache, which never gets hold of it. */
export interface TamperedInput {
  readonly input: string;
  /** image.yaml; that of the world by default. */
  readonly yaml?: (world: PinnedWorld) => string;
  readonly cases: readonly TamperedCase[];
}

const PLATFORM = 'linux/amd64';

/** A lock of which the part of the platform differs. */
export const changedPlatform =
  (change: (platform: PlatformLock) => Partial<PlatformLock>) =>
  (honest: ImageLock): ImageLock => {
    const platform = honest.platforms[PLATFORM]!;
    return { ...honest, platforms: { [PLATFORM]: { ...platform, ...change(platform) } } };
  };

/** What happens to a file of the web: a path or what paths are like, with the slash at their beginning. */
export const onWeb = (path: string | RegExp, effect: Effect) => (world: PinnedWorld) =>
  world.web.faults.add(when('GET', typeof path === 'string' ? exactly(path) : path), effect);
const exactly = (path: string): RegExp => new RegExp(`^/${path.replace(/[.+]/g, '\\$&')}$`);
export const body = (bytes: Uint8Array | string): Effect => withBody(() => Buffer.from(bytes as string));

/** The message says how many bytes there are, and how many there should be. */
export const wrongSize = (found: string | RegExp): readonly RegExp[] => [
  new RegExp(`has ${found} instead of \\d+ bytes`),
];
