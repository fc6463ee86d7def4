import { fail } from '../errors/index.js';
import { hideUserInformation } from '../util/index.js';
import { type Digest, isDigest } from './digest.js';

/** An image, or a repository, of a registry. */
export interface RegistryReference {
  readonly transport: 'docker';
  /** Host and perhaps port, as users write and configure it: `docker.io`, `ghcr.io`, `127.0.0.1:5000`, `[::1]:5000`. */
  readonly registry: string;
  /** Without the registry: `library/alpine`. */
  readonly repository: string;
  /** Where neither tag nor digest is there, reading means `latest`. */
  readonly tag?: string;
  /** Fixes the bytes. Where a tag is there too, it only says what people call them. */
  readonly digest?: Digest;
}

/** Docker's short names: what has no registry is there, and a single name is in `library/`. */
export const DOCKER_HUB = 'docker.io';
const HUB_ALIAS = 'index.docker.io';

/** OCI distribution-spec, "Pulling manifests": the form of a tag. */
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
/** OCI distribution-spec, "Pulling manifests": the form of a name. */
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
/** Form of a host as docker has it (distribution/reference, "domain"). */
const HOST =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?$/;
/** What docker takes for an image ID. */
const IMAGE_ID = /^[0-9a-f]{64}$/;
/** Many registries and clients take no longer ones; the specification advises so. */
const NAME_MAX = 255;

const FORM = 'Write [HOST[:PORT]/]REPOSITORY[:tag][@sha256:…].';
const DIGEST_FORM = 'A digest is "sha256:" and 64 lower-case hexadecimal digits.';

const invalid = (message: string, hint = FORM): Error => fail('reference-invalid', { message, hint });

export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** The hint for a text that is not a tag. */
export const TAG_FORM = 'A tag is up to 128 letters, digits, "_", "." or "-", and does not begin with "." or "-".';

/** True for what has the form of a registry's address, host and perhaps port, and can stand in a URL. */
export function isRegistryHost(text: string): boolean {
  // The URL also knows which numbers are no address: 999.1.1.1, [:::].
  return text.length <= NAME_MAX && HOST.test(text) && URL.canParse(`https://${text}`) && !/:0+$/.test(text);
}

/** True where the first part of a name is a registry and not a part of the repository (docker's rule). */
function namesHost(first: string): boolean {
  return /[.:]/.test(first) || first === 'localhost';
}

/** The parts of a name, with docker's short names written out. */
function splitName(name: string): Pick<RegistryReference, 'registry' | 'repository'> {
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const [host, path] = namesHost(first) ? [first.toLowerCase(), name.slice(slash + 1)] : [DOCKER_HUB, name];
  if (host !== DOCKER_HUB && host !== HUB_ALIAS) return { registry: host, repository: path };
  return { registry: DOCKER_HUB, repository: path === '' || path.includes('/') ? path : `library/${path}` };
}

function checkDigest(digest: string | undefined, quoted: string): Digest | undefined {
  if (digest === undefined || isDigest(digest)) return digest;
  if (digest.includes('/')) {
    throw invalid(
      `${quoted} has a user name or a password before its registry`,
      'Leave it out, and use "tbuild login".',
    );
  }
  // Before another "@" may be the end of a password.
  const shown = JSON.stringify(digest.slice(digest.lastIndexOf('@') + 1));
  throw invalid(`${shown} in ${quoted} is not a digest`, DIGEST_FORM);
}

function checkTag(tag: string | undefined, quoted: string): string | undefined {
  if (tag === undefined || isTag(tag)) return tag;
  throw invalid(`${JSON.stringify(tag)} in ${quoted} is not a tag`, TAG_FORM);
}

function checkName(name: string, quoted: string): Pick<RegistryReference, 'registry' | 'repository'> {
  if (name === '') throw invalid(`${quoted} names no repository`);
  if (IMAGE_ID.test(name)) {
    throw invalid(`${quoted} has the form of an image ID`, 'Name a repository, or a digest with "sha256:" before it.');
  }
  const { registry, repository } = splitName(name);
  if (!isRegistryHost(registry)) throw invalid(`${JSON.stringify(registry)} in ${quoted} is not a host`);
  if (repository === '') throw invalid(`${quoted} names no repository`);
  if (repository.length + registry.length + 1 > NAME_MAX) {
    throw invalid(`${quoted} has a name of more than ${NAME_MAX} characters`);
  }
  if (!REPOSITORY.test(repository)) {
    const hint = repository === repository.toLowerCase() ? FORM : 'Names of repositories are in lower case.';
    throw invalid(`${JSON.stringify(repository)} in ${quoted} is not a repository`, hint);
  }
  return { registry, repository };
}

/**
 * `alpine`, `ghcr.io/a/b:1.2`, `127.0.0.1:5000/x@sha256:…` → reference, with docker's short names written out
 * (distribution/reference, "ParseNormalizedNamed"). The tag is what follows the last colon after the last slash.
 *
 * @param shown the text as the user wrote it, for messages
 * @throws TbuildError `reference-invalid`
 */
export function parseRegistryReference(text: string, shown: string = text): RegistryReference {
  const quoted = JSON.stringify(hideUserInformation(shown));
  const at = text.indexOf('@');
  const digest = checkDigest(at < 0 ? undefined : text.slice(at + 1), quoted);
  const named = at < 0 ? text : text.slice(0, at);
  const colon = named.lastIndexOf(':');
  const hasTag = colon > named.lastIndexOf('/');
  const name = checkName(hasTag ? named.slice(0, colon) : named, quoted);
  const tag = checkTag(hasTag ? named.slice(colon + 1) : undefined, quoted);
  return {
    transport: 'docker',
    ...name,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** `ghcr.io/a/b:1.2`: without the transport. */
export function renderRegistryReference({ registry, repository, tag, digest }: RegistryReference): string {
  return `${registry}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}
