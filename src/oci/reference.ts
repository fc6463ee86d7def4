import { fail } from '../errors/index.js';
import { closestOf } from '../util/index.js';

/** The transports that a reference can name, as in skopeo. */
export type Transport = 'oci' | 'oci-archive' | 'docker-archive';

/** A parsed image reference. `path` is as written: relative to the file or working directory it was written in. */
export interface Reference {
  readonly transport: Transport;
  readonly path: string;
  readonly tag?: string;
}

const TRANSPORTS: readonly Transport[] = ['oci', 'oci-archive', 'docker-archive'];
const LATER = ['docker', 'docker-daemon', 'dir'];
/** OCI distribution-spec, "Pulling manifests": the form of a tag. */
const TAG = /^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$/;

const FORMS = 'Write oci:DIR[:tag], oci-archive:FILE[:tag] or docker-archive:FILE[:tag].';

/** What was likely meant by a text that names no transport. */
function meant(text: string): string {
  const colon = text.indexOf(':');
  const transport = colon < 0 ? undefined : closestOf(text.slice(0, colon), TRANSPORTS);
  const isPath = colon !== 0 && /^[^:]*(?::[^:/]*)?$/.test(text);
  if (transport === undefined && !isPath) return '';
  const tar = /\.tar(?::|$)/.test(text) ? 'oci-archive' : 'oci';
  const whole = transport === undefined ? `${tar}:${text}` : `${transport}${text.slice(colon)}`;
  return `Did you mean ${JSON.stringify(whole)}? `;
}

function splitTag(rest: string): { path: string; tag: string | undefined } {
  const colon = rest.lastIndexOf(':');
  if (colon < 0 || rest.slice(colon).includes('/')) return { path: rest, tag: undefined };
  return { path: rest.slice(0, colon), tag: rest.slice(colon + 1) };
}

/**
 * `oci:DIR[:tag]`, `oci-archive:FILE[:tag]`, `docker-archive:FILE[:tag]` → Reference.
 * @throws TbuildError `reference-invalid`
 */
export function parseReference(text: string): Reference {
  const transport = TRANSPORTS.find((name) => text.startsWith(`${name}:`));
  if (transport === undefined) {
    const later = LATER.some((name) => text.startsWith(`${name}:`));
    throw fail('reference-invalid', {
      message: later
        ? `Transport of ${JSON.stringify(text)} is not supported yet`
        : `${JSON.stringify(text)} names no transport`,
      hint: later ? FORMS : `${meant(text)}${FORMS}`,
    });
  }
  const { path, tag } = splitTag(text.slice(transport.length + 1));
  if (path === '' || path.includes('\0')) {
    throw fail('reference-invalid', { message: `${JSON.stringify(text)} names no path` });
  }
  if (tag === undefined) return { transport, path };
  if (path.endsWith('@sha256')) {
    throw fail('reference-invalid', {
      message: `${JSON.stringify(text)} names an image by its digest, which is not supported`,
      hint: 'Name it by its tag, after a colon.',
    });
  }
  if (!TAG.test(tag)) {
    throw fail('reference-invalid', {
      message: `${JSON.stringify(tag)} in ${JSON.stringify(text)} is not a tag`,
      hint: 'A tag is up to 128 letters, digits, "_", "." or "-", and does not begin with "." or "-".',
    });
  }
  return { transport, path, tag };
}

export function renderReference(reference: Reference): string {
  const { transport, path, tag } = reference;
  return tag === undefined ? `${transport}:${path}` : `${transport}:${path}:${tag}`;
}
