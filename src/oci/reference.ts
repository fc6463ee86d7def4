import { fail } from '../errors/index.js';
import { hideUserInformation } from '../util/index.js';
import { type Digest, isDigest } from './digest.js';
import { fullImageName, renamed } from './image-name.js';
import { meantReference } from './reference-hint.js';
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

/** An image of the docker daemon of this machine: by name and tag, by name and digest, or only by digest. */
export interface DaemonReference {
  readonly transport: 'docker-daemon';
  /** As docker shows it: `alpine`, `ghcr.io/a/b`. Absent where only `digest` names the image. */
  readonly name?: string;
  readonly tag?: string;
  /** With a name, what the registry calls the image; alone, what docker calls the image ID: the digest of the config. */
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
const REF_NAME_MAX = 512;

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
const DAEMON_FORMS = `Write ${REFERENCE_FORMS['docker-daemon']}, or docker-daemon:sha256:… for an image ID.`;

const invalid = (message: string, hint?: string): Error => fail('reference-invalid', { message, hint });

/** In docker's archives images have names of docker; in OCI layouts anything that the specification allows. */
function checkName(transport: FileTransport, name: string, text: string): void {
  if (isTag(name)) return;
  if (transport === 'docker-archive' && name !== '') return void parseRegistryReference(name, text);
  if ((name.length <= REF_NAME_MAX && REF_NAME.test(name)) || fullImageName(name) !== undefined) return;
  const hint = name.includes('/')
    ? 'The path ends at the first colon; a path with a colon in it cannot be named.'
    : TAG_FORM;
  throw invalid(`${JSON.stringify(name)} in ${JSON.stringify(text)} is not a tag`, hint);
}

/** Path and name are parted by the first colon, as in skopeo. */
function parseFileReference(transport: FileTransport, rest: string, text: string): FileReference {
  const colon = transport === 'dir' ? -1 : rest.indexOf(':');
  const path = colon < 0 ? rest : rest.slice(0, colon);
  const tag = colon < 0 ? undefined : rest.slice(colon + 1);
  if (path === '') {
    const hint = transport === 'oci' ? 'The working directory is oci:. with a dot.' : undefined;
    throw invalid(`${JSON.stringify(text)} names no path`, hint);
  }
  if (path.includes('\0')) throw invalid(`${JSON.stringify(text)} has a NUL character in its path`);
  if (tag === undefined) return { transport, path };
  if (path.endsWith('@sha256') || /@sha256:/.test(tag)) {
    throw invalid(
      `${JSON.stringify(text)} names an image by its digest, which files do not`,
      'Name it by its tag, after a colon.',
    );
  }
  checkName(transport, tag, text);
  return { transport, path, tag };
}

function parseDaemonReference(rest: string, text: string): DaemonReference {
  if (isDigest(rest)) return { transport: 'docker-daemon', digest: rest };
  const { tag, digest } = parseRegistryReference(rest, text);
  const shown = JSON.stringify(text);
  if (tag !== undefined && digest !== undefined) throw invalid(`${shown} names a tag and a digest`, DAEMON_FORMS);
  const end = digest === undefined ? rest.lastIndexOf(':') : rest.indexOf('@');
  const name = rest.slice(0, end);
  // Docker keeps this name for digests (distribution/reference, "ParseAnyReference").
  if (name === 'sha256') throw invalid(`${shown} names neither a digest nor an image`, DAEMON_FORMS);
  if (digest !== undefined) return { transport: 'docker-daemon', name, digest };
  if (tag === undefined) throw invalid(`${shown} names no tag`, DAEMON_FORMS);
  return { transport: 'docker-daemon', name, tag };
}

/**
 * A text of `REFERENCE_FORMS` → Reference.
 * @throws TbuildError `reference-invalid`
 */
export function parseReference(text: string): Reference {
  const transport = TRANSPORTS.find((name) => text.startsWith(`${name}:`));
  if (transport === undefined) {
    const shown = hideUserInformation(text);
    throw invalid(`${JSON.stringify(shown)} names no transport`, `${meantReference(shown, TRANSPORTS)}${FORMS}`);
  }
  const rest = text.slice(transport.length + 1);
  if (transport === 'docker-daemon') return parseDaemonReference(rest, text);
  if (transport !== 'docker') return parseFileReference(transport, rest, text);
  if (rest.startsWith('//')) return parseRegistryReference(rest.slice(2), text);
  const meant = hideUserInformation(`docker://${rest.replace(/^\/+/, '')}`);
  throw invalid(
    `${JSON.stringify(hideUserInformation(text))} lacks the slashes`,
    `Did you mean ${JSON.stringify(meant)}?`,
  );
}

export function renderReference(reference: Reference): string {
  if (reference.transport === 'docker') return `docker://${renderRegistryReference(reference)}`;
  if (reference.transport === 'docker-daemon') return `docker-daemon:${renderDaemonName(reference)}`;
  const { transport, path, tag } = reference;
  return tag === undefined ? `${transport}:${path}` : `${transport}:${path}:${tag}`;
}

/** How docker calls the image: `alpine:3.19`, `alpine@sha256:…`, `sha256:…`. */
export function renderDaemonName({ name, tag, digest }: DaemonReference): string {
  if (name === undefined) return digest ?? '';
  return tag === undefined ? `${name}@${digest}` : `${name}:${tag}`;
}

/** The same reference under another tag. Those that can have none (`dir`, an image ID of docker) stay as they are. */
export function withTag(reference: Reference, tag: string): Reference {
  switch (reference.transport) {
    case 'dir':
      return reference;
    case 'docker':
      return { ...reference, tag };
    case 'docker-daemon':
      return reference.name === undefined ? reference : { transport: 'docker-daemon', name: reference.name, tag };
    default:
      return { ...reference, tag: renamed(reference.tag ?? '', tag) };
  }
}
