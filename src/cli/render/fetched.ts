import type { Reference } from '../../oci/index.js';
import { renderSize } from './numbers.js';
import { dim, type Text } from './text.js';

/** What looking at an image of a registry cost; nothing for what is on this machine. */
export function renderFetched({ transport }: Reference, result: { readonly fetchedBytes: number }): Text[] {
  return transport === 'docker' ? [dim(`fetched ${renderSize(result.fetchedBytes)}`)] : [];
}
