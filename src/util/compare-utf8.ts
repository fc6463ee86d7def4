/** Maps a UTF-16 code unit so that plain number order becomes UTF-8 byte order (surrogates sort above U+E000–U+FFFF). */
function rank(codeUnit: number): number {
  if (codeUnit < 0xd800) return codeUnit;
  return codeUnit >= 0xe000 ? codeUnit - 0x800 : codeUnit + 0x2000;
}

/**
 * Orders two strings as their UTF-8 bytes do, without encoding them. JavaScript's own `<` orders by UTF-16
 * code units and differs for characters beyond U+FFFF (format 1, "Tar").
 *
 * @returns negative, zero or positive, as `Array.prototype.sort` wants
 */
export function compareUtf8(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length);
  for (let i = 0; i < shorter; i++) {
    const left = a.charCodeAt(i);
    const right = b.charCodeAt(i);
    if (left !== right) return rank(left) - rank(right);
  }
  return a.length - b.length;
}
