import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { parseControlFile } from '../../src/debian/index.js';
import type { DebianPackage } from '../../src/inputs/debian/debian-package.js';
import { withOrigin } from '../../src/inputs/debian/debian-package.js';
import type { ContentContext } from '../../src/inputs/input-context.js';
import { type ImageLock, openPins, type PinOptions } from '../../src/lock/index.js';
import type { DebianContent, DebianSource } from '../../src/manifest/index.js';
import { digestOf, parsePlatform } from '../../src/oci/index.js';
import { type ContentStore, openContentStore } from '../../src/store/index.js';
import { type Entry, emptyTree, type FileTree, treeOf } from '../../src/tree/index.js';
import { testNetwork } from '../network/support.js';
import { at, contextIn } from './support.js';

/** A package with these entries, which need no archive to come from. */
export function packageWith(
  name: string,
  entries: readonly Entry[],
  fields: Readonly<Record<string, string>> = {},
): DebianPackage {
  const all = { Package: name, Version: '1', Architecture: 'amd64', ...fields };
  const controlText = Object.entries(all)
    .map(([field, value]) => `${field}: ${value}\n`)
    .join('');
  const found = parseControlFile(controlText, { path: `pool/${name}.deb`, digest: digestOf(name), size: 1 });
  const origin = {
    kind: 'debian',
    label: `package ${name} ${found.version}`,
    at,
    package: { name, version: found.version, source: found.source },
  };
  const md5OfFiles = new Map(
    entries.flatMap((entry) => (entry.kind === 'file' ? [[entry.path, md5Of(entry.digest)] as const] : [])),
  );
  return withOrigin({ package: found, controlText, md5OfFiles, tree: treeOf(entries), origin }, undefined);
}

/** Stands for the MD5 of the content with this digest. */
export const md5Of = (text: string): string => createHash('md5').update(text).digest('hex');

export function debianContent(
  mirror: string | readonly string[],
  packages: readonly string[],
  more: Partial<Omit<DebianContent, 'sources'>> & { readonly sources?: readonly Partial<DebianSource>[] } = {},
): DebianContent {
  const mirrors = [mirror].flat().map((url) => new URL(url.endsWith('/') ? url : `${url}/`));
  const { sources = [{}], ...facts } = more;
  return {
    kind: 'debian',
    sources: sources.map((source) => ({
      mirrors,
      suite: 'stable',
      components: ['main'],
      isSnapshot: false,
      at,
      ...source,
    })),
    keyring: undefined,
    packages: packages.map((text) => {
      const [name = '', version] = text.split('=');
      return { name, version, at: { ...at, text } };
    }),
    exclude: [],
    recommends: false,
    essential: false,
    slim: false,
    paths: undefined,
    closure: undefined,
    owner: { uid: 0, gid: 0 },
    replace: false,
    at,
    ...facts,
  };
}

export interface ContextOptions extends Partial<Pick<PinOptions, 'isFrozen' | 'update'>> {
  readonly lock?: ImageLock | undefined;
  readonly below?: FileTree;
  readonly platform?: string;
  /** Milliseconds since the epoch. */
  readonly now?: number;
}

export interface TestContent extends ContentContext {
  /** The lock as it is to be now. */
  lockNow(): ImageLock;
  readonly steps: readonly string[];
}

/** Makes contexts that share a cache, `cache` in the directory; all is closed after each test. */
export function contentContexts(): (directory: string, options?: ContextOptions) => TestContent {
  const closing: (() => unknown)[] = [];
  afterEach(async () => {
    for (const close of closing.splice(0)) await close();
  });
  return (
    directory,
    { lock, below = emptyTree, platform = 'linux/amd64', isFrozen = false, update = 'none', now } = {},
  ) => {
    const network = testNetwork(now === undefined ? {} : { now });
    const store: ContentStore = openContentStore(network.host, join(directory, 'cache'));
    closing.push(
      () => network.close(),
      () => store.close(),
    );
    const pins = openPins({ lock, file: 'image.lock.json', isFrozen, update });
    const never = (): never => {
      throw new Error('nobody asks for this');
    };
    const steps: string[] = [];
    return {
      ...contextIn(directory, network.host),
      store,
      network,
      pins,
      platform: parsePlatform(platform)!,
      sendsPasswords: true,
      platformPins: pins.forPlatform(platform),
      layer: 'packages',
      position: 0,
      steps,
      step: (title, work) => {
        steps.push(title);
        return work(() => undefined);
      },
      artifactOutput: never,
      imageTree: never,
      below: () => below,
      lockNow: () => pins.finish().lock,
    };
  };
}
