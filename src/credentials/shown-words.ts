const SHOWN_CHARACTERS = 1_000;

/** Characters that a terminal acts on, or that change how their neighbours look. */
const ACTIVE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
/** The value of what is called a secret: `"Secret":"x"`, `token=x`, `Authorization: Bearer x`. */
const NAMED_SECRET =
  /((?:secret|passw(?:or)?d|passphrase|token|auth(?:orization)?|credentials?|api_?key)["']?\s*[:=]\s*(?:(?:basic|bearer)\s+)?)("(?:[^"\\]|\\.)*"?|'[^']*'?|[^\s,;&]+)/gi;
/** User information of a URL. */
const USER_INFORMATION = /(\/\/)[^\s/@]+@/g;
/** A long word of letters of both cases and digits is more likely a token than a name. */
const LONG_WORD = /[A-Za-z0-9+/_=-]{20,}/g;
const LONG_HEX = /^[0-9a-f]{32,}$/i;

function looksRandom(word: string): boolean {
  return LONG_HEX.test(word) || (/[a-z]/.test(word) && /[A-Z]/.test(word) && /[0-9]/.test(word));
}

/**
 * What a program of others says, fit to be shown: one line, cut off, control characters escaped, and without what may
 * be a secret.
 * @param secrets texts that must not be seen
 */
export function shownWords(bytes: Uint8Array, secrets: readonly string[] = []): string {
  let text = new TextDecoder().decode(bytes).trim();
  for (const secret of secrets) if (secret !== '') text = text.replaceAll(secret, '…');
  text = text
    .replace(NAMED_SECRET, '$1…')
    .replace(USER_INFORMATION, '$1…@')
    .replace(LONG_WORD, (word) => (looksRandom(word) ? '…' : word))
    .replace(/\s*\r?\n\s*/g, ' | ');
  const cut = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
  return cut.replace(ACTIVE, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}
