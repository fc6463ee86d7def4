/** What stands before a place in a text, the beginning or a character, as far as `^`, `$` and `\b` ask for it. */
export interface Before {
  readonly isStart: boolean;
  readonly isWord: boolean;
  /** True where `^` and `$` hold beside it with the flag `m`. */
  readonly endsLine: boolean;
}

/** Characters that the same atoms of a pattern stand for, and that are the same to `^`, `$` and `\b`. */
export interface CharacterClass extends Before {
  /** Counts from 0. */
  readonly number: number;
  /** By the number of the atom. */
  readonly fits: readonly boolean[];
}

const LINE_TERMINATOR = /[\n\r\u2028\u2029]/;

/** Sorts characters into classes, each when it is first met. JavaScript itself says what an atom stands for. */
export class CharacterClasses {
  readonly #atoms: readonly RegExp[];
  readonly #word: RegExp;
  readonly #classes = new Map<string, CharacterClass>();
  /** Class of each character that was met, in pages of 256. */
  readonly #pages: (CharacterClass | undefined)[][] = [];

  constructor(atoms: readonly string[], flags: string) {
    // With m, ^ and $ hold inside a text too; without, there is nothing else that it changes.
    const alone = flags.replace('m', '');
    this.#atoms = atoms.map((atom) => new RegExp(`^${atom}$`, alone));
    this.#word = new RegExp('^\\w$', alone);
  }

  /** Of a code point, which may be half a surrogate pair. */
  classOf(point: number): CharacterClass {
    return this.#pages[point >> 8]?.[point & 0xff] ?? this.#sort(point);
  }

  #sort(point: number): CharacterClass {
    const character = String.fromCodePoint(point);
    const fits = this.#atoms.map((atom) => atom.test(character));
    const isWord = this.#word.test(character);
    const endsLine = LINE_TERMINATOR.test(character);
    const key = [...fits, isWord, endsLine].map(Number).join('');
    const found = this.#classes.get(key) ?? { number: this.#classes.size, fits, isStart: false, isWord, endsLine };
    this.#classes.set(key, found);
    this.#pages[point >> 8] ??= new Array(256);
    this.#pages[point >> 8]![point & 0xff] = found;
    return found;
  }
}
