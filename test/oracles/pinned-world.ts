import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { type ImageLock, parseLock, renderLock } from '../../src/lock/index.js';
import { zip } from '../inputs/zip-support.js';
import { makeArchive, type SuiteDescription } from '../support/debian/make-archive.js';
import { makeKey, type SigningKey } from '../support/debian/signing.js';
import { type ElfDescription, elfFile } from '../support/elf-file.js';
import { makeTree } from '../support/make-tree.js';
import type { Answer, Exchange } from '../support/registry/exchange.js';
import { Faults } from '../support/registry/faults.js';
import { layerOf, makeImage, putImage, type TestImage, writeLayout } from '../support/registry/images.js';
import { startRegistry, type TestRegistry } from '../support/registry/registry.js';
import { startServer, type TestServer } from '../support/registry/server.js';
import type { Outcome } from '../support/run.js';
import { runTbuild } from '../support/tbuild.js';

/** A server of files, by path without the slash at its beginning. */
export interface Web extends Pick<TestServer, 'origin' | 'requests' | 'close'> {
  readonly files: Map<string, Buffer>;
  readonly faults: Faults;
}

async function openWeb(contents: ReadonlyMap<string, Buffer>): Promise<Web> {
  const files = new Map(contents);
  const faults = new Faults();
  const answer = ({ path }: Exchange): Answer => {
    const body = files.get(decodeURIComponent(path).slice(1));
    return body === undefined ? { status: 404 } : { status: 200, body };
  };
  const handle = (exchange: Exchange) => faults.answer(exchange, () => answer(exchange));
  const { origin, requests, close } = await startServer({ name: 'web', handle });
  return { origin, requests, close, files, faults };
}

/** The files below a directory, by relative path. */
export function filesBelow(directory: string): ReadonlyMap<string, Buffer> {
  const items = readdirSync(directory, { recursive: true, withFileTypes: true }).filter((item) => item.isFile());
  const paths = items.map((item) => join(item.parentPath, item.name));
  return new Map(paths.map((path) => [path.slice(directory.length + 1), readFileSync(path)]));
}

const program = (needed: readonly string[], more: ElfDescription = {}) => ({
  content: elfFile({ needed, interpreter: '/lib64/ld-linux-x86-64.so.2', ...more }),
  mode: 0o755,
});
const library = (soname: string) => ({ content: elfFile({ soname }), mode: 0o755 });

/** What would be seen if it ran. */
const script = { content: '#!/bin/sh\ntouch "$HOME/it-ran" || exec sleep 1\n', mode: 0o755 };

/** `tool` needs `libtool1`; `other` is what somebody may pass off as `tool`. All are version 1.0. */
const toolPackage = {
  fields: { Package: 'tool', Version: '1.0', Depends: 'libtool1 (>= 1.0)' },
  files: { 'usr/bin/tool': program(['libtool.so.1']), 'usr/share/doc/tool/copyright': 'free\n' },
  control: { preinst: script, postinst: script },
};
const libtoolPackage = {
  fields: { Package: 'libtool1', Version: '1.0' },
  files: {
    'usr/lib/x86_64-linux-gnu/libtool.so.1': library('libtool.so.1'),
    'usr/lib64/ld-linux-x86-64.so.2': library('ld-linux-x86-64.so.2'),
  },
};
const otherPackage = { fields: { Package: 'other', Version: '1.0' }, files: { 'usr/bin/other': 'other' } };

export const TOOL_DEB = 'pool/main/t/tool/tool_1.0_amd64.deb';
export const OTHER_DEB = 'pool/main/o/other/other_1.0_amd64.deb';

/** Where the parts of the image come from, and what they are. */
export interface PinnedWorld {
  readonly web: Web;
  readonly registry: TestRegistry;
  /** Of the keyring. */
  readonly key: SigningKey;
  readonly base: TestImage;
  readonly donor: TestImage;
  /** Path of a layout that holds `base` and `donor` as well. */
  readonly layout: string;
  readonly yaml: string;
  /** A new directory with image.yaml and, where it is given, the lock. */
  project(options?: ProjectOptions): Project;
  /** The files of another archive of the same packages, signed by the key that the keyring has unless another is given. */
  otherArchive(options: ArchiveOptions): Promise<ReadonlyMap<string, Buffer>>;
  close(): Promise<void>;
}

export interface ProjectOptions {
  /** The one of the world by default. */
  readonly yaml?: string | undefined;
  readonly lock?: Uint8Array | ImageLock | undefined;
  /** Its own by default. */
  readonly cache?: string | undefined;
}

export interface ArchiveOptions {
  readonly key?: SigningKey;
  readonly release?: Readonly<Record<string, string | undefined>>;
  readonly date?: Date;
  /** The version that the index says `tool` has; its file is the same. */
  readonly version?: string;
}

export interface Project {
  readonly cache: string;
  readonly directory: string;
  path(name: string): string;
  /** Bytes of the lock; undefined where there is none. */
  lock(): Buffer | undefined;
  /** Runs tbuild here, with the cache and `--json`. */
  run(...args: readonly string[]): Promise<Outcome>;
  /** Writes the image to the layout `out`; its digest. */
  build(...args: readonly string[]): Promise<string>;
}

export function readLockOf(project: Project): ImageLock {
  return parseLock(project.lock()!, { file: 'image.lock.json' });
}

