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
  readonly another: string;
  readonly unknown: string;
  readonly forms: string;
}
const BASE: Role = {
  isBase: true,
  another: 'and another image.yaml as base is not supported yet',
  unknown: 'which is no base that tbuild knows',
  forms: `A base is ${FORMS}, ${DAEMON}, or scratch.`,
};
const SOURCE: Role = {
  isBase: false,
  another: 'and files of another image.yaml are not supported yet',
  unknown: 'which is no image that tbuild knows',
  forms: `Files come from ${FORMS} or ${DAEMON}.`,
};

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
function anotherManifest(text: string, role: Role): Complaint | undefined {
  const isFile = /\.ya?ml$/.test(text);
  if (!isFile && !/^\.{0,2}\//.test(text)) return undefined;
  const hint = isFile ? role.forms : `For an OCI layout there write ${JSON.stringify(`oci:${text}`)}.`;
  return { code: 'manifest-not-supported', reason: role.another, hint };
}

function misspeltComplaint(text: string, role: Role): Complaint | undefined {
  const meant = misspelt(text, role);
  return meant === undefined ? undefined : { reason: role.unknown, hint: `Did you mean ${JSON.stringify(meant)}?` };
}

function parseImage(text: string, role: Role): Reference | Complaint {
  const hasTransport = TRANSPORTS.some((transport) => text.startsWith(transport));
  const complaint = hasTransport ? undefined : (anotherManifest(text, role) ?? misspeltComplaint(text, role));
  if (complaint !== undefined) return complaint;
  try {
    return hasTransport ? parseReference(text) : parseRegistryReference(text);
  } catch (error) {
    if (!(error instanceof TbuildError)) throw error;
    return { reason: `which is not a reference: ${error.message}`, hint: error.hint };
  }
}

/** What `base` names, or why it cannot be used. */
export function parseBase(text: string): Reference | 'scratch' | Complaint {
  return text === SCRATCH ? SCRATCH : parseImage(text, BASE);
}

/** What `image` of a content names, or why it cannot be used. */
export function parseSourceImage(text: string): Reference | Complaint {
  return text === SCRATCH ? { reason: 'which holds no files', hint: SOURCE.forms } : parseImage(text, SOURCE);
}
