const SHOWN_CHARACTERS = 120;
/** Of what both have alike, so much is shown before the first difference. */
const BEFORE_DIFFERENCE = 30;

/** Control characters, what changes the direction of text, lone surrogates and the like are escaped. */
export function escapeControls(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (character) => {
    const code = character.codePointAt(0)!;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
  });
}

/** Index of the first UTF-16 code unit that differs. */
export function commonStart(before: string, after: string): number {
  const shorter = Math.min(before.length, after.length);
  for (let i = 0; i < shorter; i++) if (before.charCodeAt(i) !== after.charCodeAt(i)) return i;
  return shorter;
}

function cut(text: string, from: number): string {
  const shown = text.slice(from, from + SHOWN_CHARACTERS);
  return `${from > 0 ? '…' : ''}${escapeControls(shown.replaceAll('\\', '\\\\'))}${from + SHOWN_CHARACTERS < text.length ? '…' : ''}`;
}

/** Two texts for one line each, cut so that their first difference is seen. */
export function showPair(before: string, after: string): { readonly before: string; readonly after: string } {
  const same = commonStart(before, after);
  const isLong = Math.max(before.length, after.length) > SHOWN_CHARACTERS;
  const from = isLong ? Math.max(0, same - BEFORE_DIFFERENCE) : 0;
  return { before: cut(before, from), after: cut(after, from) };
}

/** A text for one line. */
export function show(text: string): string {
  return cut(text, 0);
}

/** Up to 16 bytes in hexadecimal. */
export function showBytes(bytes: Uint8Array): string {
  const shown = Buffer.from(bytes.subarray(0, 16)).toString('hex');
  return bytes.length > 16 ? `${shown}… (${bytes.length} bytes)` : shown;
}
