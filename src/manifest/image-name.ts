import { TbuildError } from '../errors/index.js';
import { isTag, parseReference, parseRegistryReference, REFERENCE_FORMS, type Reference } from '../oci/index.js';
import { closestOf } from '../util/index.js';
import type { Complaint } from './complaint.js';

/** What an image begins with where it is not in a registry. An image `docker` is one of Docker Hub, so its transport has slashes. */
const TRANSPORTS = ['docker://', 'oci:', 'oci-archive:', 'docker-archive:', 'dir:', 'docker-daemon:'];
const SCRATCH = 'scratch';

const { oci, dir } = REFERENCE_FORMS;
const FORMS = `an image of a registry (debian:12, ghcr.io/a/b@sha256:…), ${oci}, ${REFERENCE_FORMS['oci-archive']}, ${REFERENCE_FORMS['docker-archive']}, ${dir}`;
const DAEMON = REFERENCE_FORMS['docker-daemon'];

/** What an image is named for, in the words of messages. */
interface Role {
  readonly isBase: boolean;
  readonly unknown: string;
}
const BASE: Role = {
  isBase: true,
  unknown: 'which is no base that tbuild knows',
};
const SOURCE: Role = {
  isBase: false,
  unknown: 'which is no image that tbuild knows',
};
const SOURCES = `Files come from ${FORMS} or ${DAEMON}.`;

/**
 * What a typing error of `scratch` or of a transport was meant to be. A name with a tag may be that of an image in a
 * registry, and one before a port that of a registry: then only what is long enough to be unlike any other counts.
 */
function misspelt(text: string, { isBase }: Role): string | undefined {
  const colon = text.indexOf(':');
  if (colon < 0) return isBase ? closestOf(text, [SCRATCH]) : undefined;
  const [name, rest] = [text.slice(0, colon), text.slice(colon + 1)];
  if (/[./@]/.test(name) || /^[0-9]{1,5}\//.test(rest)) return undefined;
  const known = TRANSPORTS.map((transport) => transport.replace(/:.*$/, ''));
  const meant = closestOf(name, isTag(rest) ? known.filter((transport) => transport.includes('-')) : known);
  return meant === 'docker' ? 'docker://' : meant;
}

/** Another image.yaml or its directory: by its look, since what is read here is only text. */
const looksLikeManifest = (text: string): boolean => /\.ya?ml$|^\.{1,2}$|^\.{0,2}\//.test(text);

function ofAnotherManifest(text: string): Complaint {
  const hint = /\.ya?ml$/.test(text) ? SOURCES : `For an OCI layout there write ${JSON.stringify(`oci:${text}`)}.`;
  return { code: 'manifest-not-supported', reason: 'and files of another image.yaml are not supported yet', hint };
}

function misspeltComplaint(text: string, role: Role): Complaint | undefined {
  const meant = misspelt(text, role);
  return meant === undefined ? undefined : { reason: role.unknown, hint: `Did you mean ${JSON.stringify(meant)}?` };
}

const hasTransport = (text: string): boolean => TRANSPORTS.some((transport) => text.startsWith(transport));

function parseImage(text: string, role: Role): Reference | Complaint {
  const isTransport = hasTransport(text);
  const complaint = isTransport ? undefined : misspeltComplaint(text, role);
  if (complaint !== undefined) return complaint;
  try {
    return isTransport ? parseReference(text) : parseRegistryReference(text);
  } catch (error) {
    if (!(error instanceof TbuildError)) throw error;
    return { reason: `which is not a reference: ${error.message}`, hint: error.hint };
  }
}

/** What `base` names, or why it cannot be used. `manifest` is another image.yaml, at this path. */
export function parseBase(text: string): Reference | 'scratch' | 'manifest' | Complaint {
  if (text === SCRATCH) return SCRATCH;
  if (hasTransport(text) || !looksLikeManifest(text)) return parseImage(text, BASE);
  if (!text.startsWith('/')) return 'manifest';
  const hint = `Write it relative to image.yaml; for an OCI layout there, ${JSON.stringify(`oci:${text}`)}.`;
  return { reason: 'which is absolute and so not the same on every machine', hint };
}

/** What `image` of a content names, or why it cannot be used. */
export function parseSourceImage(text: string): Reference | Complaint {
  if (text === SCRATCH) return { reason: 'which holds no files', hint: SOURCES };
  return !hasTransport(text) && looksLikeManifest(text) ? ofAnotherManifest(text) : parseImage(text, SOURCE);
}
