import { fail } from '../errors/index.js';
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
const HUB_ALIASES = ['index.docker.io', 'registry-1.docker.io'];

/** OCI distribution-spec, "Pulling manifests": the form of a tag. */
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;
/** OCI distribution-spec, "Pulling manifests": the form of a name. */
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const HOST =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*\.?|\[[0-9a-fA-F:.]+\])(?::[0-9]{1,5})?$/;
/** Many registries and clients take no longer ones; the specification advises so. */
const NAME_MAX = 255;

const FORM = 'Write [HOST[:PORT]/]REPOSITORY[:tag][@sha256:…].';

const invalid = (message: string, hint = FORM): Error => fail('reference-invalid', { message, hint });

export function isTag(text: string): boolean {
  return TAG.test(text);
}

/** The hint for a text that is not a tag. */
export const TAG_FORM = 'A tag is up to 128 letters, digits, "_", "." or "-", and does not begin with "." or "-".';

/** True for what has the form of a registry's address: host, perhaps with port. */
export function isRegistryHost(text: string): boolean {
  if (!HOST.test(text)) return false;
  const port = /:([0-9]+)$/.exec(text.replace(/^\[.*\]/, ''))?.[1];
  return port === undefined || (Number(port) >= 1 && Number(port) <= 65_535);
}

/** True where the first part of a name is a registry and not a part of the repository (docker's rule). */
function namesHost(first: string): boolean {
  return /[.:[]/.test(first) || first === 'localhost' || first !== first.toLowerCase();
}

function splitName(name: string): Pick<RegistryReference, 'registry' | 'repository'> {
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const isHub = slash < 0 || !namesHost(first) || first === DOCKER_HUB || HUB_ALIASES.includes(first);
  if (!isHub) return { registry: first.toLowerCase(), repository: name.slice(slash + 1) };
  const path = slash < 0 || !namesHost(first) ? name : name.slice(slash + 1);
  return { registry: DOCKER_HUB, repository: path.includes('/') ? path : `library/${path}` };
}

/**
 * `alpine`, `ghcr.io/a/b:1.2`, `127.0.0.1:5000/x@sha256:…` → reference, with docker's short names written out.
 * @param shown the text as the user wrote it, for messages
 * @throws TbuildError `reference-invalid`
 */
export function parseRegistryReference(text: string, shown: string = text): RegistryReference {
  const quoted = JSON.stringify(shown);
  const at = text.indexOf('@');
  const digest = at < 0 ? undefined : text.slice(at + 1);
  if (digest !== undefined && !isDigest(digest)) {
    throw invalid(
      `${JSON.stringify(digest)} in ${quoted} is not a digest`,
      'A digest is "sha256:" and 64 lower-case hexadecimal digits.',
    );
  }
  const named = at < 0 ? text : text.slice(0, at);
  const colon = named.lastIndexOf(':');
  const hasTag = colon > named.lastIndexOf('/') && !named.endsWith(']');
  const tag = hasTag ? named.slice(colon + 1) : undefined;
  if (tag !== undefined && !isTag(tag)) throw invalid(`${JSON.stringify(tag)} in ${quoted} is not a tag`, TAG_FORM);
  const name = hasTag ? named.slice(0, colon) : named;
  if (name === '') throw invalid(`${quoted} names no repository`);
  const { registry, repository } = splitName(name);
  if (!isRegistryHost(registry)) throw invalid(`${JSON.stringify(registry)} in ${quoted} is not a host`);
  if (!REPOSITORY.test(repository)) {
    const hint = repository === repository.toLowerCase() ? FORM : 'Names of repositories are in lower case.';
    throw invalid(`${JSON.stringify(repository)} in ${quoted} is not a repository`, hint);
  }
  if (registry.length + 1 + repository.length > NAME_MAX) {
    throw invalid(`${quoted} has a name of more than ${NAME_MAX} characters`);
  }
  return {
    transport: 'docker',
    registry,
    repository,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** `ghcr.io/a/b:1.2`: without the transport. */
export function renderRegistryReference({ registry, repository, tag, digest }: RegistryReference): string {
  return `${registry}/${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`;
}
