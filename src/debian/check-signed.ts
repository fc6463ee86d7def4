import type { Key, VerifyMessageResult } from 'openpgp';
import { fail, TbuildError } from '../errors/index.js';
import type { ClearSigned } from './clear-signed.js';

export interface SignatureCheck {
  /** Public keys, binary or armored. */
  readonly keyring: Uint8Array;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** For messages: `InRelease of bookworm`. */
  readonly what: string;
}

type OpenPgp = typeof import('openpgp');
type VerificationResult = VerifyMessageResult['signatures'][number];

const ARMOR = '-----BEGIN PGP PUBLIC KEY BLOCK-----';

function invalid({ what }: SignatureCheck, problem: string, hint?: string): TbuildError {
  return fail('signature-invalid', { message: `${what}: ${problem}`, hint, details: { what } });
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Keys of a file: binary, or armored in one block or several. */
async function readKeyring(openpgp: OpenPgp, check: SignatureCheck): Promise<readonly Key[]> {
  const text = Buffer.from(check.keyring).toString('latin1');
  const blocks = text.split(ARMOR).slice(1);
  try {
    if (blocks.length === 0) return await openpgp.readKeys({ binaryKeys: check.keyring });
    const keys = await Promise.all(blocks.map((block) => openpgp.readKeys({ armoredKeys: `${ARMOR}${block}` })));
    return keys.flat();
  } catch (error) {
    throw invalid(check, `the keyring to verify it with cannot be read: ${messageOf(error)}`);
  }
}

/** What is wrong with a signature; undefined where it is good. */
async function problemOf({ verified, keyID }: VerificationResult): Promise<string | undefined> {
  try {
    await verified;
    return undefined;
  } catch (error) {
    return `key ${keyID.toHex().toUpperCase()}: ${messageOf(error)}`;
  }
}

/**
 * Verifies that a key of the keyring signed the text: one good signature is enough. A key must have been valid when it
 * signed; MD5, RIPEMD-160, SHA-1 and RSA below 2048 bits are no signatures.
 *
 * @throws TbuildError `signature-invalid`
 */
export async function checkSigned({ message, text }: ClearSigned, check: SignatureCheck): Promise<void> {
  const openpgp = await import('openpgp');
  const { md5, ripemd, sha1 } = openpgp.enums.hash;
  const config = {
    rejectHashAlgorithms: new Set([md5, ripemd]),
    rejectMessageHashAlgorithms: new Set([md5, ripemd, sha1]),
    minRSABits: 2047, // a key of 2048 bits whose first one is 0
    allowInsecureVerificationWithReformattedKeys: false,
  };
  const verificationKeys = [...(await readKeyring(openpgp, check))];
  if (verificationKeys.length === 0) throw invalid(check, 'the keyring to verify it with holds no key');
  let results: readonly VerificationResult[];
  try {
    const parsed = await openpgp.readCleartextMessage({ cleartextMessage: message, config });
    if (parsed.getText() !== text) throw invalid(check, 'its signed text can be read in more than one way');
    const verified = await openpgp.verify({ message: parsed, verificationKeys, date: new Date(check.now), config });
    results = verified.signatures;
  } catch (error) {
    if (error instanceof TbuildError) throw error;
    throw invalid(check, `its signature cannot be read: ${messageOf(error)}`);
  }
  const problems = await Promise.all(results.map(problemOf));
  if (problems.some((problem) => problem === undefined)) return;
  const hint =
    'The file was changed, or it is signed with a key that the keyring does not hold. Give its key with "keyring".';
  throw invalid(check, `no key of the keyring has signed it (${problems.join('; ') || 'there is no signature'})`, hint);
}
