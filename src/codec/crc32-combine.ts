/** The polynomial of CRC-32, bits reversed: the highest bit of a word is the coefficient of x⁰ (RFC 1952, section 8). */
const POLYNOMIAL = 0xedb88320;
const ONE = 0x80000000;
/** x⁸: what one byte of zeros multiplies a remainder by. */
const ONE_BYTE = 0x00800000;

/** Product of two polynomials over GF(2), modulo that of CRC-32. */
function multiply(a: number, b: number): number {
  let product = 0;
  let shifted = b;
  for (let bit = ONE; bit !== 0; bit >>>= 1) {
    if ((a & bit) !== 0) product ^= shifted;
    shifted = (shifted & 1) === 0 ? shifted >>> 1 : (shifted >>> 1) ^ POLYNOMIAL;
  }
  return product >>> 0;
}

/**
 * CRC-32 of two strings of bytes joined, from the CRC-32 of each and the length of the second in bytes: appending n
 * bytes multiplies the remainder of what was there by x^8n, and remainders add up.
 */
export function crc32Combine(first: number, second: number, secondLength: number): number {
  let shift = ONE;
  let power = ONE_BYTE;
  for (let left = secondLength; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) shift = multiply(shift, power);
    power = multiply(power, power);
  }
  return (multiply(shift, first) ^ second) >>> 0;
}
