import { fail, type TbuildError } from '../errors/index.js';
import { decodeUtf8 } from '../util/index.js';
import { checkSigned } from './check-signed.js';
import { parseClearSigned } from './clear-signed.js';
import { parseRelease, type Release } from './release.js';

export interface ReleaseCheck {
  /** Public keys, binary or armored; any of them may have signed. */
  readonly keyring: Uint8Array;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** A snapshot stays as it was: it may be older than it says it is good for. */
  readonly isSnapshot: boolean;
  /** The suite or codename that was asked for. */
  readonly suite: string;
  /** For messages: `InRelease of bookworm`. */
  readonly what: string;
}

const LIMIT_BYTES = 16 * 1024 * 1024;

/** As in Release files, without their weekday. */
const renderTime = (time: number): string => new Date(time).toISOString().replace('.000Z', 'Z');

function invalid(code: 'release-invalid' | 'signature-invalid', { what }: ReleaseCheck, problem: string): TbuildError {
  return fail(code, { message: `${what}: ${problem}`, details: { what } });
}

function checkRelease(release: Release, check: ReleaseCheck): void {
  const { suite, codename, validUntil } = release;
  if (check.suite !== suite && check.suite !== codename) {
    const found = [suite, codename].filter((name) => name !== '').map((name) => JSON.stringify(name));
    const problem = `it is of ${found.join(', ') || 'no suite'}, not of ${JSON.stringify(check.suite)}`;
    const details = { what: check.what, expected: check.suite, found: codename === '' ? suite : codename };
    throw fail('input-mismatch', { message: `${check.what}: ${problem}`, details });
  }
  if (!check.isSnapshot && validUntil !== undefined && validUntil < check.now) {
    const until = renderTime(validUntil);
    throw fail('signature-invalid', {
      message: `${check.what}: it was valid until ${until} only`,
      hint: 'The mirror is not kept up to date, or someone holds updates back. An old state of an archive is had with "snapshot".',
      details: { what: check.what, validUntil: until },
    });
  }
}

/**
 * Reads an InRelease file: clear-signed by a key of the keyring, of the suite that was asked for, and not too old. Only the
 * signed text is used.
 *
 * @throws TbuildError `signature-invalid`, `release-invalid`, and `input-mismatch` for another suite, naming what does not match
 */
export async function verifyRelease(inRelease: Uint8Array, check: ReleaseCheck): Promise<Release> {
  if (inRelease.length > LIMIT_BYTES) {
    throw invalid('release-invalid', check, `it has more than ${LIMIT_BYTES} bytes`);
  }
  const input = decodeUtf8(inRelease);
  if (input === undefined) throw invalid('signature-invalid', check, 'it is not UTF-8 text');
  const signed = parseClearSigned(input, check.what);
  await checkSigned(signed, check);
  const release = parseRelease(signed.text, check.what);
  checkRelease(release, check);
  return release;
}
