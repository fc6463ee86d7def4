import type { Complaint } from './complaint.js';

/** 9999-12-31T23:59:59Z: RFC 3339 has four digits for the year. */
const LATEST = 253_402_300_799;

const RFC3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.0+)?(?:[Zz]|([+-])(\d\d):(\d\d))$/;

function daysOf(year: number, month: number): number {
  return new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
}

/** Seconds since 1970 of a time as in RFC 3339, 5.6, with whole seconds; undefined where it is none. */
function secondsOf(text: string): number | undefined {
  const match = RFC3339.exec(text);
  if (match === null) return undefined;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    ...number[],
  ];
  if (month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return undefined;
  if (hour! > 23 || minute! > 59 || second! > 59) return undefined;
  const [offsetHours, offsetMinutes] = [Number(match[8] ?? 0), Number(match[9] ?? 0)];
  if (offsetHours > 23 || offsetMinutes > 59) return undefined;
  const offset = (match[7] === '-' ? -1 : 1) * (offsetHours * 3600 + offsetMinutes * 60);
  // Years below 100 mean others to Date.UTC, and 400 years always have as many days.
  const time = Date.UTC(year + 400, month - 1, day, hour, minute, second) / 1000;
  return time - 146_097 * 86_400 - offset;
}

/** `git`, or seconds since 1970 of a text; a complaint where it is neither. */
export function parseCreated(text: string): 'git' | number | Complaint {
  if (text === 'git') return 'git';
  const seconds = /^(0|[1-9][0-9]{0,11})$/.test(text) ? Number(text) : secondsOf(text);
  const hint = 'Write seconds since 1970, a time like 2026-01-31T12:00:00Z, or git.';
  if (seconds === undefined) return { reason: 'which is not a time', hint };
  if (seconds < 0) return { reason: 'which is before 1970', hint };
  return seconds > LATEST ? { reason: 'which is after the year 9999', hint } : seconds;
}

export function checkCreated(text: string): Complaint | undefined {
  const created = parseCreated(text);
  return typeof created === 'object' ? created : undefined;
}
