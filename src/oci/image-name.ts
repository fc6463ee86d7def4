import { TbuildError } from '../errors/index.js';
import { parseRegistryReference, renderRegistryReference } from './registry-reference.js';

/** True for the name of an image (`team/app:v1`) where a bare tag (`v1`) would do: a tag has neither slash nor colon. */
export function isImageName(text: string): boolean {
  return /[/:]/.test(text);
}

/**
 * The name with its registry and tag, by which docker and containerd compare names: `app` is
 * `docker.io/library/app:latest`. Undefined for what is no name of an image by its tag.
 */
export function fullImageName(text: string): string | undefined {
  try {
    const reference = parseRegistryReference(text);
    if (reference.digest !== undefined) return undefined;
    return renderRegistryReference({ tag: 'latest', ...reference });
  } catch (error) {
    if (error instanceof TbuildError) return undefined;
    throw error;
  }
}

/** The tag at the end of a name; of a bare tag, itself. Undefined for a name without one. */
export function tagOfName(text: string): string | undefined {
  if (!isImageName(text)) return text;
  const colon = text.lastIndexOf(':');
  return colon > text.lastIndexOf('/') ? text.slice(colon + 1) : undefined;
}

/** The name under another tag; a bare tag is replaced. */
export function renamed(text: string, tag: string): string {
  if (!isImageName(text)) return tag;
  const old = tagOfName(text);
  return `${old === undefined ? text : text.slice(0, -old.length - 1)}:${tag}`;
}
