const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const DATES = [
  // Sun, 06 Nov 1994 08:49:37 GMT
  /^[A-Z][a-z]{2}, (?<day>\d\d) (?<month>[A-Z][a-z]{2}) (?<year>\d{4}) (?<time>\d\d:\d\d:\d\d) GMT$/,
  // Sunday, 06-Nov-94 08:49:37 GMT
  /^[A-Z][a-z]+day, (?<day>\d\d)-(?<month>[A-Z][a-z]{2})-(?<year>\d\d) (?<time>\d\d:\d\d:\d\d) GMT$/,
  // Sun Nov  6 08:49:37 1994
  /^[A-Z][a-z]{2} (?<month>[A-Z][a-z]{2}) (?<day>[ \d]\d) (?<time>\d\d:\d\d:\d\d) (?<year>\d{4})$/,
];
const CENTURY = 100;
const SECOND_MS = 1000;

/** Milliseconds since the epoch of an HTTP-date in any of its three forms (RFC 9110, section 5.6.7). */
function parseHttpDate(text: string, nowMs: number): number | undefined {
  const parts = DATES.map((form) => form.exec(text)?.groups).find((groups) => groups !== undefined);
  if (parts === undefined) return undefined;
  const month = MONTHS.indexOf(parts.month!);
  const [hours, minutes, seconds] = parts.time!.split(':').map(Number);
  if (month < 0 || hours! > 23 || minutes! > 59 || seconds! > 60) return undefined;
  const thisYear = new Date(nowMs).getUTCFullYear();
  let year = Number(parts.year);
  if (parts.year!.length === 2) {
    // Two digits mean the latest year that is not more than 50 years in the future.
    year += thisYear - (thisYear % CENTURY) + CENTURY;
    while (year > thisYear + CENTURY / 2) year -= CENTURY;
  }
  return Date.UTC(year, month, Number(parts.day), hours, minutes, seconds);
}

/**
 * How long a server asks to wait, in milliseconds: seconds or an HTTP-date (RFC 9110, section 10.2.3). Undefined where
 * the value is neither.
 */
export function retryAfterMs(value: string, nowMs: number): number | undefined {
  const text = value.trim();
  if (/^\d+$/.test(text)) return Number(text) * SECOND_MS;
  const date = parseHttpDate(text, nowMs);
  return date === undefined ? undefined : Math.max(0, date - nowMs);
}
