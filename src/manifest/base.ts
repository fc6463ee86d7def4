import { TbuildError } from '../errors/index.js';
import { parseReference } from '../oci/index.js';
import { closestOf } from '../util/index.js';
import type { BaseDeclaration } from './build-manifest.js';
import type { Complaint } from './complaint.js';

const TRANSPORTS = ['oci', 'oci-archive', 'docker-archive'];
const SCRATCH = 'scratch';

export type BaseFault =
  | ({ readonly code: 'manifest-not-supported'; readonly message: string } & Pick<Complaint, 'hint'>)
  | ({ readonly code: 'manifest-wrong-value' } & Complaint);

const LATER_HINT = 'Bases are read from oci:DIR[:tag], oci-archive:FILE[:tag] and docker-archive:FILE[:tag] so far.';

/** What a typing error of `scratch:` or of a transport was meant to be. */
function misspelt(text: string): string | undefined {
  const colon = text.indexOf(':');
  if (colon < 0) return text === SCRATCH ? undefined : closestOf(text, [SCRATCH]);
  const transport = text.slice(0, colon);
  // A registry reference has its tag behind the colon, and mostly a dot or slash before it.
  return /[./]/.test(transport) ? undefined : closestOf(transport, TRANSPORTS);
}

/** What `base` names, or why it cannot be used. */
export function parseBase(
  text: string,
): Omit<Extract<BaseDeclaration, { kind: 'image' }>, 'at'> | 'scratch' | BaseFault {
  if (text === SCRATCH) return SCRATCH;
  if (TRANSPORTS.some((transport) => text.startsWith(`${transport}:`))) {
    try {
      return { kind: 'image', reference: parseReference(text), text };
    } catch (error) {
      if (!(error instanceof TbuildError)) throw error;
      return { code: 'manifest-wrong-value', reason: `which is not a reference: ${error.message}`, hint: error.hint };
    }
  }
  const meant = misspelt(text);
  if (meant !== undefined) {
    const reason = 'which is no base that tbuild knows';
    return { code: 'manifest-wrong-value', reason, hint: `Did you mean ${JSON.stringify(meant)}?` };
  }
  const shown = JSON.stringify(text.slice(0, 200));
  const isManifest = /^\.{0,2}\/|\.ya?ml$/.test(text);
  const message = isManifest
    ? `base is ${shown}, and another image.yaml as base is not supported yet`
    : `base is ${shown}, and a base from a registry is not supported yet`;
  const isDirectory = isManifest && !/\.ya?ml$/.test(text);
  const hint = isDirectory
    ? `For an OCI layout there write ${JSON.stringify(`oci:${text}`)}. ${LATER_HINT}`
    : LATER_HINT;
  return { code: 'manifest-not-supported', message, hint };
}
