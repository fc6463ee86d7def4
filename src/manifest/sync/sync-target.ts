import { join } from 'node:path';
import { TbuildError } from '../../errors/index.js';
import {
  isRegistryHost,
  isTag,
  parseRegistryReference,
  type Reference,
  type RegistryReference,
} from '../../oci/index.js';
import type { Complaint } from '../complaint.js';

/** What the images of a list go below. */
export type SyncTarget =
  /** `path` is empty, or the beginning of the names of the repositories. */
  | { readonly kind: 'registry'; readonly registry: string; readonly path: string }
  /** `oci`: a layout for each repository. `dir`: a directory for each image. `path` as written. */
  | { readonly kind: 'files'; readonly transport: 'oci' | 'dir'; readonly path: string };

const FORMS =
  'Write a registry with an optional path (registry.example.com/mirror; docker.io/name for Docker Hub), oci:DIR or dir:DIR.';
/** What a layout consists of: a repository below that of another must not be one of these. */
const LAYOUT_FILES: readonly string[] = ['blobs', 'index.json', 'oci-layout'];

/** The reference, or what is wrong with it: continues "from is "a:b", …". */
export function referenceOrComplaint(text: string, shown: string): RegistryReference | Complaint {
  try {
    return parseRegistryReference(text, shown);
  } catch (error) {
    if (!(error instanceof TbuildError)) throw error;
    return { reason: `which is not a repository: ${error.message}`, hint: error.hint };
  }
}

function parseFiles(transport: 'oci' | 'dir', path: string): SyncTarget | Complaint {
  if (path === '' || path.includes('\0'))
    return { reason: 'which names no directory', hint: `Write ${transport}:DIR.` };
  if (transport === 'oci' && path.includes(':')) {
    return { reason: 'and the path of a layout holds no colon', hint: 'Tags are those of the images: write oci:DIR.' };
  }
  return { kind: 'files', transport, path };
}

/** Docker's rule for what is a registry and not the first part of a repository. */
function looksLikeHost(text: string): boolean {
  return isRegistryHost(text) && (/[.:[]/.test(text) || text === 'localhost');
}

/** Where images go, or why that cannot be: continues "to is "x", …". */
export function parseSyncTarget(text: string): SyncTarget | Complaint {
  const [, transport, rest = ''] = /^(oci-archive|docker-archive|docker-daemon|oci|dir):(.*)$/s.exec(text) ?? [];
  if (transport === 'oci' || transport === 'dir') return parseFiles(transport, rest);
  if (transport !== undefined) return { reason: 'which does not hold several repositories', hint: FORMS };
  const named = text.replace(/^docker:\/\//, '');
  const slash = named.indexOf('/');
  const [host, path] = slash < 0 ? [named, ''] : [named.slice(0, slash), named.slice(slash + 1)];
  if (!looksLikeHost(host)) return { reason: 'which begins with no registry', hint: FORMS };
  // A repository with two parts is nothing that docker's short names change.
  const reference = referenceOrComplaint(`${host}/${path === '' ? 'x' : path}/x`, text);
  if ('reason' in reference) return reference;
  return { kind: 'registry', registry: reference.registry, path };
}

/**
 * What has to be known of a repository below a target before its images can go there.
 * @returns what is wrong: continues "to is "x", …"
 */
export function checkBelow(target: SyncTarget, repository: string): Complaint | undefined {
  if (target.kind === 'registry') {
    const parsed = referenceOrComplaint(repositoryName(target, repository), repository);
    return 'reason' in parsed ? parsed : undefined;
  }
  const [, ...below] = repository.split('/');
  const reserved = target.transport === 'oci' ? below.find((part) => LAYOUT_FILES.includes(part)) : undefined;
  if (reserved === undefined) return undefined;
  return {
    reason: `and ${JSON.stringify(reserved)} is what a layout above it consists of`,
    hint: 'Name another repository with "to".',
  };
}

function repositoryName({ registry, path }: Extract<SyncTarget, { kind: 'registry' }>, repository: string): string {
  return `${registry}/${path === '' ? '' : `${path}/`}${repository}`;
}

/**
 * The place of an image below a target, or without tag that of its repository. Names of directories are those that
 * `skopeo sync` gives.
 */
export function syncDestination(target: SyncTarget, repository: string, tag?: string): Reference {
  // Names of directories are made of it.
  if (tag !== undefined && !isTag(tag)) throw new RangeError(`${JSON.stringify(tag)} is not a tag`);
  const tagged = tag === undefined ? {} : { tag };
  if (target.kind === 'registry') return { ...parseRegistryReference(repositoryName(target, repository)), ...tagged };
  const path = join(target.path, repository);
  if (target.transport === 'oci') return { transport: 'oci', path, ...tagged };
  return { transport: 'dir', path: tag === undefined ? path : `${path}:${tag}` };
}
