/**
 * Everything that a terminal may act on instead of showing it, or that changes how its neighbours are shown: control
 * characters (C0, DEL, C1), format characters (bidirectional overrides, zero-width ones, tags), line and paragraph
 * separators, and halves of surrogate pairs.
 */
const ACTIVE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

const NAMED: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escapeOf(character: string): string {
  const named = NAMED[character];
  if (named !== undefined) return named;
  const hex = character.codePointAt(0)!.toString(16);
  if (hex.length <= 2) return `\\x${hex.padStart(2, '0')}`;
  return hex.length <= 4 ? `\\u${hex.padStart(4, '0')}` : `\\u{${hex}}`;
}

/**
 * Makes text from outside harmless to show: `\x1b` instead of an escape. The result is one line. The only place where
 * this happens: `Text` calls it for everything that reaches a terminal.
 */
export function neutralise(text: string): string {
  return text.replace(ACTIVE, escapeOf);
}
