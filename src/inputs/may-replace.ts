import type { ContentDeclaration } from '../manifest/index.js';
import type { Contribution } from '../tree/index.js';
import { isMd5sums } from './debian/status-files.js';

/**
 * Where a content may override what contents before it put at its paths: it says so, or it has read what is there and
 * gives it back with more in it.
 */
export function mayReplace({ kind, replace }: ContentDeclaration): Contribution['replace'] {
  if (!replace && kind === 'debian') return isMd5sums;
  return replace || kind === 'accounts' || kind === 'certificates';
}
