/**
 * deb-version(7): `[epoch:]upstream-version[-debian-revision]`, with a colon only after an epoch and none in the revision, neither of
 * which may be empty. It must begin with a letter or digit; dpkg complains where it is no digit.
 */
const VERSION = /^(?!.*-[^-]*:[^-]*$)(?:\d{1,9}:[A-Za-z0-9][A-Za-z0-9.+~:-]*|[A-Za-z0-9][A-Za-z0-9.+~-]*)(?<!-)$/;
const VERSION_MAX = 256;

export function isVersion(text: string): boolean {
  return text.length <= VERSION_MAX && VERSION.test(text);
}

const isDigit = (code: number): boolean => code >= 0x30 && code <= 0x39;

/** What a character of a part without digits counts: a tilde sorts before the end, letters before all others. */
function weight(code: number): number {
  if (Number.isNaN(code) || isDigit(code)) return 0; // the part ends here
  if (code === 0x7e) return -1;
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a) ? code : code + 256;
}

function skipZeros(text: string, from: number): number {
  let at = from;
  while (text.charCodeAt(at) === 0x30) at++;
  return at;
}

function digitsEnd(text: string, from: number): number {
  let at = from;
  while (isDigit(text.charCodeAt(at))) at++;
  return at;
}

/** Upstream versions or revisions: parts without digits and numbers in turn. */
function compareParts(a: string, b: string): number {
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    for (;;) {
      const [left, right] = [weight(a.charCodeAt(i)), weight(b.charCodeAt(j))];
      if (left !== right) return left - right;
      if (left === 0) break;
      i++;
      j++;
    }
    const [fromA, fromB] = [skipZeros(a, i), skipZeros(b, j)];
    i = digitsEnd(a, fromA);
    j = digitsEnd(b, fromB);
    if (i - fromA !== j - fromB) return i - fromA - (j - fromB);
    const [left, right] = [a.slice(fromA, i), b.slice(fromB, j)];
    if (left !== right) return left < right ? -1 : 1;
  }
  return 0;
}

interface VersionParts {
  readonly epoch: number;
  readonly upstream: string;
  readonly revision: string;
}

function partsOf(version: string): VersionParts {
  const colon = version.indexOf(':');
  const rest = version.slice(colon + 1);
  const hyphen = rest.lastIndexOf('-');
  return {
    epoch: colon < 0 ? 0 : Number(version.slice(0, colon)),
    upstream: hyphen < 0 ? rest : rest.slice(0, hyphen),
    revision: hyphen < 0 ? '' : rest.slice(hyphen + 1),
  };
}

/**
 * Orders two versions (`isVersion`) as dpkg does: deb-version(7), "Sorting algorithm". Versions that are written otherwise may
 * be equal: `1.0` and `1.00`, `1` and `1-0`.
 *
 * @returns negative, zero or positive, as `Array.prototype.sort` wants
 */
export function compareVersions(a: string, b: string): number {
  if (a === b) return 0;
  const [left, right] = [partsOf(a), partsOf(b)];
  return (
    left.epoch - right.epoch ||
    compareParts(left.upstream, right.upstream) ||
    compareParts(left.revision, right.revision)
  );
}
