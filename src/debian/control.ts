import { type ErrorCode, fail } from '../errors/index.js';

/** Fields of a stanza, by lower-case name. A value of several lines has them joined by line ends, each with its leading blank. */
export type Stanza = ReadonlyMap<string, string>;

export interface ControlSource {
  /** For messages: `the control file of libc6_2.36-9_amd64.deb`. */
  readonly what: string;
  readonly code: Extract<ErrorCode, 'deb-invalid' | 'release-invalid'>;
}

/** deb822(5): any printable ASCII character but the colon, and none that begins a comment or looks like a signature's frame. */
const FIELD_NAME = /^[!"$-,.-9;-~][!-9;-~]*$/;
const CONTROL_CHARACTER = /[\u0000-\u0008\u000a-\u001f\u007f]/;
/** Many times what any package has. */
const LIMITS = { characters: 4 * 1024 * 1024, fields: 256, nameCharacters: 128 };

class StanzaReader {
  readonly stanzas: Map<string, string>[] = [];
  #fields: Map<string, string> | undefined;
  #last = '';

  constructor(readonly source: ControlSource) {}

  refuse(line: number, problem: string): Error {
    const { code, what } = this.source;
    return fail(code, { message: `${what}, line ${line}: ${problem}`, details: { what, line } });
  }

  read(line: string, number: number): void {
    if (CONTROL_CHARACTER.test(line)) throw this.refuse(number, 'there is a control character in it');
    if (line.trim() === '') {
      if (line !== '') throw this.refuse(number, 'it has nothing but blanks');
      this.#fields = undefined;
    } else if (line.startsWith(' ') || line.startsWith('\t')) {
      this.#continue(line.trimEnd(), number);
    } else {
      this.#begin(line, number);
    }
  }

  #nextStanza(): Map<string, string> {
    const fields = new Map<string, string>();
    this.stanzas.push(fields);
    return fields;
  }

  #continue(line: string, number: number): void {
    if (this.#fields === undefined) throw this.refuse(number, 'it continues a field, but there is none before it');
    this.#fields.set(this.#last, `${this.#fields.get(this.#last)}\n${line}`);
  }

  #begin(line: string, number: number): void {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0));
    if (line.startsWith('#')) throw this.refuse(number, 'comments are not allowed here');
    if (colon < 0)
      throw this.refuse(number, `${JSON.stringify(line.slice(0, 80))} is no field: there is no colon in it`);
    if (name.length > LIMITS.nameCharacters || !FIELD_NAME.test(name)) {
      throw this.refuse(number, `${JSON.stringify(name.slice(0, 80))} is no name of a field`);
    }
    this.#fields ??= this.#nextStanza();
    this.#last = name.toLowerCase();
    if (this.#fields.has(this.#last)) throw this.refuse(number, `the field ${JSON.stringify(name)} is there twice`);
    if (this.#fields.size >= LIMITS.fields) throw this.refuse(number, `there are more than ${LIMITS.fields} fields`);
    this.#fields.set(this.#last, line.slice(colon + 1).trim());
  }
}

/**
 * Stanzas of deb822(5): fields `Name: value`, lines that begin with a blank continue a value, empty lines part stanzas.
 * Refused: comments (they are for source packages), a field that is there twice, names that are none, control characters (carriage
 * returns among them), more than 4 MiB or 256 fields.
 *
 * @throws TbuildError with the code of `source`, naming the line
 */
export function parseControl(text: string, source: ControlSource): readonly Stanza[] {
  const reader = new StanzaReader(source);
  if (text.length > LIMITS.characters) throw reader.refuse(1, `there are more than ${LIMITS.characters} characters`);
  let number = 0;
  for (const line of text.split('\n')) reader.read(line, ++number);
  return reader.stanzas;
}
