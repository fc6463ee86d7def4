import { TbuildError } from '../errors/index.js';
import { isTag, parseReference, parseRegistryReference, REFERENCE_FORMS } from '../oci/index.js';
import { closestOf } from '../util/index.js';
import type { BaseDeclaration } from './build-manifest.js';
import type { Complaint } from './complaint.js';

/** What a base begins with where it is not in a registry. An image `docker` is one of Docker Hub, so its transport has slashes. */
const TRANSPORTS = ['docker://', 'oci:', 'oci-archive:', 'docker-archive:', 'dir:', 'docker-daemon:'];
const SCRATCH = 'scratch';

export type BaseFault =
  | ({ readonly code: 'manifest-not-supported'; readonly message: string } & Pick<Complaint, 'hint'>)
  | ({ readonly code: 'manifest-wrong-value' } & Complaint);

const { oci, dir } = REFERENCE_FORMS;
const FORMS_HINT = `A base is an image of a registry (debian:12, ghcr.io/a/b@sha256:…), ${oci}, ${REFERENCE_FORMS['oci-archive']}, ${REFERENCE_FORMS['docker-archive']}, ${dir}, ${REFERENCE_FORMS['docker-daemon']}, or scratch.`;

/**
 * What a typing error of `scratch` or of a transport was meant to be. A name with a tag may be that of an image in a
 * registry, and one before a port that of a registry: then only what is long enough to be unlike any other counts.
 */
function misspelt(text: string): string | undefined {
  const colon = text.indexOf(':');
  if (colon < 0) return closestOf(text, [SCRATCH]);
  const [name, rest] = [text.slice(0, colon), text.slice(colon + 1)];
  if (/[./@]/.test(name) || /^[0-9]{1,5}\//.test(rest)) return undefined;
  const known = TRANSPORTS.map((transport) => transport.replace(/:.*$/, ''));
  const meant = closestOf(name, isTag(rest) ? known.filter((transport) => transport.includes('-')) : known);
  return meant === 'docker' ? 'docker://' : meant;
}

/** Another image.yaml or its directory: by its look, since what is read here is only text. */
function anotherManifest(text: string): BaseFault | undefined {
  const isFile = /\.ya?ml$/.test(text);
  if (!isFile && !/^\.{0,2}\//.test(text)) return undefined;
  const message = `base is ${JSON.stringify(text.slice(0, 200))}, and another image.yaml as base is not supported yet`;
  const hint = isFile ? FORMS_HINT : `For an OCI layout there write ${JSON.stringify(`oci:${text}`)}.`;
  return { code: 'manifest-not-supported', message, hint };
}

function misspeltFault(text: string): BaseFault | undefined {
  const meant = misspelt(text);
  const reason = 'which is no base that tbuild knows';
  return meant === undefined
    ? undefined
    : { code: 'manifest-wrong-value', reason, hint: `Did you mean ${JSON.stringify(meant)}?` };
}

/** What `base` names, or why it cannot be used. */
export function parseBase(
  text: string,
): Omit<Extract<BaseDeclaration, { kind: 'image' }>, 'at'> | 'scratch' | BaseFault {
  if (text === SCRATCH) return SCRATCH;
  const hasTransport = TRANSPORTS.some((transport) => text.startsWith(transport));
  const fault = hasTransport ? undefined : (anotherManifest(text) ?? misspeltFault(text));
  if (fault !== undefined) return fault;
  try {
    return { kind: 'image', reference: hasTransport ? parseReference(text) : parseRegistryReference(text), text };
  } catch (error) {
    if (!(error instanceof TbuildError)) throw error;
    return { code: 'manifest-wrong-value', reason: `which is not a reference: ${error.message}`, hint: error.hint };
  }
}
