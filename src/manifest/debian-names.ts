import type { Complaint } from './complaint.js';
import { parseCreated } from './created.js';

/** Debian Policy 5.6.7, which refers to 5.6.1. */
const PACKAGE = /^[a-z0-9][a-z0-9+.-]{1,127}$/;
/** Debian Policy 5.6.12: epoch, upstream version, and revision, which is not empty where there is a hyphen. */
const VERSION = /^(?:[0-9]{1,10}:)?[0-9](?:[A-Za-z0-9.+~-]{0,127}[A-Za-z0-9.+~])?$/;
/** A name that is safe in the path of a URL: never `.` or `..`. */
const PIECE = /^[A-Za-z0-9][A-Za-z0-9_.+~-]{0,127}$/;

const arePieces = (text: string): boolean => text.split('/').every((piece) => PIECE.test(piece));

export function checkPackageName(text: string): Complaint | undefined {
  if (PACKAGE.test(text)) return undefined;
  const lower = text.toLowerCase();
  const rule = 'It is lower-case letters, digits, "+", "-" and ".", two or more, the first a letter or digit.';
  const hint = PACKAGE.test(lower) ? `Did you mean ${JSON.stringify(lower)}?` : rule;
  return { reason: 'which is not the name of a package', hint };
}

/** What apt or a control file would write behind the name. */
function otherNotation(text: string): Complaint | undefined {
  const [, name, mark] = /^([a-z0-9+.-]+)\s*([:/(<>=~])/.exec(text) ?? [];
  if (name === undefined || mark === '=') return undefined;
  if (mark === ':') {
    return {
      reason: 'which names an architecture',
      hint: `The platform of the image says which: ${JSON.stringify(name)}.`,
    };
  }
  if (mark === '/')
    return { reason: 'which names a suite', hint: 'Put the suite into sources, and the version behind "=".' };
  const hint = `Ask for one version, "${name}=VERSION", or for the newest, ${JSON.stringify(name)}.`;
  return { reason: 'which asks for a range of versions', hint };
}

/** `libssl3=3.0.15-1~deb12u1` → its name and version. */
export function parsePackageRequest(
  text: string,
): { readonly name: string; readonly version: string | undefined } | Complaint {
  const other = otherNotation(text);
  if (other !== undefined) return other;
  const equals = text.indexOf('=');
  const name = equals < 0 ? text : text.slice(0, equals);
  const complaint = checkPackageName(name);
  if (complaint !== undefined) return complaint;
  if (equals < 0) return { name, version: undefined };
  const version = text.slice(equals + 1);
  if (VERSION.test(version)) return { name, version };
  const hint =
    'A version begins with a digit: letters, digits, ".", "+", "-" and "~", perhaps after an epoch: 1:2.0-1.';
  return { reason: 'which has no version of Debian behind "="', hint };
}

export function checkSuite(text: string): Complaint | undefined {
  if (text.endsWith('/')) {
    const hint = 'Only archives with /dists/SUITE/ are supported; write the name of a suite: bookworm.';
    return { reason: 'which ends in "/" and so means an archive without suites', hint };
  }
  if (arePieces(text)) return undefined;
  const hint = 'Write it as it stands behind /dists/ in the archive: bookworm, bookworm-security.';
  return { reason: 'which is not the name of a suite', hint };
}

export function checkComponent(text: string): Complaint | undefined {
  if (arePieces(text)) return undefined;
  const words = text.split(/[\s,]+/).filter((word) => word !== '');
  const areNames = words.length > 1 && words.every(arePieces);
  const hint = areNames
    ? `Make each an item of the list: [${words.join(', ')}].`
    : 'Write main, contrib, non-free or non-free-firmware.';
  return { reason: 'which is not the name of a component', hint };
}

/** A time as snapshot.debian.org names its states: `20250520T000000Z`. */
export function checkSnapshot(text: string): Complaint | undefined {
  const [, year, month, day, hour = '00', minute = '00', second = '00'] =
    /^(\d{4})-?(\d\d)-?(\d\d)(?:[Tt ](\d\d):?(\d\d):?(\d\d)[Zz]?)?$/.exec(text) ?? [];
  const time = `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
  const usual = { reason: 'which is not a time', hint: 'Write a time in UTC like 20250520T000000Z.' };
  if (year === undefined || typeof parseCreated(time) !== 'number') return usual;
  const meant = time.replace(/[:-]/g, '');
  return text === meant ? undefined : { ...usual, hint: `Did you mean "${meant}"?` };
}
