/** C0, DEL, C1, and what turns the direction of text or ends a line: a terminal acts on them. */
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]/gu;
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/\b(Bearer|Basic)\s+(?=\S*[0-9A-Z=])[\w.~+/=-]{6,}/g, '$1 …'],
  [/\beyJ[\w-]+\.[\w.-]*/g, '…'],
  [/(:\/\/)[^\s/@"']*@/g, '$1…@'],
  [/(:\/\/[^\s?"'<>]*)\?[^\s"'<>]*/g, '$1?…'],
  [/\b(_state|X-Amz-\w+|sig|signature|token|access_token|refresh_token)=[^\s&"']*/gi, '$1=…'],
];
const SHOWN_MAX = 1024;

/**
 * A server's words for people: at most 1 KiB of them, on one line, with control characters escaped and without what
 * looks like a secret.
 */
export function serverText(text: string): string {
  const hidden = SECRETS.reduce((rest, [secret, shown]) => rest.replace(secret, shown), text.slice(0, 4 * SHOWN_MAX));
  const line = hidden
    .replace(/[\t\r\n ]+/g, ' ')
    .trim()
    .replace(UNPRINTABLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
  return line.length > SHOWN_MAX ? `${line.slice(0, SHOWN_MAX)}…` : line;
}
