/** What JSON.stringify leaves as it is, although a terminal may act on it. */
const ACTIVE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu;

function escapeOf(character: string): string {
  if (character === '\n') return character; // between members; within strings it is escaped already
  return character.replace(/[\s\S]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** A JSON document for `--json`, indented and ended by a newline; safe to show on a terminal. */
export function renderJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2).replace(ACTIVE, escapeOf)}\n`;
}
