import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { armor, enums, reformatKey, revokeKey } from 'openpgp';
import { beforeAll, describe, expect, it } from 'vitest';
import { type ReleaseCheck, verifyRelease } from '../../src/debian/index.js';
import { DEBIAN_KEYRING, realArchive } from '../support/debian/real-archive.js';
import { makeKey, makeRsaKey, type SigningKey, signOver, signText } from '../support/debian/signing.js';
import { failureOf } from '../support/failure-of.js';

const HASH = 'a'.repeat(64);
const RELEASE = `Suite: stable
Codename: test
Date: Wed, 01 Jan 2025 00:00:00 UTC
Valid-Until: Wed, 08 Jan 2025 00:00:00 UTC
Architectures: all amd64
Components: main
SHA256:
 ${HASH} 12 main/binary-amd64/Packages
`;
const SIGNED = new Date('2025-01-01T00:00:00Z');
const NOW = Date.parse('2025-01-02T00:00:00Z');
const what = 'InRelease of test';

let key: SigningKey;
let other: SigningKey;
let inRelease: string;

beforeAll(async () => {
  [key, other] = await Promise.all([makeKey(), makeKey()]);
  inRelease = await signText(RELEASE, { key, date: SIGNED });
});

const check = (changes: Partial<ReleaseCheck> = {}): ReleaseCheck => ({
  ...{ keyring: key.publicBytes, now: NOW, isSnapshot: false, suite: 'stable', what },
  ...changes,
});
const verify = (text: string, changes: Partial<ReleaseCheck> = {}) => verifyRelease(Buffer.from(text), check(changes));

