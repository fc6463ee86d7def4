/** Characters that take no column of their own: combining marks, variation selectors. */
const ZERO = /^[\p{Mn}\p{Me}]$/u;
/** Characters that take two columns (Unicode UAX #11, wide and fullwidth; emoji that are shown as such). */
const DOUBLE =
  /^(?:\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\u303e\u3041-\u4dbf\u4e00-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{16fe0}-\u{18aff}\u{1b000}-\u{1b2ff}\u{1f200}-\u{1f2ff}\u{20000}-\u{3fffd}])$/u;
const ASCII = /^[\x20-\x7e]*$/;

function widthOfCharacter(character: string): number {
  if (ASCII.test(character)) return 1;
  if (ZERO.test(character)) return 0;
  return DOUBLE.test(character) ? 2 : 1;
}

/** How many columns of a terminal neutralised text takes. */
export function widthOf(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const character of text) width += widthOfCharacter(character);
  return width;
}

/** The longest beginning of the text that fits into `columns`. */
export function fitting(text: string, columns: number): string {
  let width = 0;
  let end = 0;
  for (const character of text) {
    width += widthOfCharacter(character);
    if (width > columns) break;
    end += character.length;
  }
  return text.slice(0, end);
}
