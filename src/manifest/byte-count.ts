import { closestOf } from '../util/index.js';
import type { Complaint } from './complaint.js';

/** Those of IEC 80000-13 first: of equally close ones, `Mi` means `MiB`. */
const UNITS: Readonly<Record<string, number>> = {
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
};
const MOST = 2 ** 40;

/** `500MB` → 500000000: a whole number of bytes, or of kB, MB, GB, KiB, MiB or GiB; from 1 byte to 1 TiB. */
export function parseByteCount(text: string): number | Complaint {
  const [, digits, unit = ''] = /^(0|[1-9][0-9]{0,15}) ?([a-z]*)$/i.exec(text) ?? [];
  const hint = 'Write a whole number and kB, MB, GB, KiB, MiB or GiB: 500MB.';
  if (digits === undefined) return { reason: 'which is no number of bytes', hint };
  const bytes = unit === '' ? 1 : Object.hasOwn(UNITS, unit) ? UNITS[unit] : undefined;
  if (bytes === undefined) {
    const meant = closestOf(unit, Object.keys(UNITS));
    return {
      reason: 'which has no known unit',
      hint: meant === undefined ? hint : `Did you mean "${digits}${meant}"?`,
    };
  }
  const count = Number(digits) * bytes;
  if (count === 0) return { reason: 'which is nothing', hint };
  return count > MOST ? { reason: 'which is more than 1 TiB', hint: 'Write a smaller number.' } : count;
}
