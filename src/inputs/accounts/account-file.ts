/** One account of passwd(5), group(5), shadow(5) or gshadow(5). */
export interface AccountLine {
  /** Without the newline. */
  readonly fields: readonly string[];
  /** From 1. */
  readonly number: number;
}

/**
 * A file with one account on each line, fields separated by colons. Lines that are there stay byte for byte, whatever
 * they hold, unless one is changed by name; new ones come after them.
 */
export class AccountFile {
  /** Latin-1, so that every byte is one character. */
  readonly #lines: string[];
  readonly #before: string;

  constructor(bytes: Uint8Array = new Uint8Array()) {
    this.#before = Buffer.from(bytes).toString('latin1');
    this.#lines = this.#before.split('\n');
    // What follows the last newline is no line, unless the newline is missing.
    if (this.#lines.at(-1) === '') this.#lines.pop();
  }

  /** The first line for which this holds: that one counts for programs. */
  find(isWanted: (fields: readonly string[]) => boolean): AccountLine | undefined {
    for (const [index, line] of this.#lines.entries()) {
      const fields = line.split(':');
      if (isWanted(fields)) return { fields, number: index + 1 };
    }
    return undefined;
  }

  /** First fields: names, and what stands there in lines that name no account. */
  names(): readonly string[] {
    return this.#lines.map((line) => line.slice(0, line.search(/:|$/)));
  }

  append(...fields: readonly string[]): void {
    this.#lines.push(latin1(fields.join(':')));
  }

  set({ number }: AccountLine, fields: readonly string[]): void {
    this.#lines[number - 1] = fields.join(':');
  }

  /** The file as it is now; undefined where that is as it was. */
  changed(): Uint8Array | undefined {
    const now = this.#lines.map((line) => `${line}\n`).join('');
    return now === this.#before || now === `${this.#before}\n` ? undefined : Buffer.from(now, 'latin1');
  }
}

/** Each byte of the text's UTF-8 as a character. */
function latin1(text: string): string {
  return Buffer.from(text).toString('latin1');
}
