import { fail } from '../errors/index.js';
import { followPath } from './follow-path.js';
import type { RootFiles } from './root-files.js';

/** `any` is `*`: any number of characters; the others say whether they match one. */
type Token = 'any' | ((character: string) => boolean);

/** The characters of `[a-z]`: the text between the brackets, without a leading `!`. */
function isInSet(set: string, character: string): boolean {
  for (let i = 0; i < set.length; i++) {
    if (set[i + 1] === '-' && i + 2 < set.length) {
      if (set[i]! <= character && character <= set[i + 2]!) return true;
      i += 2;
    } else if (set[i] === character) return true;
  }
  return false;
}

/** The pattern of one name, as glob(7) has it. */
function tokensOf(pattern: string): Token[] {
  return [...pattern.matchAll(/\\(.)|\[(!?)(\]?[^\]]*)\]|[\s\S]/g)].map(([part, escaped, not, set]) => {
    if (part === '*') return 'any';
    if (part === '?') return () => true;
    if (set !== undefined) return (character) => isInSet(set, character) !== (not === '!');
    return (character) => character === (escaped ?? part);
  });
}

/** Goes back to the last `*` only, so that no pattern takes more than the product of both lengths. */
function matches(tokens: readonly Token[], name: string): boolean {
  let [token, character] = [0, 0];
  let star: { readonly token: number; character: number } | undefined;
  while (character < name.length) {
    const current = tokens[token];
    if (current === 'any') {
      star = { token: ++token, character };
    } else if (current?.(name[character]!)) {
      token++;
      character++;
    } else if (star === undefined) {
      return false;
    } else {
      token = star.token;
      character = ++star.character;
    }
  }
  return tokens.slice(token).every((rest) => rest === 'any');
}

/** How many more names may be compared with patterns, and characters of these be looked at: symlinks can make few directories look like very many. */
export interface NameBudget {
  left: number;
}

/**
 * Absolute paths that a pattern of glob(7) matches, sorted by their bytes name by name. Symlinked directories are looked
 * into; names that begin with a dot must be asked for.
 *
 * @throws TbuildError `input-limit`
 */
export function matchNames(pattern: string, root: RootFiles, budget: NameBudget): readonly string[] {
  let found = [''];
  for (const part of pattern.split('/').filter((name) => name !== '')) {
    budget.left -= part.length;
    const tokens = tokensOf(part);
    found = found.flatMap((directory) => {
      const { path, entry } = followPath(directory, root);
      if (entry?.kind !== 'directory') return [];
      const names = root.namesIn(path);
      budget.left -= names.length;
      if (budget.left < 0)
        throw fail('input-limit', { message: `The pattern ${JSON.stringify(pattern)} leads too far` });
      return names
        .filter((name) => (!name.startsWith('.') || part.startsWith('.')) && matches(tokens, name))
        .map((name) => `${directory}/${name}`);
    });
  }
  return found;
}
