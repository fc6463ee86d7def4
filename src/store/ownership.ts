import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { errnoOf, type Host } from '../host/index.js';
import { lazy } from '../util/index.js';
import { attempt } from './explained.js';

/**
 * `live`: the process is there, or it cannot be asked (it is in another container, on another machine) but gave a sign
 * of life within the hour. `silent`: it cannot be asked and gave none. `dead`: it is known to be gone.
 */
export type Owner = 'live' | 'silent' | 'dead';

/** Something that belongs to a running process, or did. */
export interface Owned {
  readonly path: string;
  readonly role: string;
  readonly processId: number;
  readonly owner: Owner;
}

/**
 * Names of files and directories that belong to a running process: `<role>.<pid>.<pid space>.<unique>`. All that tells
 * whether the owner is still there is in the name, so that it appears in one step.
 */
export interface Ownership {
  /** A name that nobody else uses and that tells who uses it. The role is lower-case letters. */
  nameFor(role: string): string;
  /** What in a directory has such a name, after a prefix; nothing where the directory is not there. */
  list(directory: string, prefix?: string): readonly Owned[];
}

/** In front of such names where other files of people are. */
export const OWN_PREFIX = '.tbuild-';

const SIGN_OF_LIFE_MS = 60 * 60 * 1000;

const NAME = /^(?<role>[a-z]+)\.(?<pid>[0-9]{1,10})\.(?<space>[0-9a-f]{16})\.[0-9a-zA-Z]{16,64}$/;
const FACT_LIMIT_BYTES = 256;

/** What the machine says, or nothing where it does not: only Linux has these files. */
function factOf(read: () => Uint8Array): string {
  try {
    return Buffer.from(read()).toString('latin1').trim();
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return '';
  }
}

/**
 * Where process ids mean the same: one running kernel and one pid namespace. Both are needed, since the first
 * namespace has the same number on every machine.
 */
function processSpace({ files }: Host): string {
  const boot = factOf(() => files.readFile('/proc/sys/kernel/random/boot_id', FACT_LIMIT_BYTES));
  const namespace = factOf(() => files.readLink('/proc/self/ns/pid'));
  return createHash('sha256').update(`${boot}\n${namespace}`).digest('hex').slice(0, 16);
}

export function openOwnership(host: Host): Ownership {
  const { env, files, processes, clock } = host;
  const ownSpace = lazy(() => processSpace(host));
  const ownerOf = (space: string, processId: number, touchedMs: number): Owner => {
    if (space === ownSpace()) return processes.isAlive(processId) ? 'live' : 'dead';
    return clock.now() - touchedMs < SIGN_OF_LIFE_MS ? 'live' : 'silent';
  };
  const inspect = (path: string, name: string): Owned | undefined => {
    const groups = NAME.exec(name)?.groups;
    const stat = groups && files.lstat(path);
    if (groups === undefined || stat === undefined) return undefined;
    const processId = Number(groups.pid);
    const owner = ownerOf(groups.space!, processId, stat.modifiedMs);
    return { path, role: groups.role!, processId, owner };
  };
  return {
    nameFor: (role) => `${role}.${env.processId}.${ownSpace()}.${env.uniqueName()}`,
    list(directory, prefix = '') {
      if (files.stat(directory) === undefined) return [];
      return files
        .readDirectory(directory)
        .map(({ bytes }) => Buffer.from(bytes).toString('latin1'))
        .filter((name) => name.startsWith(prefix))
        .map((name) => inspect(join(directory, name), name.slice(prefix.length)))
        .filter((owned) => owned !== undefined);
    },
  };
}

/** Removes what dead owners left. What cannot be removed stays: it is in nobody's way. */
export function sweep(host: Host, owned: readonly Owned[]): void {
  for (const { path, owner } of owned) {
    if (owner === 'dead') attempt(() => host.files.removeTree(path));
  }
}
