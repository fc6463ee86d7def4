import { type ErrorCode, fail, type SourceText, type TbuildError, type TextRange } from '../errors/index.js';
import type { Json } from '../oci/index.js';

/** A scalar with its place. */
export interface Scalar {
  readonly value: null | boolean | number | string;
  readonly range: TextRange;
}

const MAX_DEPTH = 64;
/** A text as it mostly is: nothing in it is escaped. */
const PLAIN_TEXT = /"[^"\\\x00-\x1f]*"/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORD = /true|false|null/y;
const CONTAINERS: Readonly<Record<string, string>> = { '{': 'an object', '[': 'a list' };
/** What is said of a document that is not valid. */
export interface DocumentRules {
  readonly code: ErrorCode;
  readonly hint: string;
}

const LOCK: DocumentRules = {
  code: 'lock-invalid',
  hint: 'Take it from version control, or remove it and run "tbuild lock", which looks everything up anew.',
};

/** A map in which no key finds anything that was not put there. */
export function mapOfEntries<T>(entries: Iterable<readonly [string, T]>): Readonly<Record<string, T>> {
  const map: Record<string, T> = Object.create(null);
  for (const [key, value] of entries) map[key] = value;
  return map;
}

/**
 * Reads JSON value by value, so that whatever is wrong is said with its place, and before more is read. Takes what every
 * parser reads alike: no member twice in an object (RFC 7493, "I-JSON"), numbers only as safe integers, at most 64 levels.
 *
 * Every method throws TbuildError `lock-invalid`, or the code that the rules say.
 */
export class JsonCursor {
  readonly #source: SourceText;
  readonly #rules: DocumentRules;
  /** Keys of objects and positions in lists, from the top down to the value that is read. */
  readonly #path: (string | number)[] = [];
  #at = 0;

  constructor(source: SourceText, rules: DocumentRules = LOCK) {
    this.#source = source;
    this.#rules = rules;
  }

