import { followPath, type RootFiles } from '../closure/index.js';
import type { Pattern } from '../manifest/index.js';

const SPECIAL = /[*?[\]{}()!|+@\\]/;

/** The names that a pattern begins with and that stand for themselves, without the last one. */
function literalNames(parts: readonly string[]): readonly string[] {
  const special = parts.findIndex((part) => SPECIAL.test(part));
  return parts.slice(0, Math.min(special < 0 ? parts.length : special, parts.length - 1));
}

/**
 * Patterns that begin where symlinks lead: in a root file system with `bin → usr/bin`, `bin/sh` is `usr/bin/sh`, and the
 * link `bin` is wanted too.
 */
export function followPatterns(patterns: readonly Pattern[], root: RootFiles) {
  const links = new Set<string>();
  const followed = patterns.map((pattern): Pattern => {
    const parts = pattern.glob.replace(/^(\.\/)+/, '').split('/');
    const names = literalNames(parts);
    const way = followPath(names.join('/'), root);
    if (way.links.length === 0 || way.entry?.kind !== 'directory') return pattern;
    for (const link of way.links) links.add(link);
    const start = way.path === '' ? [] : [way.path.replace(/[*?[\]{}()!|+@\\]/g, '\\$&')];
    return { glob: [...start, ...parts.slice(names.length)].join('/'), at: pattern.at };
  });
  return { patterns: followed, links };
}