describe('verifyRelease', () => {
  it('gives what was signed', async () => {
    const release = await verify(inRelease);
    expect(release).toMatchObject({ suite: 'stable', codename: 'test', date: SIGNED.getTime(), components: ['main'] });
    expect([...release.files]).toEqual([['main/binary-amd64/Packages', { digest: `sha256:${HASH}`, size: 12 }]]);
  });

  it('takes the codename for the suite', async () => {
    expect(await verify(inRelease, { suite: 'test' })).toMatchObject({ suite: 'stable' });
  });

  it('accepts line ends of other systems, which signatures do not cover', async () => {
    expect(await verify(inRelease.replaceAll('\n', '\r\n'))).toMatchObject({ suite: 'stable' });
  });

  it('undoes the escaping of dashes', async () => {
    const text = `${RELEASE}Description: x\n -----BEGIN PGP SIGNATURE-----\n`.replace('Suite', '-Suite');
    const signed = await signText(text, { key, date: SIGNED });
    expect(signed).toContain('- -Suite: stable');
    const { message } = await failureOf(verify(signed));
    expect(message).toBe('InRelease of test, line 1: "-Suite" is no name of a field');
  });

  it('needs one good signature of several, by any key of a keyring', async () => {
    const twice = await signText(RELEASE, { key: [other, key], date: SIGNED });
    const both = Buffer.concat([other.publicBytes, key.publicBytes]);
    for (const keyring of [key.publicBytes, other.publicBytes, both]) {
      expect(await verify(twice, { keyring })).toMatchObject({ suite: 'stable' });
    }
    expect(await verify(inRelease, { keyring: both })).toMatchObject({ suite: 'stable' });
  });

  it('reads armored keyrings, in one block or in several', async () => {
    const bytes = Buffer.concat([other.publicBytes, key.publicBytes]);
    const one = armor(enums.armor.publicKey, bytes);
    for (const keyring of [key.publicArmored, one, `# keys\n${other.publicArmored}\n${key.publicArmored}`]) {
      expect(await verify(inRelease, { keyring: Buffer.from(keyring) })).toMatchObject({ suite: 'stable' });
    }
  });

  it('does not trust a key that is not in the keyring', async () => {
    const { code, message, exit } = await failureOf(verify(inRelease, { keyring: other.publicBytes }));
    expect({ code, exit }).toEqual({ code: 'signature-invalid', exit: 4 });
    const id = key.key.getKeyID().toHex().toUpperCase();
    expect(message).toContain(`InRelease of test: no key of the keyring has signed it (key ${id}: `);
  });

  it.each([
    ['a hash', (text: string) => text.replace(HASH, `b${HASH.slice(1)}`)],
    ['a size', (text: string) => text.replace(' 12 ', ' 13 ')],
    ['the suite', (text: string) => text.replace('Suite: stable', 'Suite: stbale')],
    ['a line added', (text: string) => text.replace('Components', 'Label: x\nComponents')],
    ['a line left out', (text: string) => text.replace('Codename: test\n', '')],
  ])('refuses a text changed in %s', async (_, change) => {
    const { code, message } = await failureOf(verify(change(inRelease)));
    expect(code).toBe('signature-invalid');
    expect(message).toMatch(/^InRelease of test: no key of the keyring has signed it \(key [0-9A-F]{16}: /);
  });

  it.each([
    [
      'anything before the signed text',
      (text: string) => `Suite: evil\n\n${text}`,
      'it does not begin as a signed text does',
    ],
    ['an empty line before it', (text: string) => `\n${text}`, 'it does not begin as a signed text does'],
    ['a byte order mark', (text: string) => `\ufeff${text}`, 'it does not begin as a signed text does'],
    [
      'anything after the signature',
      (text: string) => `${text}Suite: evil\n`,
      'there is something after its signature',
    ],
    ['a second signed text', (text: string) => `${text}${text}`, 'there is something after its signature'],
    ['no signature', () => `-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n${RELEASE}`, 'it has no signature'],
    ['a text without a frame', () => RELEASE, 'it does not begin as a signed text does'],
    ['nothing', () => '', 'it does not begin as a signed text does'],
    [
      'an unknown header',
      (text: string) => text.replace('Hash: ', 'Suite: evil\nHash: '),
      'it has the header "Suite: evil"',
    ],
    [
      'a dash that is not escaped',
      (text: string) => text.replace('Suite: ', '-Suite: '),
      'its signed text has the line "-Suite: stable"',
    ],
    [
      'a frame in the text',
      (text: string) => text.replace('Suite: ', '-----BEGIN PGP SIGNED MESSAGE-----\nSuite: '),
      'its signed text has the line "-----BEGIN PGP SIGNED MESSAGE-----"',
    ],
    [
      'a line in the signature that is none',
      (text: string) => text.replace('-----END', 'Suite: evil\n-----END'),
      'its signature has the line "Suite: evil"',
    ],
  ])('refuses %s', async (_, change, problem) => {
    const { code, message } = await failureOf(verify(change(inRelease)));
    expect({ code, message }).toEqual({ code: 'signature-invalid', message: `${what}: ${problem}` });
  });

  it('refuses a damaged signature', async () => {
    const lines = inRelease.split('\n');
    const line = lines.indexOf('-----BEGIN PGP SIGNATURE-----') + 3;
    lines[line] = [...lines[line]!].reverse().join('');
    expect(await failureOf(verify(lines.join('\n')))).toMatchObject({ code: 'signature-invalid' });
  });

  it('refuses a signature over a weak hash, and accepts one over a strong one by the same key', async () => {
    const rsa = await makeRsaKey();
    const over = async (hash: 'sha1' | 'md5' | 'sha256' | 'sha512') =>
      verify(await signOver(hash, RELEASE, { key: rsa, date: SIGNED }), { keyring: rsa.publicBytes });
    for (const hash of ['sha256', 'sha512'] as const) expect(await over(hash)).toMatchObject({ suite: 'stable' });
    for (const hash of ['sha1', 'md5'] as const) {
      const { code, message } = await failureOf(over(hash));
      expect(code).toBe('signature-invalid');
      expect(message).toMatch(new RegExp(`Insecure (message )?hash algorithm: ${hash}`, 'i'));
    }
  });

  it('refuses a signature from the future', async () => {
    const signed = await signText(RELEASE, { key, date: new Date('2025-03-01T00:00:00Z') });
    expect((await failureOf(verify(signed))).message).toContain('Signature creation time is in the future');
  });

  it('refuses a key whose time was over when it signed, and accepts one whose time is over now', async () => {
    const days = 24 * 60 * 60;
    const shortened = async (lifetime: number): Promise<Uint8Array> => {
      const { privateKey } = await reformatKey({
        privateKey: key.key,
        userIDs: [{ name: 'Archive', email: 'archive@example.com' }],
        keyExpirationTime: lifetime,
        date: new Date('2024-01-01T00:00:00Z'),
        format: 'object',
      });
      return privateKey.toPublic().write();
    };
    const over = await shortened(100 * days);
    expect((await failureOf(verify(inRelease, { keyring: over }))).code).toBe('signature-invalid');
    const overNow = await shortened(367 * days); // until 2025-01-02
    expect(await verify(inRelease, { keyring: overNow, now: NOW + 2 * days * 1000 })).toMatchObject({
      suite: 'stable',
    });
  });

  it('refuses a key that was revoked', async () => {
    const { publicKey } = await revokeKey({ key: key.key, date: SIGNED, format: 'object' });
    const { message } = await failureOf(verify(inRelease, { keyring: publicKey.write() }));
    expect(message).toMatch(/revoked/);
  });

  it.each([
    ['nothing', ''],
    ['a text', 'hello\n'],
    [
      'a block of keys that is none',
      '-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nAAAA\n-----END PGP PUBLIC KEY BLOCK-----\n',
    ],
  ])('refuses a keyring that is %s', async (_, keyring) => {
    const { code, message } = await failureOf(verify(inRelease, { keyring: Buffer.from(keyring) }));
    expect(code).toBe('signature-invalid');
    expect(message).toMatch(/^InRelease of test: the keyring to verify it with (cannot be read: |holds no key)/);
  });

  it('refuses another suite than was asked for', async () => {
    const failure = await failureOf(verify(inRelease, { suite: 'bookworm' }));
    expect(failure).toMatchObject({ code: 'input-mismatch', details: { expected: 'bookworm', found: 'test' } });
    expect(failure.message).toBe('InRelease of test: it is of "stable", "test", not of "bookworm"');
  });

  it('refuses what is no longer valid, but not of a snapshot', async () => {
    const now = Date.parse('2025-01-08T00:00:01Z');
    const { code, message } = await failureOf(verify(inRelease, { now }));
    expect({ code, message }).toEqual({
      code: 'signature-invalid',
      message: 'InRelease of test: it was valid until 2025-01-08T00:00:00Z only',
    });
    expect(await verify(inRelease, { now, isSnapshot: true })).toMatchObject({ suite: 'stable' });
    expect(await verify(inRelease, { now: now - 1000 })).toMatchObject({ suite: 'stable' });
  });

  it('refuses what is not UTF-8, or too large', async () => {
    expect((await failureOf(verifyRelease(Buffer.from([0xff]), check()))).message).toBe(
      'InRelease of test: it is not UTF-8 text',
    );
    const large = await failureOf(verifyRelease(new Uint8Array(16 * 1024 * 1024 + 1), check()));
    expect(large.message).toBe('InRelease of test: it has more than 16777216 bytes');
  });

  it.skipIf(realArchive() === undefined)(
    'verifies the InRelease files of Debian with the keyring of Debian',
    async () => {
      const keyring = readFileSync(DEBIAN_KEYRING);
      const bytes = readFileSync(join(realArchive()!, 'dists/bookworm/InRelease'));
      const lists = '/var/lib/apt/lists';
      const names = readdirSync(lists).filter((name) => /^deb\.debian\.org_.*_InRelease$/.test(name));
      const found = names.map((name) => ({
        suite: /dists_(.*)_InRelease$/.exec(name)![1]!,
        bytes: readFileSync(join(lists, name)),
      }));
      for (const item of [{ suite: 'bookworm', bytes }, ...found]) {
        // Years later they are as good as on the day, in a snapshot.
        const settings = {
          keyring,
          now: Date.parse('2030-01-01T00:00:00Z'),
          isSnapshot: true,
          suite: item.suite,
          what,
        };
        const release = await verifyRelease(item.bytes, settings);
        expect(release.files.size).toBeGreaterThan(100);
        const changed = Buffer.from(item.bytes.toString('latin1').replace(/\d( +)(\d+) /, '0$1$2 '), 'latin1');
        expect(changed.equals(item.bytes)).toBe(false);
        expect(await failureOf(verifyRelease(changed, settings))).toMatchObject({ code: 'signature-invalid' });
      }
    },
  );
});
