import { fail, type TbuildError } from '../errors/index.js';
import { ByteReader } from '../tar/index.js';
import { type Bytes, type Chunks, escapeBytes } from '../util/index.js';

export interface ArMember {
  /** Without the slash that may end it. */
  readonly name: string;
  /** Bytes. */
  readonly size: number;
  /** The content, to be read before the next member is asked for, else it is skipped. */
  readonly body: Bytes;
}

const MAGIC = '!<arch>\n';
const HEADER_BYTES = 60;
const HEADER_END = '`\n';
const PADDING = 0x0a;

/** Where the numbers of a header stand, and what they may be. */
const NUMBERS = [
  { what: 'time', start: 16, end: 28, form: /^\d{0,12} *$/ },
  { what: 'user number', start: 28, end: 34, form: /^\d{0,6} *$/ },
  { what: 'group number', start: 34, end: 40, form: /^\d{0,6} *$/ },
  { what: 'mode', start: 40, end: 48, form: /^[0-7]{0,8} *$/ },
  { what: 'size', start: 48, end: 58, form: /^\d{1,10} *$/ },
] as const;

const invalid = (problem: string): TbuildError => fail('deb-invalid', { message: problem });

function nameOf(field: string): string {
  const name = field.replace(/ +$/, '').replace(/(?<=.)\/$/, '');
  if (/^[\w.+-]+$/.test(name)) return name;
  const isLong = /^(#1\/|\/)/.test(field);
  const problem = isLong ? 'a long member name, which deb(5) does not have' : 'the member name';
  throw invalid(`it has ${problem} ${JSON.stringify(field)}`);
}

function parseHeader(bytes: Uint8Array): { readonly name: string; readonly size: number } {
  const text = Buffer.from(bytes).toString('latin1');
  if (text.slice(58) !== HEADER_END) throw invalid(`it goes on with "${escapeBytes(bytes)}", which is no header of ar`);
  const name = nameOf(text.slice(0, 16));
  for (const { what, start, end, form } of NUMBERS) {
    const field = text.slice(start, end);
    if (!form.test(field)) throw invalid(`its member ${JSON.stringify(name)} has the ${what} ${JSON.stringify(field)}`);
  }
  return { name, size: Number(text.slice(48, 58)) };
}

/** The next `size` bytes. What is not read when the caller goes on is skipped by `rest`. */
function openBody(bytes: ByteReader, { name, size }: { readonly name: string; readonly size: number }) {
  let remaining = size;
  const next = async (): Promise<Uint8Array> => {
    const piece = await bytes.some(remaining);
    if (piece === undefined) throw invalid(`its member ${JSON.stringify(name)} is cut off`);
    remaining -= piece.length;
    return piece;
  };
  async function* body(): Bytes {
    while (remaining > 0) yield await next();
  }
  const rest = async (): Promise<void> => {
    while (remaining > 0) await next();
  };
  return { body: body(), rest };
}

/**
 * The members of an ar archive in their order. Strict: only the common format of deb(5), names of at most 16 letters,
 * digits and `_.+-`, numbers in plain digits, a newline where a size is odd, nothing after the last member.
 *
 * @throws TbuildError `deb-invalid`, whose message goes on from "… is not valid: "
 */
export async function* readAr(input: Chunks): AsyncGenerator<ArMember> {
  const bytes = new ByteReader(input);
  try {
    const magic = await bytes.exactly(MAGIC.length);
    if (magic.length === 0) throw invalid('it is empty');
    if (Buffer.from(magic).toString('latin1') !== MAGIC) {
      throw invalid(`it begins with "${escapeBytes(magic)}", not with "!<arch>" as an ar archive`);
    }
    for (;;) {
      const header = await bytes.exactly(HEADER_BYTES);
      if (header.length === 0) return;
      if (header.length < HEADER_BYTES)
        throw invalid(`it ends with "${escapeBytes(header)}", which is no header of ar`);
      const facts = parseHeader(header);
      const { body, rest } = openBody(bytes, facts);
      yield { ...facts, body };
      await rest();
      if (facts.size % 2 === 0) continue;
      const [padding] = await bytes.exactly(1);
      if (padding !== PADDING)
        throw invalid(`its member ${JSON.stringify(facts.name)} has an odd size and no newline after it`);
    }
  } finally {
    await bytes.close();
  }
}
