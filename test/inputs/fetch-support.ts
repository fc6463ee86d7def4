import { mkdirSync, mkdtempSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { ContentContext } from '../../src/inputs/input-context.js';
import type { FilePin, Pins } from '../../src/lock/index.js';
import type { FetchContent } from '../../src/manifest/index.js';
import { type ContentStore, openContentStore } from '../../src/store/index.js';
import { writeTar } from '../../src/tar/index.js';
import { collect } from '../../src/util/index.js';
import { type Setup, type TestNetwork, testNetwork } from '../network/support.js';
import { at, contextIn, selection } from './support.js';

const never = (): never => {
  throw new Error('not of these tests');
};

export interface FetchWorld {
  readonly context: ContentContext;
  readonly store: ContentStore;
  readonly network: TestNetwork;
  /** Pins that are there, and those that were set. */
  readonly pins: Map<string, FilePin>;
  readonly steps: string[];
  readonly warnings: string[];
  readonly progress: { bytes: number };
  /** How many blobs the store holds, and files below `tmp/`. */
  blobs(): number;
  temporaries(): number;
  close(): void;
}

export interface WorldOptions extends Setup {
  /** The cache of another world. */
  readonly cache?: string;
  /** A home directory is made where none is given. */
  readonly isFrozen?: boolean;
}

/** What reading a content needs, on a network without waits. */
function fetchWorld(top: string, { cache, isFrozen = false, ...setup }: WorldOptions = {}): FetchWorld {
  const directory = mkdtempSync(join(top, 'world-'));
  const home = setup.home ?? join(directory, 'home');
  mkdirSync(home, { recursive: true });
  const network = testNetwork({ ...setup, home });
  const { host } = network;
  const store = openContentStore(host, cache ?? join(directory, 'cache'));
  const pins = new Map<string, FilePin>();
  const steps: string[] = [];
  const warnings: string[] = [];
  const progress = { bytes: 0 };
  const allPins: Pins = {
    isFrozen,
    fetch: (url) => pins.get(url),
    setFetch: (url, pin) => void pins.set(url, pin),
    forPlatform: never,
    finish: never,
  };
  const context: ContentContext = {
    ...contextIn(directory, host),
    store,
    network,
    platform: { os: 'linux', architecture: 'amd64' },
    pins: allPins,
    sendsPasswords: true,
    platformPins: {
      base: never,
      setBase: never,
      image: never,
      setImage: never,
      debian: never,
      setDebian: never,
      artifact: never,
      setArtifact: never,
      updatesArtifact: never,
      keepArtifact: never,
    },
    layer: 'app',
    position: 0,
    step: (title, work) => {
      steps.push(title);
      return work((bytes) => {
        progress.bytes += bytes;
      });
    },
    warn: (message) => void warnings.push(message),
    artifactOutput: never,
    imageTree: never,
    below: never,
  };
  const count = (path: string): number => readdirSync(join(store.directory, path)).length;
  return {
    context,
    store,
    network,
    pins,
    steps,
    warnings,
    progress,
    blobs: () => count('blobs/sha256'),
    temporaries: () => count('tmp'),
    close: () => store.close(),
  };
}

export function fetchContent(
  urls: string | readonly string[],
  to: string,
  more: Partial<FetchContent> = {},
): FetchContent {
  return {
    kind: 'fetch',
    urls: [urls].flat().map((url) => ({ url: new URL(url), at })),
    digest: undefined,
    limitBytes: 2 ** 31,
    headers: [],
    extract: undefined,
    to: { path: to.replace(/^\/+|\/+$/g, ''), intoDirectory: to.endsWith('/') },
    owner: { uid: 0, gid: 0 },
    mode: undefined,
    capabilities: [],
    replace: false,
    at,
    ...more,
  };
}

export function extract(strip = 0, include?: readonly string[], exclude?: readonly string[]) {
  return { extract: { strip, selection: selection(include, exclude) } };
}

/** `'a/b'` → text of a file, `'x!'` → of a program, `'d/'` → a directory, `'l@'` → target of a symlink, `'h='` → of a hard link. */
export async function tarOf(layout: Readonly<Record<string, string>>): Promise<Buffer> {
  const sources = Object.entries(layout).map(([name, text]) => {
    const path = name.replace(/[!@=/]$/, '');
    const facts = { path, mode: 0o640, uid: 7, gid: 8, mtime: 99, size: 0 };
    if (name.endsWith('/')) return { member: { ...facts, kind: 'directory' as const, mode: 0o700 } };
    if (name.endsWith('@')) return { member: { ...facts, kind: 'symlink' as const, mode: 0o777, linkTarget: text } };
    if (name.endsWith('=')) return { member: { ...facts, kind: 'hardlink' as const, linkTarget: text } };
    const bytes = Buffer.from(text);
    const mode = name.endsWith('!') ? 0o4750 : 0o640;
    const open = () => (bytes.length === 0 ? [] : [bytes]);
    return { member: { ...facts, kind: 'file' as const, mode, size: bytes.length }, open };
  });
  return Buffer.from(await collect(writeTar(sources), 1e9));
}

/** Makes worlds below a directory; they are closed after each test. */
export function fetchWorlds(top: { readonly path: string }): (options?: WorldOptions) => FetchWorld {
  const worlds: FetchWorld[] = [];
  afterEach(() => {
    for (const world of worlds.splice(0)) world.close();
  });
  return (options = {}) => {
    const world = fetchWorld(top.path, options);
    worlds.push(world);
    return world;
  };
}
