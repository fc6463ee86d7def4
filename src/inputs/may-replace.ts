import type { ContentDeclaration } from '../manifest/index.js';

/**
 * True where a content may override what contents before it put at its paths: it says so, or it has read what is there
 * and gives it back with more in it.
 */
export function mayReplace({ kind, replace }: ContentDeclaration): boolean {
  return replace || kind === 'accounts' || kind === 'certificates';
}
