import { readDeb } from '../../debian/index.js';
import type { Host, WorkerTask } from '../../host/index.js';
import type { PackagePin } from '../../lock/index.js';
import { type CacheHost, readBlob } from '../../store/index.js';
import { type UnpackedArchive, unpackMembers } from '../archives/unpack-members.js';

/** What is known of a package besides its files, once it has been read. */
export interface PackageFacts {
  readonly controlText: string;
  /** MD5 of regular files, by path in the package. */
  readonly md5OfFiles: ReadonlyMap<string, string>;
}

export function decodeFacts(text: string): PackageFacts {
  const { controlText, md5s } = JSON.parse(text) as { controlText: string; md5s: [string, string][] };
  return { controlText, md5OfFiles: new Map(md5s) };
}

/** A package to be unpacked. */
export interface PackageWork {
  /** Its file is in the cache in `source`. */
  readonly pin: PackagePin;
  readonly source: string;
  /** The cache that gets the unpacked file. */
  readonly directory: string;
  readonly into: string;
  /** For messages. */
  readonly label: string;
}

type UnpackingHost = CacheHost & Pick<Host, 'interruption'>;

/**
 * Takes a package in the cache apart.
 *
 * @throws TbuildError `deb-invalid`; `blob-missing`, `blob-mismatch`, `cache-failed`; as `unpackMembers`
 */
async function unpackPackage(work: PackageWork, host: UnpackingHost): Promise<UnpackedArchive> {
  const { pin, source, directory, into, label } = work;
  const deb = await readDeb(readBlob(host, source, pin), pin);
  try {
    const origin = { kind: 'debian', label };
    const tick = (): void => host.interruption.throwIfAborted();
    const found = await unpackMembers(deb.members(), { host, directory, into, origin, tick });
    const { controlText, md5OfFiles } = deb;
    return { ...found, facts: JSON.stringify({ controlText, md5s: [...md5OfFiles] }) };
  } finally {
    await deb.close();
  }
}

/** The work of one thread on packages: decompressing, hashing and writing, all of it. */
export function unpackPackageTask(host: UnpackingHost): WorkerTask<PackageWork, UnpackedArchive> {
  return { entry: 'unpack-worker', run: (work) => unpackPackage(work, host) };
}
