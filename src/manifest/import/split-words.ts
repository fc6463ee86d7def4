import type { Complaint } from '../complaint.js';

const WORD_CHARACTER = /[^\s'"\\]/;

/**
 * A command line → its words, by the quoting rules of a POSIX shell (POSIX.1-2017, XCU 2.2), with comments but without
 * variables, globs or operators: they are text.
 */
export function splitWords(text: string): readonly string[] | Complaint {
  const words: string[] = [];
  let word: string | undefined;
  let at = 0;
  while (at < text.length) {
    const character = text[at]!;
    if (/\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      at++;
    } else if (character === '#' && word === undefined) {
      const end = text.indexOf('\n', at);
      at = end < 0 ? text.length : end;
    } else {
      const piece = pieceAt(text, at);
      if ('reason' in piece) return piece;
      word = (word ?? '') + piece.text;
      at = piece.end;
    }
  }
  return word === undefined ? words : [...words, word];
}

/** A run of plain characters, an escaped one, or what stands in quotes. */
function pieceAt(text: string, at: number): { readonly text: string; readonly end: number } | Complaint {
  const character = text[at]!;
  if (character === '\\') {
    if (at + 1 === text.length) return { reason: 'ends with a backslash' };
    return { text: text[at + 1] === '\n' ? '' : text[at + 1]!, end: at + 2 };
  }
  if (character === "'") {
    const end = text.indexOf("'", at + 1);
    return end < 0 ? { reason: "has no closing '" } : { text: text.slice(at + 1, end), end: end + 1 };
  }
  if (character === '"') return doubleQuoted(text, at);
  let end = at;
  while (end < text.length && WORD_CHARACTER.test(text[end]!)) end++;
  return { text: text.slice(at, end), end };
}

/** In double quotes a backslash escapes only what would else mean something there. */
function doubleQuoted(text: string, at: number): { readonly text: string; readonly end: number } | Complaint {
  let inside = '';
  for (let end = at + 1; end < text.length; end++) {
    const character = text[end]!;
    if (character === '"') return { text: inside, end: end + 1 };
    const next = text[end + 1];
    if (character === '\\' && next !== undefined && '$`"\\\n'.includes(next)) {
      inside += next === '\n' ? '' : next;
      end++;
    } else inside += character;
  }
  return { reason: 'has no closing "' };
}
