import { describe, expect, it } from 'vitest';
import { parseRelease } from '../../src/debian/index.js';
import { failureOf } from '../support/failure-of.js';

const [A, B] = ['a'.repeat(64), 'b'.repeat(64)];
const FIELDS: Readonly<Record<string, string>> = {
  Suite: 'stable',
  Codename: 'test',
  Date: 'Sat, 10 Jun 2023 08:53:33 UTC',
  Architectures: 'all amd64',
  Components: 'main contrib',
  MD5Sum: '\n 00 1 main/x',
  SHA256: `\n ${A}  12 main/binary-amd64/Packages\n ${B} 9 main/binary-amd64/Packages.xz`,
};

function release(changes: Readonly<Record<string, string | undefined>> = {}): string {
  const fields = Object.entries({ ...FIELDS, ...changes }).filter(([, value]) => value !== undefined);
  return fields.map(([name, value]) => `${name}: ${value}\n`).join('');
}

const parse = (changes: Readonly<Record<string, string | undefined>> = {}) => parseRelease(release(changes), 'Release');

describe('parseRelease', () => {
  it('reads what is of interest', () => {
    expect(parse({ 'Valid-Until': 'Sun,  2 Jul 2023 00:00:00 +0000', 'Acquire-By-Hash': 'yes' })).toMatchObject({
      suite: 'stable',
      codename: 'test',
      date: Date.UTC(2023, 5, 10, 8, 53, 33),
      validUntil: Date.UTC(2023, 6, 2),
      architectures: ['all', 'amd64'],
      components: ['main', 'contrib'],
      hasByHash: true,
      files: new Map([
        ['main/binary-amd64/Packages', { digest: `sha256:${A}`, size: 12 }],
        ['main/binary-amd64/Packages.xz', { digest: `sha256:${B}`, size: 9 }],
      ]),
    });
  });

  it('does without what need not be there', () => {
    const found = parse({ Suite: undefined, Codename: undefined });
    expect(found).toMatchObject({ suite: '', codename: '', hasByHash: false });
    expect(found.validUntil).toBeUndefined();
  });

  it.each([
    [{}, true],
    [{ 'No-Support-for-Architecture-all': 'Contents Packages' }, false],
    [{ 'No-Support-for-Architecture-all': 'Contents' }, true],
    [{ Architectures: 'amd64 arm64' }, false],
  ])('says whether packages for all architectures have indexes of their own: %j', (fields, expected) => {
    expect(parse(fields).hasSeparateAll).toBe(expected);
  });

  it('says whether its packages are only for those who ask for them', () => {
    expect(parse().isAutomatic).toBe(true);
    expect(parse({ NotAutomatic: 'yes', ButAutomaticUpgrades: 'yes' }).isAutomatic).toBe(false);
  });

  it('accepts a file that is listed twice and alike', () => {
    expect(parse({ SHA256: `\n ${A} 1 x\n ${A} 1 x` }).files.size).toBe(1);
  });

  const listed = (line: string) => `its SHA256 lists ${JSON.stringify(line)}, which is no hash, size and path`;
  it.each([
    [{ Date: undefined }, 'it has no field Date'],
    [{ Architectures: undefined }, 'it has no field Architectures'],
    [{ Components: '' }, 'it has no field Components'],
    [{ SHA256: undefined }, 'it has no field SHA256'],
    [{ Date: 'yesterday' }, 'its Date is "yesterday", which is no date'],
    [{ Date: 'Sat, 10 Jun 2023 08:53:33 CEST' }, 'its Date is "Sat, 10 Jun 2023 08:53:33 CEST", which is no date'],
    [{ Date: 'Sat, 10 Foo 2023 08:53:33 UTC' }, 'its Date is "Sat, 10 Foo 2023 08:53:33 UTC", which is no date'],
    [{ 'Valid-Until': '' }, 'its Valid-Until is "", which is no date'],
    [{ SHA256: `\n ${A} 12` }, listed(`${A} 12`)],
    [{ SHA256: `\n ${A.slice(1)} 12 x` }, listed(`${A.slice(1)} 12 x`)],
    [{ SHA256: `\n ${A.toUpperCase()} 12 x` }, listed(`${A.toUpperCase()} 12 x`)],
    [{ SHA256: `\n ${A} -1 x` }, listed(`${A} -1 x`)],
    [{ SHA256: `\n ${A} 1e3 x` }, listed(`${A} 1e3 x`)],
    [{ SHA256: `\n ${A} 1 ../x` }, listed(`${A} 1 ../x`)],
    [{ SHA256: `\n ${A} 1 a/../x` }, listed(`${A} 1 a/../x`)],
    [{ SHA256: `\n ${A} 1 /x` }, listed(`${A} 1 /x`)],
    [{ SHA256: `\n ${A} 1 a//x` }, listed(`${A} 1 a//x`)],
    [{ SHA256: `\n ${A} 1 x?y` }, listed(`${A} 1 x?y`)],
    [{ SHA256: `\n ${A} 1 x\n ${B} 1 x` }, 'its SHA256 lists "x" twice, and differently'],
    [{ SHA256: `\n ${A} 1 x\n ${A} 2 x` }, 'its SHA256 lists "x" twice, and differently'],
    [{ Components: 'main\n\nSuite: evil' }, 'it is not exactly one stanza of fields'],
  ])('refuses %j', async (changes, problem) => {
    const { code, message } = await failureOf(() => parse(changes));
    expect({ code, message }).toEqual({ code: 'release-invalid', message: `Release: ${problem}` });
  });

  it('refuses nothing at all', async () => {
    expect((await failureOf(() => parseRelease('', 'Release'))).message).toBe(
      'Release: it is not exactly one stanza of fields',
    );
  });
});
