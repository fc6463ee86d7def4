import { type ImageLock, type ImagePin, type PlatformLock, renderLock } from '../../../src/lock/index.js';
import type { Digest } from '../../../src/oci/index.js';
import { changedPlatform, type TamperedCase, type TamperedInput } from './tampered-input.js';

/** One bit of the last digit. */
const flipped = (digest: Digest): Digest =>
  (digest.slice(0, -1) + (Number.parseInt(digest.at(-1)!, 16) ^ 1).toString(16)) as Digest;
const flippedIn = <T extends { readonly digest: Digest }>(pin: T): T => ({ ...pin, digest: flipped(pin.digest) });

const only = <T>(map: Readonly<Record<string, T>>, change: (value: T) => T): Readonly<Record<string, T>> =>
  Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));

const lockCase = (
  title: string,
  lock: (honest: ImageLock) => ImageLock | Uint8Array,
  more: Pick<TamperedCase, 'code' | 'names'> & Partial<TamperedCase>,
): TamperedCase => ({ title, lock, ...more });

const fetchCase = (name: string): TamperedCase =>
  lockCase(
    `the digest of ${name}`,
    (honest) => ({
      ...honest,
      fetches: Object.fromEntries(
        Object.entries(honest.fetches).map(([url, pin]) => [url, url.endsWith(name) ? flippedIn(pin) : pin]),
      ),
    }),
    { code: 'input-mismatch', names: [name], digests: true },
  );

type ImageChange = (pin: ImagePin) => ImagePin;

const CHANGES: Readonly<Record<'config' | 'layer', ImageChange>> = {
  config: (pin) => ({ ...pin, config: flippedIn(pin.config) }),
  layer: (pin) => ({ ...pin, layers: pin.layers.map(flippedIn) }),
};
const manifestChange: ImageChange = (pin) => ({ ...pin, manifest: flippedIn(pin.manifest) });

const ofImage = (name: 'base' | 'donor', change: ImageChange) =>
  changedPlatform(
    ({ base, images }: PlatformLock): Partial<PlatformLock> =>
      name === 'base' ? { base: change(base!) } : { images: only(images, change) },
  );

const conflict = (honest: ImageLock): Uint8Array => {
  const lines = Buffer.from(renderLock(honest)).toString().split('\n');
  const ours = lines[2]!;
  const theirs = ours.replace(/[0-9a-f]{8}(?=" *, "size)/, '01234567');
  return Buffer.from(
    [...lines.slice(0, 2), '<<<<<<< HEAD', ours, '=======', theirs, '>>>>>>> branch', ...lines.slice(3)].join('\n'),
  );
};

export const lockItself: TamperedInput = {
  input: 'the lock',
  cases: [
    fetchCase('tool.bin'),
    fetchCase('tool.tar.gz'),
    lockCase(
      'the digest of a package',
      changedPlatform(({ debian }) => ({
        debian: only(debian, (pin) => ({ ...pin, packages: pin.packages.map(flippedIn) })),
      })),
      { code: 'input-mismatch', names: [/package \w+ 1\.0/], digests: true },
    ),
    lockCase(
      'the digest of a request for packages, where nothing may be looked up',
      changedPlatform(({ debian }) => ({
        debian: only(debian, (pin) => ({ ...pin, request: flipped(pin.request) })),
      })),
      { args: ['--frozen'], code: 'pin-stale', names: ['packages'] },
    ),
    ...(['base', 'donor'] as const).flatMap((name) => [
      lockCase(`the digest of the manifest of ${name}`, ofImage(name, manifestChange), {
        status: 1,
        why: 'nobody has bytes that could be compared: to the registry it is an image that was deleted',
        code: name === 'base' ? 'base-missing' : 'image-missing',
        names: [name],
      }),
      ...(['config', 'layer'] as const).map((part) =>
        lockCase(`the digest of the ${part} of ${name}`, ofImage(name, CHANGES[part]), {
          code: 'input-mismatch',
          names: [name, part],
          digests: true,
        }),
      ),
    ]),
    lockCase('a merge that is not resolved', conflict, {
      status: 65,
      why: 'it is no lock at all',
      code: 'lock-invalid',
      names: ['"image.lock.json" holds a merge that is not resolved'],
    }),
  ],
};