  /** What stands next; `scalar` also for what is no value at all. */
  kind(): 'object' | 'list' | 'scalar' {
    if (this.#isNext('{')) return 'object';
    return this.#isNext('[') ? 'list' : 'scalar';
  }

  /** Calls `visit` for each member of an object; it has to read the value. */
  members(visit: (key: string, keyRange: TextRange) => void): void {
    const keys = new Set<string>();
    this.#each('{', '}', () => {
      const { value: key, range } = this.#isNext('"') ? this.#text() : this.#syntax('a name of a member');
      if (keys.has(key)) throw this.refuse(range, `it has the member ${JSON.stringify(key)} twice`);
      keys.add(key);
      this.#take(':');
      this.#within(key, () => visit(key, range));
    });
  }

  /** Calls `visit` for each item of a list; it has to read it. */
  items(visit: (position: number) => void): void {
    let position = 0;
    this.#each('[', ']', () => this.#within(position, () => visit(position++)));
  }

  /** Reads what is neither an object nor a list. */
  scalar(): Scalar {
    if (this.#isNext('"')) return this.#text();
    const start = this.#at;
    const literal = this.#match(NUMBER) ?? this.#match(WORD);
    if (literal === undefined) throw this.#container('a text, a number, true, false or null');
    const value = JSON.parse(literal) as number | boolean | null;
    const range = [start, this.#at] as const;
    if (typeof value === 'number' && !Number.isSafeInteger(value)) {
      throw this.wrong(range, literal.slice(0, 40), 'an integer of at most 53 bits');
    }
    return { value, range };
  }

  /** Reads a value of any kind. */
  json(): Json {
    if (this.#isNext('{')) {
      const entries: [string, Json][] = [];
      this.members((key) => entries.push([key, this.json()]));
      return mapOfEntries(entries);
    }
    if (!this.#isNext('[')) return this.scalar().value;
    const items: Json[] = [];
    this.items(() => items.push(this.json()));
    return items;
  }

  /** Nothing may follow. */
  end(): void {
    this.#skipSpace();
    if (this.#at < this.#source.text.length) this.#syntax('the end of the file');
  }

  /** What stands next, up to where the cursor is after the read. */
  ranged<T>(read: () => T): { readonly value: T; readonly range: TextRange } {
    this.#skipSpace();
    const start = this.#at;
    const value = read();
    return { value, range: [start, this.#at] };
  }

  /** The error for a value that is something else than it should be; it is called by its key. */
  wrong(range: TextRange, found: string, wanted: string): TbuildError {
    const [parent, name] = [this.#path.at(-2), this.#path.at(-1)];
    if (name === undefined) return this.refuse(range, `it is ${found}, not ${wanted}`);
    const list = typeof parent === 'string' ? ` of ${JSON.stringify(parent)}` : '';
    const what = typeof name === 'string' ? JSON.stringify(name) : `item ${name + 1}${list}`;
    return this.refuse(range, `${what} is ${found}, not ${wanted}`);
  }

  refuse(range: TextRange, problem: string, hint: string = this.#rules.hint): TbuildError {
    const message = `${JSON.stringify(this.#source.file)} is not valid: ${problem}`;
    return fail(this.#rules.code, { message, hint, at: this.#source.spanOf(range) });
  }

  #each(open: string, close: string, read: () => void): void {
    if (!this.#isNext(open)) throw this.#other(CONTAINERS[open]!);
    if (this.#path.length >= MAX_DEPTH) {
      throw this.refuse([this.#at, this.#at + 1], `it is nested deeper than ${MAX_DEPTH} levels`);
    }
    this.#at++;
    if (this.#isNext(close)) {
      this.#at++;
      return;
    }
    for (;;) {
      read();
      if (this.#isNext(close)) break;
      if (!this.#isNext(',')) this.#syntax(`"," or "${close}"`);
      this.#at++;
    }
    this.#at++;
  }

  #within(step: string | number, read: () => void): void {
    this.#path.push(step);
    read();
    this.#path.pop();
  }

  #text(): { readonly value: string; readonly range: TextRange } {
    const { text } = this.#source;
    const start = this.#at;
    const plain = this.#match(PLAIN_TEXT);
    if (plain !== undefined) return { value: plain.slice(1, -1), range: [start, this.#at] };
    let end = start + 1;
    while (end < text.length && text[end] !== '"' && text[end] !== '\n') end += text[end] === '\\' ? 2 : 1;
    const range = [start, Math.min(end + 1, text.length)] as const;
    if (text[end] !== '"') throw this.refuse(range, 'a text does not end on its line');
    this.#at = end + 1;
    try {
      return { value: JSON.parse(text.slice(...range)) as string, range };
    } catch {
      throw this.refuse(range, 'a text holds a control character, or "\\\\" before what it cannot stand before');
    }
  }

  #take(character: string): void {
    if (!this.#isNext(character)) this.#syntax(JSON.stringify(character));
    this.#at++;
  }

  #isNext(character: string): boolean {
    this.#skipSpace();
    return this.#source.text[this.#at] === character;
  }

  /** RFC 8259, "JSON Grammar", `ws`. */
  #skipSpace(): void {
    const { text } = this.#source;
    for (let code = text.charCodeAt(this.#at); code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09; ) {
      code = text.charCodeAt(++this.#at);
    }
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#source.text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  /** The error for whatever stands next, where something else should. */
  #other(wanted: string): TbuildError {
    if (this.#isNext('{') || this.#isNext('[')) return this.#container(wanted);
    const { value, range } = this.scalar();
    return this.wrong(range, JSON.stringify(value).slice(0, 100), wanted);
  }

  #container(wanted: string): TbuildError {
    const kind = CONTAINERS[this.#source.text[this.#at] ?? ''];
    return kind === undefined ? this.#syntax('a value') : this.wrong([this.#at, this.#at + 1], kind, wanted);
  }

  #syntax(wanted: string): never {
    const at = this.#at;
    const [character] = this.#source.text.slice(at, at + 2);
    const found = character === undefined ? 'the file ends' : `${JSON.stringify(character)} stands`;
    throw this.refuse([at, at + 1], `${found} where ${wanted} should be`);
  }
}
