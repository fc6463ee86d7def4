import { fail, type TbuildError } from '../errors/index.js';
import { type Digest, isDigest } from '../oci/index.js';
import { parseControl, type Stanza } from './control.js';

/** The index of one suite of an archive (Debian repository format, "Release files"). */
export interface Release {
  /** `oldstable`; empty where it has none. */
  readonly suite: string;
  /** `bookworm`; empty where it has none. */
  readonly codename: string;
  /** Milliseconds since the epoch. */
  readonly date: number;
  /** Milliseconds since the epoch; from then on it is too old to be used. */
  readonly validUntil?: number;
  readonly architectures: readonly string[];
  readonly components: readonly string[];
  /** Files are also below `by-hash/SHA256/` in their directory, so that a change of the archive leaves those of this index. */
  readonly hasByHash: boolean;
  /** Packages for all architectures are in the indexes of `binary-all`, and perhaps only there. */
  readonly hasSeparateAll: boolean;
  /** False for an archive like backports, whose packages are only for those who ask for them. */
  readonly isAutomatic: boolean;
  /** By path relative to the Release file: `main/binary-amd64/Packages.xz`. */
  readonly files: ReadonlyMap<string, ReleaseFile>;
}

export interface ReleaseFile {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

/** `Sat, 10 Jun 2023 08:53:33 UTC`: RFC 2822 with one zone; `+0000` and `GMT` are the same. */
const DATE = /^[A-Z][a-z]{2}, {1,2}(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) (?:UTC|GMT|Z|\+0000)$/;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const FILE_LINE = /^ *([0-9a-f]{64}) +([0-9]{1,12}) +([A-Za-z0-9][A-Za-z0-9+._~:/-]{0,1000})$/;
const LEAVES_ITS_PLACE = /(?:^|\/)\.{1,2}(?:\/|$)|\/\/|\/$/;

function invalid(what: string, problem: string): TbuildError {
  return fail('release-invalid', { message: `${what}: ${problem}`, details: { what } });
}

function parseDate(text: string, field: string, what: string): number {
  const [, day, month, year, hour, minute, second] = DATE.exec(text) ?? [];
  const monthNumber = MONTHS.indexOf(month ?? '');
  if (monthNumber < 0) throw invalid(what, `its ${field} is ${JSON.stringify(text.slice(0, 80))}, which is no date`);
  return Date.UTC(Number(year), monthNumber, Number(day), Number(hour), Number(minute), Number(second));
}

function parseFiles(text: string, what: string): ReadonlyMap<string, ReleaseFile> {
  const files = new Map<string, ReleaseFile>();
  for (const line of text.split('\n').slice(1)) {
    const [, hash, size, path] = FILE_LINE.exec(line) ?? [];
    const digest = `sha256:${hash}`;
    if (path === undefined || !isDigest(digest) || LEAVES_ITS_PLACE.test(path)) {
      throw invalid(
        what,
        `its SHA256 lists ${JSON.stringify(line.trim().slice(0, 200))}, which is no hash, size and path`,
      );
    }
    const file = { digest, size: Number(size) };
    const other = files.get(path) ?? file;
    if (other.digest !== digest || other.size !== file.size) {
      throw invalid(what, `its SHA256 lists ${JSON.stringify(path)} twice, and differently`);
    }
    files.set(path, file);
  }
  return files;
}

function need(stanza: Stanza, field: string, what: string): string {
  const value = stanza.get(field.toLowerCase());
  if (value === undefined || value === '') throw invalid(what, `it has no field ${field}`);
  return value;
}

const wordsOf = (text: string): readonly string[] => text.split(/\s+/).filter((word) => word !== '');

/**
 * As apt has it: only an archive that lists `all` as an architecture has such indexes to be used. Others may list files of
 * that name, as that of Debian's security updates does, and not even keep them.
 */
function hasSeparateAll(architectures: readonly string[], stanza: Stanza): boolean {
  const without = wordsOf(stanza.get('no-support-for-architecture-all') ?? '');
  return architectures.includes('all') && !without.includes('Packages');
}

/**
 * A Release file, or the signed text of an InRelease file.
 *
 * @param what for messages: `InRelease of bookworm`
 * @throws TbuildError `release-invalid`
 */
export function parseRelease(text: string, what: string): Release {
  const [stanza, more] = parseControl(text, { what, code: 'release-invalid' });
  if (stanza === undefined || more !== undefined) throw invalid(what, 'it is not exactly one stanza of fields');
  const validUntil = stanza.get('valid-until');
  const architectures = wordsOf(need(stanza, 'Architectures', what));
  return {
    suite: stanza.get('suite') ?? '',
    codename: stanza.get('codename') ?? '',
    date: parseDate(need(stanza, 'Date', what), 'Date', what),
    ...(validUntil !== undefined && { validUntil: parseDate(validUntil, 'Valid-Until', what) }),
    architectures,
    components: wordsOf(need(stanza, 'Components', what)),
    hasByHash: stanza.get('acquire-by-hash') === 'yes',
    hasSeparateAll: hasSeparateAll(architectures, stanza),
    isAutomatic: stanza.get('notautomatic') !== 'yes',
    files: parseFiles(need(stanza, 'SHA256', what), what),
  };
}
