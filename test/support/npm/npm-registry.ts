import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { root } from '../root.js';
import { openServers } from '../servers.js';

/** A package as a registry of npm has it. */
interface PublishedPackage {
  readonly name: string;
  readonly version: string;
  /** As in package-lock.json: `sha512-…`. */
  readonly integrity: string;
  readonly tarball: Buffer;
  /** Its package.json. */
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface NpmRegistry {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** Paths asked for so far, in order. */
  readonly requests: readonly string[];
  /** Of each package, by its name. */
  readonly published: ReadonlyMap<string, PublishedPackage>;
  close(): Promise<void>;
}

const PACK = ['--create', '--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--exclude=./node_modules'];

/** A package of this project's node_modules, packed anew: its files are those that were published, its archive is another. */
function pack(name: string): PublishedPackage {
  const directory = join(root, 'node_modules', name);
  const facts = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const args = [...PACK, '--transform', 's,^[.],package,', '--directory', directory, '.'];
  const tarball = gzipSync(execFileSync('tar', args, { maxBuffer: 2 ** 27 }), { level: 1 });
  const integrity = `sha512-${createHash('sha512').update(tarball).digest('base64')}`;
  return { name, version: facts.version, integrity, tarball, facts };
}

const tarballPath = ({ name, version }: PublishedPackage): string =>
  `/${name}/-/${name.replace(/^.*\//, '')}-${version}.tgz`;

/** What npm asks for first: which versions there are, and where. */
function packument(published: PublishedPackage, url: string): string {
  const { name, version, facts, integrity } = published;
  const dist = { tarball: url + tarballPath(published), integrity };
  return JSON.stringify({ name, 'dist-tags': { latest: version }, versions: { [version]: { ...facts, dist } } });
}

/** A registry on the loopback interface with packages of this project's node_modules; it lives until it is closed. */
export async function startNpmRegistry(names: readonly string[]): Promise<NpmRegistry> {
  const published = new Map(names.map((name) => [name, pack(name)]));
  const requests: string[] = [];
  const server = await openServers().http((response, { path }) => {
    const asked = decodeURIComponent(path);
    requests.push(asked);
    const all = [...published.values()];
    const archive = all.find((item) => tarballPath(item) === asked);
    const described = published.get(asked.slice(1));
    if (archive !== undefined) response.writeHead(200).end(archive.tarball);
    else if (described !== undefined) response.writeHead(200).end(packument(described, server.origin));
    else response.writeHead(404).end('{}');
  });
  return { url: server.origin, requests, published, close: server.close };
}
