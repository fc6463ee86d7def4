/** A pattern as a tree. `characters` stands for one character that the atom, a piece of the pattern, stands for. */
export type PatternNode =
  | { readonly kind: 'characters'; readonly atom: string }
  | { readonly kind: 'assertion'; readonly test: Assertion }
  | { readonly kind: 'sequence'; readonly items: readonly PatternNode[] }
  | { readonly kind: 'choice'; readonly options: readonly PatternNode[] }
  | { readonly kind: 'repeat'; readonly item: PatternNode; readonly min: number; readonly max: number };

/** What must hold between two characters. */
export type Assertion = 'start' | 'end' | 'boundary' | 'no-boundary';

/** A pattern, and the flags of JavaScript that decide what its atoms stand for: `u`, and perhaps `i`, `m` and `s`. */
export interface PatternSyntax {
  readonly node: PatternNode;
  readonly flags: string;
}

/** Why a pattern is not taken: continues "match is "(", …". */
export class PatternRefusal extends Error {}

const ASSERTIONS: Readonly<Record<string, Assertion>> = {
  '^': 'start',
  $: 'end',
  '\\b': 'boundary',
  '\\B': 'no-boundary',
};

/** One escape, one class or one character. */
const ATOM =
  /\\(?:u\{[0-9a-fA-F]+\}|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[pP]\{[^}]*\}|c[a-zA-Z]|.)|\[(?:\\.|[^\]\\])*\]|./suy;
const QUANTIFIER = /(?:([*+?])|\{([0-9]+)(?:(,)([0-9]*))?\})\??/uy;
const SIMPLE: Readonly<Record<string, readonly [min: number, max: number]>> = {
  '*': [0, Number.POSITIVE_INFINITY],
  '+': [1, Number.POSITIVE_INFINITY],
  '?': [0, 1],
};

/** The syntax that V8 names in its message, without what it begins with. */
function checkSyntax(text: string, flags: string): void {
  try {
    new RegExp(text, flags);
  } catch (error) {
    const [, detail = 'Invalid'] = /: ([^:]+)$/.exec(error instanceof Error ? error.message : '') ?? [];
    throw new PatternRefusal(`which is not a regular expression: ${detail.toLowerCase()}`);
  }
}

/** Groups in groups; each takes some of the stack. */
const DEEPEST = 250;

class PatternParser {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Up to the end of the pattern or of the group. */
  readChoice(): PatternNode {
    const options = [this.#readSequence()];
    while (this.#text[this.#at] === '|') {
      this.#at++;
      options.push(this.#readSequence());
    }
    return options.length === 1 ? options[0]! : { kind: 'choice', options };
  }

  #readSequence(): PatternNode {
    const items: PatternNode[] = [];
    while (this.#at < this.#text.length && !/[|)]/.test(this.#text[this.#at]!)) {
      items.push(this.#readQuantified(this.#readItem()));
    }
    return { kind: 'sequence', items };
  }

  #take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found !== null) this.#at += found[0].length;
    return found;
  }

  #readItem(): PatternNode {
    if (this.#text[this.#at] === '(') return this.#readGroup();
    const [atom] = this.#take(ATOM)!;
    if (Object.hasOwn(ASSERTIONS, atom)) return { kind: 'assertion', test: ASSERTIONS[atom]! };
    if (/^\\[1-9k]/.test(atom)) throw new PatternRefusal('which refers back to a group');
    return { kind: 'characters', atom };
  }

  #readGroup(): PatternNode {
    const ahead = this.#text.slice(this.#at, this.#at + 4);
    if (/^\(\?<?[=!]/.test(ahead)) throw new PatternRefusal('which looks around');
    const opening = ahead.startsWith('(?') ? '(?:' : '(';
    if (!ahead.startsWith(opening)) throw new PatternRefusal('which has a group that is neither "(" nor "(?:"');
    if (++this.#depth > DEEPEST) throw new PatternRefusal(`which has more than ${DEEPEST} groups in one another`);
    this.#at += opening.length;
    const item = this.readChoice();
    this.#at++;
    this.#depth--;
    return item;
  }

  #readQuantified(item: PatternNode): PatternNode {
    const found = this.#take(QUANTIFIER);
    if (found === null) return item;
    const [, simple, least = '0', comma, most = ''] = found;
    const min = Number(least);
    const counted = comma === undefined ? min : most === '' ? Number.POSITIVE_INFINITY : Number(most);
    const [from, to] = simple === undefined ? [min, counted] : SIMPLE[simple]!;
    return { kind: 'repeat', item, min: from, max: to };
  }
}

/**
 * A regular expression of JavaScript with the flag `u` → its tree. At its beginning may stand flags for all of it, as RE2 and
 * Go write them: `(?im)`. What needs more than one pass over the text is refused: references to groups, and looking around.
 * @throws PatternRefusal
 */
export function parsePatternSyntax(text: string): PatternSyntax {
  const [opening = '', more = ''] = /^\(\?([ims]+)\)/.exec(text) ?? [];
  const flags = ['u', ...new Set(more)].join('');
  const pattern = text.slice(opening.length);
  checkSyntax(pattern, flags);
  return { node: new PatternParser(pattern).readChoice(), flags };
}
