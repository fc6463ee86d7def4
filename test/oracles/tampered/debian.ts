import { makeKey } from '../../support/debian/signing.js';
import { type Effect, longBody, shortBody, wrongBody } from '../../support/registry/effects.js';
import { OTHER_DEB, type PinnedWorld, TOOL_DEB } from '../pinned-world.js';
import { body, changedPlatform, onWeb, type TamperedCase, type TamperedInput, wrongSize } from './tampered-input.js';

/** So that the indexes have to be read. */
const withoutPackages = changedPlatform(() => ({ debian: {} }));

const IN_RELEASE = 'debian/dists/stable/InRelease';
const inReleaseOf = ({ web }: PinnedWorld): string => web.files.get(IN_RELEASE)!.toString();
const BEGIN_SIGNATURE = '-----BEGIN PGP SIGNATURE-----';
const signatureOf = (inRelease: string): string => inRelease.slice(inRelease.indexOf(BEGIN_SIGNATURE));

const releaseCase = (
  title: string,
  tampered: (world: PinnedWorld) => Promise<Uint8Array | string> | Uint8Array | string,
  more: Partial<TamperedCase> = {},
): TamperedCase => ({
  title,
  lock: withoutPackages,
  tamper: async (world) => onWeb(IN_RELEASE, body(await tampered(world)))(world),
  code: 'signature-invalid',
  names: ['InRelease of stable at http://127.0.0.1:'],
  ...more,
});

const otherInRelease = async (world: PinnedWorld, options: Parameters<PinnedWorld['otherArchive']>[0]) =>
  (await world.otherArchive(options)).get('dists/stable/InRelease')!.toString();

export const inRelease: TamperedInput = {
  input: 'InRelease',
  cases: [
    releaseCase('one byte of the signed text', (world) => inReleaseOf(world).replace('Origin: Tests', 'Origin: Testz')),
    releaseCase('one bit, after which it is not text', (world) => {
      const bytes = Buffer.from(inReleaseOf(world));
      bytes[bytes.indexOf('Tests')]! ^= 0x80;
      return bytes;
    }),
    releaseCase('one byte of the signature', (world) => {
      const text = inReleaseOf(world);
      const at = text.lastIndexOf('\n=') - 10;
      return `${text.slice(0, at)}${text[at] === 'A' ? 'B' : 'A'}${text.slice(at + 1)}`;
    }),
    releaseCase('no signature', (world) =>
      inReleaseOf(world)
        .replace(/^-----BEGIN[\s\S]*?\n\n/, '')
        .replace(/-----BEGIN[\s\S]*/, ''),
    ),
    releaseCase('the signature of another text', async (world) => {
      const other = await otherInRelease(world, { release: { Origin: 'Other' } });
      return inReleaseOf(world).replace(/-----BEGIN PGP SIGNATURE[\s\S]*/, () => signatureOf(other));
    }),
    releaseCase('a key that is not in the keyring', async (world) => otherInRelease(world, { key: await makeKey() })),
    releaseCase(
      'an older one, of which Valid-Until has passed',
      (world) =>
        otherInRelease(world, {
          date: new Date('2024-06-01T00:00:00Z'),
          release: { 'Valid-Until': 'Sat, 08 Jun 2024 00:00:00 UTC' },
        }),
      {
        code: 'signature-invalid',
        names: ['InRelease of stable', 'valid until 2024-06-08T00:00:00Z only'],
      },
    ),
    releaseCase(
      'that of another suite',
      (world) => otherInRelease(world, { release: { Suite: 'oldstable', Codename: 'old' } }),
      { code: 'input-mismatch', names: ['InRelease of stable', 'it is of "oldstable", "old", not of "stable"'] },
    ),
  ],
};

const index = (form: string): string => `debian/dists/stable/main/binary-amd64/Packages${form}`;

/** The forms before it are not there. */
function packagesCase(form: string, title: string, effect: Effect, more: Partial<TamperedCase> = {}): TamperedCase {
  const forms = ['.xz', '.gz', ''];
  return {
    title: `Packages${form}: ${title}`,
    lock: withoutPackages,
    tamper: (world) => {
      for (const gone of forms.slice(0, forms.indexOf(form)))
        onWeb(index(gone), { instead: () => ({ status: 404 }) })(world);
      onWeb(index(form), effect)(world);
    },
    code: 'input-mismatch',
    names: [`index main/binary-amd64/Packages${form} of stable at`, `dists/stable/main/binary-amd64/Packages${form} `],
    ...more,
  };
}

export const packages: TamperedInput = {
  input: 'Packages',
  cases: [
    packagesCase('.xz', 'wrong bytes of the right size', wrongBody, { digests: true }),
    packagesCase('.xz', 'truncated', shortBody(), { names: wrongSize('\\d+ bytes') }),
    packagesCase('.xz', 'longer', longBody(), { names: wrongSize('\\d+ bytes') }),
    packagesCase('.gz', 'wrong bytes of the right size', wrongBody, { digests: true }),
    packagesCase('.gz', 'truncated', shortBody(), { names: wrongSize('\\d+ bytes') }),
    packagesCase('', 'wrong bytes of the right size', wrongBody, { digests: true }),
    packagesCase('', 'truncated', shortBody(), { names: wrongSize('\\d+ bytes') }),
  ],
};

const debCase = (
  title: string,
  effect: (world: PinnedWorld) => Effect,
  more: Partial<TamperedCase> = {},
): TamperedCase => ({
  title,
  tamper: (world) => onWeb(`debian/${TOOL_DEB}`, effect(world))(world),
  code: 'input-mismatch',
  names: ['package tool 1.0', TOOL_DEB],
  ...more,
});

const changedPackages = (changed: { readonly version?: string; readonly digest?: (digest: string) => string }) =>
  changedPlatform(({ debian }) => {
    const { request, packages: pins } = debian.packages!;
    const change = (pin: (typeof pins)[number]) => ({
      ...pin,
      version: changed.version ?? pin.version,
      digest: (changed.digest?.(pin.digest) ?? pin.digest) as typeof pin.digest,
    });
    return {
      debian: { packages: { request, packages: pins.map((pin) => (pin.name === 'tool' ? change(pin) : pin)) } },
    };
  });

export const deb: TamperedInput = {
  input: 'a package',
  cases: [
    debCase('one bit', () => wrongBody, { digests: true }),
    debCase('truncated', () => shortBody(), { names: wrongSize('\\d+ bytes') }),
    debCase('longer', () => longBody(), { names: wrongSize('\\d+ bytes') }),
    debCase('another package under its path', ({ web }) => body(web.files.get(`debian/${OTHER_DEB}`)!), {
      names: ['package tool 1.0', TOOL_DEB, /instead of/],
    }),
    {
      title: 'a signed index that says another version than the package itself',
      lock: withoutPackages,
      async tamper(world) {
        const lies = await world.otherArchive({ version: '2.0' });
        onWeb(/^\/debian\//, {
          instead: ({ path }) => {
            const lie = lies.get(path.slice('/debian/'.length));
            return lie === undefined ? { status: 404 } : { status: 200, body: lie };
          },
        })(world);
      },
      code: 'input-mismatch',
      names: [/tool_2\.0_amd64\.deb/, 'has the version "1.0", not "2.0"'],
    },
    {
      title: 'a lock that says another version than the package itself',
      lock: changedPackages({ version: '0.9' }),
      code: 'input-mismatch',
      names: [TOOL_DEB, 'has the version "1.0", not "0.9"'],
    },
  ],
};