function projectIn(directory: string, cache = join(directory, 'cache')): Project {
  const path = (name: string): string => join(directory, name);
  const lock = path('image.lock.json');
  const run = (...args: readonly string[]): Promise<Outcome> =>
    runTbuild([...args, '--cache', cache, '--json'], { cwd: directory, env: { HOME: path('home') } });
  return {
    directory,
    cache,
    path,
    run,
    lock: () => (existsSync(lock) ? readFileSync(lock) : undefined),
    async build(...args) {
      const { status, stdout, stderr } = await run('apply', '-o', 'oci:out', ...args);
      if (status !== 0) throw new Error(`apply ended with ${status}\n${stdout}${stderr}`);
      return JSON.parse(stdout).digest;
    },
  };
}

function suiteOf(
  { version, ...tool }: { readonly version?: string; readonly bytes?: Uint8Array } = {},
  release: Pick<SuiteDescription, 'release' | 'date'> = {},
): SuiteDescription {
  const { fields } = toolPackage;
  const described = { ...toolPackage, ...tool, fields: { ...fields, Version: version ?? fields.Version } };
  return { suite: 'stable', packages: [described, libtoolPackage, otherPackage], ...release };
}

const yamlOf = (web: string, registry: string): string => `version: 1
tags: [v1]
platforms: [linux/amd64]
base: docker://${registry}/base:12
layers:
  - name: packages
    contents:
      - debian: { suite: stable, mirror: "${web}/debian", keyring: keyring.gpg, packages: [tool] }
  - name: files
    contents:
      - { fetch: "${web}/files/tool.bin", to: /opt/ }
      - { fetch: "${web}/files/tool.tar.gz", extract: { strip: 1 }, to: /opt/tar }
      - { fetch: "${web}/files/tool.zip", extract: {}, to: /opt/zip }
      - { image: "docker://${registry}/donor:1", paths: [/usr/bin/donated], closure: true }
`;

/** What the servers of a world have. */
export interface PinnedContents {
  readonly key: SigningKey;
  readonly files: ReadonlyMap<string, Buffer>;
  readonly base: TestImage;
  readonly donor: TestImage;
}

/** Made once for several worlds. @param top a directory for what is written */
export async function makePinnedContents(top: string): Promise<PinnedContents> {
  const key = await makeKey();
  const { directory } = await makeArchive(mkdtempSync(join(top, 'archive-')), [suiteOf()], key);
  const files = new Map([...filesBelow(directory)].map(([path, bytes]) => [`debian/${path}`, bytes]));
  const tool = { 'tool-1/bin/tool': 'tool', 'tool-1/README': 'read me', 'tool-1/bin/link': { link: 'tool' } };
  const members = [
    { name: 'bin/tool', content: 'tool', method: 8 },
    { name: 'README', content: 'read me' },
  ];
  files.set('files/tool.bin', Buffer.from('a tool that is fetched'.repeat(100)));
  files.set('files/tool.tar.gz', gzipSync(await layerOf(tool)));
  files.set('files/tool.zip', zip(members));
  const merged = await layerOf({
    'etc/passwd': 'root:x:0:0:root:/:/bin/sh\n',
    bin: { link: 'usr/bin' },
    'usr/bin/sh': 'a shell',
  });
  const donated = await layerOf({
    'usr/bin/donated': elfFile({ needed: ['libdonated.so'], interpreter: '/usr/lib/ld.so' }),
    'usr/lib/libdonated.so': elfFile({ soname: 'libdonated.so' }),
    'usr/lib/ld.so': elfFile({ soname: 'ld.so' }),
  });
  const base = await makeImage({ layers: [merged], gzip: true });
  return { key, files, base, donor: await makeImage({ layers: [donated], seed: 2, gzip: true }) };
}

/** @param top a directory for all that is written, perhaps of several worlds */
export async function openPinnedWorld(top: string, contents?: PinnedContents): Promise<PinnedWorld> {
  const { key, files, base, donor } = contents ?? (await makePinnedContents(top));
  const [web, registry] = await Promise.all([openWeb(files), startRegistry()]);
  putImage(registry.repository('base'), base, '12');
  putImage(registry.repository('donor'), donor, '1');
  const layout = mkdtempSync(join(top, 'layout-'));
  writeLayout(layout, { base, donor });
  const yaml = yamlOf(web.origin, registry.authority);
  return {
    ...{ web, registry, key, base, donor, layout, yaml },
    project({ yaml: text = yaml, lock, cache } = {}) {
      const directory = mkdtempSync(join(top, 'project-'));
      const bytes = lock === undefined || lock instanceof Uint8Array ? lock : renderLock(lock);
      makeTree(directory, {
        'image.yaml': text,
        'keyring.gpg': key.publicBytes,
        ...(bytes === undefined ? {} : { 'image.lock.json': bytes }),
      });
      mkdirSync(join(directory, 'home'));
      return projectIn(directory, cache);
    },
    async otherArchive({ key: other = key, version, ...release }) {
      const tool = version === undefined ? {} : { version, bytes: web.files.get(`debian/${TOOL_DEB}`)! };
      const { directory } = await makeArchive(mkdtempSync(join(top, 'archive-')), [suiteOf(tool, release)], other);
      return filesBelow(directory);
    },
    async close() {
      await Promise.all([web.close(), registry.close()]);
    },
  };
}
