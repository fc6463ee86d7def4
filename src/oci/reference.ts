import { fail } from '../errors/index.js';
import { closestOf } from '../util/index.js';
import { type Digest, isDigest } from './digest.js';
import {
  isTag,
  parseRegistryReference,
  type RegistryReference,
  renderRegistryReference,
  TAG_FORM,
} from './registry-reference.js';

/** The transports of files: their references begin with a path. */
export type FileTransport = 'oci' | 'oci-archive' | 'docker-archive' | 'dir';

/** An image in a file or directory. `path` is as written: relative to the file or working directory it was written in. */
export interface FileReference {
  readonly transport: FileTransport;
  readonly path: string;
  /** The name of the image there: mostly a tag, and sometimes a whole name with a tag. `dir` has none. */
  readonly tag?: string;
}

/** An image of the docker daemon of this machine. */
export interface DaemonReference {
  readonly transport: 'docker-daemon';
  /** As docker shows it: `alpine`, `ghcr.io/a/b`. Absent where only `digest` names the image. */
  readonly name?: string;
  readonly tag?: string;
  /** What docker calls the image ID: the digest of the config. */
  readonly digest?: Digest;
}

/** A parsed image reference. */
export type Reference = FileReference | RegistryReference | DaemonReference;

/** The transports that a reference can name, as in skopeo. */
export type Transport = Reference['transport'];

const FILE_TRANSPORTS: readonly FileTransport[] = ['oci', 'oci-archive', 'docker-archive', 'dir'];
const TRANSPORTS: readonly Transport[] = ['docker', ...FILE_TRANSPORTS, 'docker-daemon'];
/** OCI image-spec, "Pre-Defined Annotation Keys": the form of `org.opencontainers.image.ref.name`. */
const REF_NAME = /^[A-Za-z0-9]+(?:(?:[-._:@+]|--)[A-Za-z0-9]+)*(?:\/[A-Za-z0-9]+(?:(?:[-._:@+]|--)[A-Za-z0-9]+)*)*$/;

/** How references are written, for hints and help. */
export const REFERENCE_FORMS = {
  docker: 'docker://[HOST/]REPOSITORY[:tag][@digest]',
  oci: 'oci:DIR[:tag]',
  'oci-archive': 'oci-archive:FILE[:tag]',
  'docker-archive': 'docker-archive:FILE[:tag]',
  dir: 'dir:DIR',
  'docker-daemon': 'docker-daemon:NAME:tag',
} as const satisfies Readonly<Record<Transport, string>>;

const FORMS = `Write ${Object.values(REFERENCE_FORMS).slice(0, -1).join(', ')} or ${REFERENCE_FORMS['docker-daemon']}.`;

const invalid = (message: string, hint?: string): Error => fail('reference-invalid', { message, hint });

/** What was likely meant by a text that names no transport. */
function meant(text: string): string {
  const colon = text.indexOf(':');
  const transport = colon < 0 ? undefined : closestOf(text.slice(0, colon), TRANSPORTS);
  if (transport !== undefined) return `Did you mean ${JSON.stringify(transport + text.slice(colon))}? `;
  if (
    /^[a-z0-9.-]+(?::[0-9]+)?\/[a-z0-9._/-]+(?::[\w.-]+)?(?:@sha256:[0-9a-f]+)?$/.test(text) &&
    /^[^/]*[.:]/.test(text)
  ) {
    if (!/^\.{1,2}\//.test(text)) return `Did you mean ${JSON.stringify(`docker://${text}`)}? `;
  }
  if (colon === 0 || !/^[^:]*(?::[^:/]*)?$/.test(text)) return '';
  const guess = /\.tar(?::|$)/.test(text) ? 'oci-archive' : 'oci';
  return `Did you mean ${JSON.stringify(`${guess}:${text}`)}? `;
}

/** Path and name are parted by the first colon, as in skopeo. */
function parseFileReference(transport: FileTransport, rest: string, text: string): FileReference {
  const colon = transport === 'dir' ? -1 : rest.indexOf(':');
  const path = colon < 0 ? rest : rest.slice(0, colon);
  const tag = colon < 0 ? undefined : rest.slice(colon + 1);
  const shown = JSON.stringify(text);
  if (path === '' || path.includes('\0')) throw invalid(`${shown} names no path`);
  if (tag === undefined) return { transport, path };
  if (path.endsWith('@sha256') || /@sha256:/.test(tag)) {
    throw invalid(`${shown} names an image by its digest, which files do not`, 'Name it by its tag, after a colon.');
  }
  if (!isTag(tag) && !REF_NAME.test(tag)) {
    const hint = tag.includes('/')
      ? 'The path ends at the first colon; a path with a colon in it cannot be named.'
      : TAG_FORM;
    throw invalid(`${JSON.stringify(tag)} in ${shown} is not a tag`, hint);
  }
  return { transport, path, tag };
}

function parseDaemonReference(rest: string, text: string): DaemonReference {
  if (isDigest(rest)) return { transport: 'docker-daemon', digest: rest };
  const colon = rest.lastIndexOf(':');
  if (colon <= rest.lastIndexOf('/') || rest.includes('@')) {
    throw invalid(
      `${JSON.stringify(text)} names no tag`,
      `Write ${REFERENCE_FORMS['docker-daemon']}, or docker-daemon:sha256:… for an image ID.`,
    );
  }
  const name = rest.slice(0, colon);
  const { tag } = parseRegistryReference(rest, text);
  return { transport: 'docker-daemon', name, tag: tag! };
}

/**
 * A text of `REFERENCE_FORMS` → Reference.
 * @throws TbuildError `reference-invalid`
 */
export function parseReference(text: string): Reference {
  const transport = TRANSPORTS.find((name) => text.startsWith(`${name}:`));
  if (transport === undefined) throw invalid(`${JSON.stringify(text)} names no transport`, `${meant(text)}${FORMS}`);
  const rest = text.slice(transport.length + 1);
  if (transport === 'docker-daemon') return parseDaemonReference(rest, text);
  if (transport !== 'docker') return parseFileReference(transport, rest, text);
  if (!rest.startsWith('//')) {
    throw invalid(
      `${JSON.stringify(text)} lacks the slashes`,
      `Did you mean ${JSON.stringify(`docker://${rest.replace(/^\/+/, '')}`)}?`,
    );
  }
  return parseRegistryReference(rest.slice(2), text);
}

export function renderReference(reference: Reference): string {
  if (reference.transport === 'docker') return `docker://${renderRegistryReference(reference)}`;
  if (reference.transport === 'docker-daemon') {
    const { name, tag, digest } = reference;
    return `docker-daemon:${name === undefined ? digest : `${name}:${tag}`}`;
  }
  const { transport, path, tag } = reference;
  return tag === undefined ? `${transport}:${path}` : `${transport}:${path}:${tag}`;
}

/** The same reference under another tag; those of one image only (`dir`) have none. */
export function withTag(reference: Reference, tag: string): Reference {
  if (reference.transport === 'dir') return reference;
  if (reference.transport === 'docker-daemon') return { ...reference, tag };
  return { ...reference, tag };
}
