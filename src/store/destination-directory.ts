import { dirname } from 'node:path';
import type { Host } from '../host/index.js';
import type { Reference } from '../oci/index.js';
import { destinationFailed } from './image-errors.js';
import { OWN_PREFIX } from './ownership.js';

/** A directory that images are written to. */
export interface DestinationDirectory {
  readonly host: Host;
  readonly reference: Reference;
  /** Absolute. */
  readonly directory: string;
}

/** What a transport asks of a directory that is there already. */
export interface DirectoryRules {
  /** True for what may lie in a directory that is not one of the transport yet, besides what killed runs left. */
  isStart(name: string): boolean;
  /** Why a directory with other files in it is not one of the transport; undefined where it is. */
  problem(): string | undefined;
}

/**
 * Images may come into a directory that is not there, that only a killed run wrote to, or that is for them already.
 * Throws errno errors.
 *
 * @throws TbuildError `destination-failed`
 */
export function checkDestination(place: DestinationDirectory, { isStart, problem }: DirectoryRules): void {
  const { host, reference, directory } = place;
  const stat = host.files.stat(directory);
  if (stat === undefined) return;
  if (stat.kind !== 'directory') throw destinationFailed(reference, 'a file is in the place of the directory');
  const names = host.files.readDirectory(directory).map(({ bytes }) => Buffer.from(bytes).toString());
  if (names.every((name) => name.startsWith(OWN_PREFIX) || isStart(name))) return;
  const reason = problem();
  if (reason === undefined) return;
  throw destinationFailed(reference, `the directory is not empty, and ${reason}`, 'Name an empty or a new directory.');
}

/** Makes a path in the directory, with all that is above it; a new directory survives a power cut. Throws errno errors. */
export function makeDestination({ host, directory }: DestinationDirectory, path: string): void {
  const isNew = host.files.stat(directory) === undefined;
  host.files.makeDirectory(path);
  if (isNew) host.files.syncDirectory(dirname(directory));
}
