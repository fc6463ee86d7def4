import { closestOf } from '../util/index.js';
import type { Complaint } from './complaint.js';

/** Seconds. */
const UNITS: Readonly<Record<string, number>> = { s: 1, min: 60, h: 3600 };
/** What is written elsewhere. */
const OTHER_NAMES: Readonly<Record<string, string>> = { sec: 's', m: 'min', mins: 'min', hr: 'h', hrs: 'h' };
const MOST = 7 * 24 * 3600;

/** `10min` → 600: a whole number of seconds, or of s, min or h; from a second to a week. */
export function parseTimeSpan(text: string): number | Complaint {
  const [, digits, unit = ''] = /^(0|[1-9][0-9]{0,15}) ?([a-z]*)$/i.exec(text) ?? [];
  const hint = 'Write a whole number and s, min or h: 10min.';
  if (digits === undefined) return { reason: 'which is no span of time', hint };
  const seconds = unit === '' ? 1 : Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined;
  if (seconds === undefined) {
    const words = { ...OTHER_NAMES, seconds: 's', minutes: 'min', hours: 'h' };
    const near = closestOf(unit.toLowerCase(), [...Object.keys(UNITS), ...Object.keys(words)]);
    const meant = near === undefined ? undefined : (words[near as keyof typeof words] ?? near);
    return {
      reason: 'which has no known unit',
      hint: meant === undefined ? hint : `Did you mean "${digits}${meant}"?`,
    };
  }
  const span = Number(digits) * seconds;
  if (span === 0) return { reason: 'which is nothing', hint };
  return span > MOST ? { reason: 'which is more than a week', hint: 'Write a shorter time.' } : span;
}
