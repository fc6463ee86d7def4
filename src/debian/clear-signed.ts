import { fail, type TbuildError } from '../errors/index.js';

export interface ClearSigned {
  /** The signed lines, with dash-escapes undone and without blanks at their ends, which no signature covers. */
  readonly text: string;
  /** The whole, with `\n` as line end. */
  readonly message: string;
}

const BEGIN = '-----BEGIN PGP SIGNED MESSAGE-----';
const BEGIN_SIGNATURE = '-----BEGIN PGP SIGNATURE-----';
const END_SIGNATURE = '-----END PGP SIGNATURE-----';
const HASH_HEADER = /^Hash: [A-Za-z0-9, -]+$/;
/** No signature covers these. */
const BLANKS_AT_END = /[ \t]+$/;
const SIGNATURE_LINE = /^(?:|Version: [ -~]*|Comment: [ -~]*|=?[A-Za-z0-9+/]+={0,2})$/;

function invalid(what: string, problem: string): TbuildError {
  return fail('signature-invalid', { message: `${what}: ${problem}`, details: { what } });
}

/** RFC 9580, section 7.2: a line that begins with a dash is escaped with a dash and a blank; any other may be. */
function unescapeLine(line: string, what: string): string {
  if (!line.startsWith('-')) return line.replace(BLANKS_AT_END, '');
  if (!line.startsWith('- ')) throw invalid(what, `its signed text has the line ${JSON.stringify(line.slice(0, 80))}`);
  return line.slice(2).replace(BLANKS_AT_END, '');
}

function checkSignature(lines: readonly string[], what: string): void {
  const wrong = lines.find((line) => !SIGNATURE_LINE.test(line));
  if (wrong !== undefined) throw invalid(what, `its signature has the line ${JSON.stringify(wrong.slice(0, 80))}`);
}

/**
 * Takes a clear-signed message apart (RFC 9580, section 7) that is nothing else: no line before it or after it, one signed
 * text and one block of signatures. So there is no doubt which text the signatures are of. They are not verified here.
 *
 * @throws TbuildError `signature-invalid`
 */
export function parseClearSigned(input: string, what: string): ClearSigned {
  const message = input.replace(/\r\n/g, '\n');
  const lines = message.split('\n');
  if (lines[0] !== BEGIN) throw invalid(what, 'it does not begin as a signed text does');
  const blank = lines.indexOf('');
  const begin = lines.indexOf(BEGIN_SIGNATURE);
  const end = lines.indexOf(END_SIGNATURE);
  if (blank < 0 || begin < blank || end < begin) throw invalid(what, 'it has no signature');
  if (lines.slice(end + 1).some((line) => line !== '')) throw invalid(what, 'there is something after its signature');
  const header = lines.slice(1, blank).find((line) => !HASH_HEADER.test(line));
  if (header !== undefined) throw invalid(what, `it has the header ${JSON.stringify(header.slice(0, 80))}`);
  checkSignature(lines.slice(begin + 1, end), what);
  const text = lines.slice(blank + 1, begin).map((line) => unescapeLine(line, what));
  return { text: text.join('\n'), message };
}
