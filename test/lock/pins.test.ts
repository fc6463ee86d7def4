import { describe, expect, it } from 'vitest';
import type { SourceSpan } from '../../src/errors/index.js';
import {
  type ImageLock,
  openPins,
  type PackagesPin,
  type PinOptions,
  type Pins,
  type PlatformLock,
  parseLock,
  renderLock,
  type WantedImage,
  type WantedPackages,
} from '../../src/lock/index.js';
import { digestOf } from '../../src/oci/index.js';
import { failureOf } from '../support/failure-of.js';
import { emptyLock, FILE, filePin, imagePin, packagesPin } from './support.js';

const AMD64 = 'linux/amd64';
const ARM64 = 'linux/arm64';
const URL_A = 'https://example.com/a';
const at: SourceSpan = { file: 'image.yaml', line: 3, column: 7, length: 9 };

const open = (lock: ImageLock | undefined, more: Partial<PinOptions> = {}): Pins =>
  openPins({ lock, file: FILE, isFrozen: false, update: 'none', ...more });
const wanted = (text: string, isExact = false): WantedImage => ({
  text,
  reference: `docker://docker.io/library/${text}`,
  at,
  isExact,
});
const content = (layer: string, request: string, position = 0): WantedPackages => ({
  layer,
  position,
  request: digestOf(request),
  at,
});
const lockOf = (platform: Partial<PlatformLock>, more: Partial<ImageLock> = {}): ImageLock => ({
  ...emptyLock,
  platforms: { [AMD64]: { images: {}, debian: {}, ...platform } },
  ...more,
});
const namesOf = ({ packages }: Pick<PackagesPin, 'packages'>) =>
  packages.map(({ name, version }) => `${name} ${version}`);
const heldBy = (pins: Pins, asked: WantedPackages) => {
  const { pin, held } = pins.forPlatform(AMD64).debian(asked);
  return { pin: pin && namesOf(pin), held: namesOf({ packages: held }) };
};

const debian12 = imagePin('debian:12');
const busybox = imagePin('busybox:1.36');
const key = busybox.reference;

describe('a build without a lock', () => {
  it('finds every pin, and then has one', () => {
    const pins = open(undefined);
    const platform = pins.forPlatform(AMD64);
    expect(pins.fetch(URL_A, at)).toBeUndefined();
    expect(platform.base(wanted('debian:12'))).toBeUndefined();
    expect(platform.image(wanted('busybox:1.36'))).toBeUndefined();
    expect(platform.debian(content('web', 'r'))).toEqual({ pin: undefined, held: [] });
    pins.setFetch(URL_A, filePin('a'));
    platform.setBase(wanted('debian:12'), debian12);
    platform.setImage(wanted('busybox:1.36'), busybox);
    platform.setDebian(content('web', 'r'), packagesPin('r', { nginx: '1', libc6: '2' }));
    const { lock, changes, isNeeded } = pins.finish();
    expect(isNeeded).toBe(true);
    expect(lock).toEqual(
      lockOf(
        { base: debian12, images: { [key]: busybox }, debian: { web: packagesPin('r', { libc6: '2', nginx: '1' }) } },
        { fetches: { [URL_A]: filePin('a') } },
      ),
    );
    expect(parseLock(renderLock(lock), { file: FILE })).toEqual(lock);
    expect(changes).toEqual([
      { change: 'added', what: 'base debian:12', before: null, after: debian12.manifest.digest },
      { change: 'added', what: `fetch ${URL_A}`, before: null, after: filePin('a').digest },
      { change: 'added', what: 'image busybox:1.36', before: null, after: busybox.manifest.digest },
      { change: 'added', what: 'package libc6', before: null, after: '2' },
      { change: 'added', what: 'package nginx', before: null, after: '1' },
    ]);
  });

  it('gives what it found to whoever asks later', () => {
    const pins = open(undefined);
    const platform = pins.forPlatform(AMD64);
    pins.setFetch(URL_A, filePin('a'));
    platform.setImage(wanted('busybox:1.36'), busybox);
    platform.setDebian(content('web', 'r'), packagesPin('r', { nginx: '1' }));
    expect(pins.fetch(URL_A, at)).toEqual(filePin('a'));
    expect(pins.forPlatform(AMD64).image(wanted('busybox:1.36'))).toEqual(busybox);
    expect(heldBy(pins, content('web', 'r'))).toEqual({ pin: ['nginx 1'], held: [] });
    expect(pins.forPlatform(ARM64).image(wanted('busybox:1.36'))).toBeUndefined();
  });

  it('needs none where nothing has a pin', () => {
    const pins = open(undefined);
    pins.forPlatform(AMD64);
    expect(pins.finish()).toEqual({ lock: emptyLock, changes: [], isNeeded: false });
  });

  it('fails where one thing was found in two states', async () => {
    const pins = open(undefined);
    pins.setFetch(URL_A, filePin('a'));
    pins.setFetch(URL_A, filePin('a'));
    const { code, message } = await failureOf(() => pins.setFetch(URL_A, filePin('b')));
    expect(code).toBe('input-changed');
    expect(message).toBe(
      `One build found two states of fetch "${URL_A}": ${filePin('a').digest} and ${filePin('b').digest}`,
    );
  });

  it('may say more of an image that it found before', () => {
    const pins = open(undefined);
    const tree = { etc: ['directory', '0755', '0:0'] };
    const platform = pins.forPlatform(AMD64);
    platform.setBase(wanted('debian:12'), debian12);
    platform.setBase(wanted('debian:12'), { ...debian12, tree });
    expect(pins.finish().lock.platforms[AMD64]!.base).toEqual({ ...debian12, tree });
  });
});

describe('a build with a lock', () => {
  const lock = lockOf(
    { base: debian12, images: { [key]: busybox }, debian: { web: packagesPin('r', { libc6: '2', nginx: '1' }) } },
    { fetches: { [URL_A]: filePin('a') } },
  );
  const askAll = (pins: Pins) => [
    pins.fetch(URL_A, at),
    pins.forPlatform(AMD64).base(wanted('debian:12')),
    pins.forPlatform(AMD64).image(wanted('busybox:1.36')),
    pins.forPlatform(AMD64).debian(content('web', 'r')).pin,
  ];
  const all = [filePin('a'), debian12, busybox, packagesPin('r', { libc6: '2', nginx: '1' })];

  it.each([true, false])('keeps what it asks for (frozen: %s)', (isFrozen) => {
    const pins = open(lock, { isFrozen });
    expect(askAll(pins)).toEqual(all);
    expect(askAll(pins)).toEqual(all);
    expect(pins.finish()).toEqual({ lock, changes: [], isNeeded: true });
  });

  it('drops what it did not ask for, and says what that was', () => {
    const pins = open(lock);
    pins.forPlatform(AMD64).base(wanted('debian:12'));
    const { lock: after, changes } = pins.finish();
    expect(after).toEqual(lockOf({ base: debian12 }));
    expect(changes).toEqual([
      { change: 'removed', what: `fetch ${URL_A}`, before: filePin('a').digest, after: null },
      { change: 'removed', what: `image ${key}`, before: busybox.manifest.digest, after: null },
      { change: 'removed', what: 'package libc6', before: '2', after: null },
      { change: 'removed', what: 'package nginx', before: '1', after: null },
    ]);
  });

  it('is left with an empty one where it asks for nothing', () => {
    expect(open(lock).finish()).toMatchObject({ lock: emptyLock, isNeeded: true });
  });

  it('keeps what stands under a name that all objects have', () => {
    const images = { constructor: busybox } as unknown as PlatformLock['images'];
    const pins = open({ ...lock, platforms: { [AMD64]: { images, debian: {} } } });
    expect(pins.forPlatform('toString').image(wanted('x'))).toBeUndefined();
    expect(pins.fetch('constructor', at)).toBeUndefined();
    expect(pins.forPlatform(AMD64).debian(content('valueOf', 'r')).pin).toBeUndefined();
  });

  it('finds a base anew whose reference is another one', () => {
    const pins = open(lock);
    const platform = pins.forPlatform(AMD64);
    const debian13 = imagePin('debian:13');
    expect(platform.base(wanted('debian:13'))).toBeUndefined();
    platform.setBase(wanted('debian:13'), debian13);
    const { lock: after, changes } = pins.finish();
    expect(after.platforms[AMD64]!.base).toEqual(debian13);
    expect(changes.slice(0, 2)).toEqual([
      { change: 'added', what: 'base debian:13', before: null, after: debian13.manifest.digest },
      {
        change: 'removed',
        what: 'base docker://docker.io/library/debian:12',
        before: debian12.manifest.digest,
        after: null,
      },
    ]);
  });
});

describe('a frozen build', () => {
  const ask: Readonly<Record<string, (pins: Pins) => unknown>> = {
    fetch: (pins) => pins.fetch(URL_A, at),
    base: (pins) => pins.forPlatform(AMD64).base(wanted('debian:12')),
    image: (pins) => pins.forPlatform(AMD64).image(wanted('busybox:1.36')),
    debian: (pins) => pins.forPlatform(AMD64).debian(content('web', 'r')),
  };
  const hint = 'Run "tbuild plan" without --frozen, outside of CI, and commit "image.lock.json".';

  it.each([
    ['fetch', `fetch "${URL_A}"`, ''],
    ['base', 'base "debian:12"', ` for ${AMD64}`],
    ['image', 'image "busybox:1.36"', ` for ${AMD64}`],
    ['debian', 'the packages of layer "web"', ` for ${AMD64}`],
  ])('says which pin is missing: %s', async (kind, pin, platform) => {
    const missing = { code: 'pin-missing', exit: 4, hint, at };
    const withLock = await failureOf(() => ask[kind]!(open(emptyLock, { isFrozen: true })));
    expect(withLock).toMatchObject({ ...missing, message: `"image.lock.json" has no pin of ${pin}${platform}` });
    expect(withLock.details).toEqual({ pin, file: FILE, ...(platform === '' ? {} : { platform: AMD64 }) });
    const without = await failureOf(() => ask[kind]!(open(undefined, { isFrozen: true })));
    expect(without).toMatchObject({ ...missing, message: `There is no "image.lock.json" to pin ${pin}${platform}` });
  });

  it('says which pin is stale: of a base, with both references', async () => {
    const pins = open(lockOf({ base: imagePin('debian:11') }), { isFrozen: true });
    const error = await failureOf(() => pins.forPlatform(AMD64).base(wanted('debian:12')));
    const [pinned, now] = ['docker://docker.io/library/debian:11', 'docker://docker.io/library/debian:12'];
    expect(error).toMatchObject({
      code: 'pin-stale',
      exit: 4,
      message: `The pin of base "debian:12" for linux/amd64 in "image.lock.json" is of "${pinned}", not of "${now}"`,
      hint: `${hint} Other pins stay as they are.`,
      at,
      details: { pin: 'base "debian:12"', platform: AMD64, file: FILE, pinned, wanted: now },
    });
  });

  it('says which pin is stale: of packages', async () => {
    const pins = open(lockOf({ debian: { web: packagesPin('old', { a: '1' }) } }), { isFrozen: true });
    const error = await failureOf(() => pins.forPlatform(AMD64).debian(content('web', 'r')));
    expect(error).toMatchObject({
      code: 'pin-stale',
      message: 'The pin of the packages of layer "web" for linux/amd64 in "image.lock.json" is for another request',
      details: { pinned: digestOf('old'), wanted: digestOf('r') },
    });
  });

  it('may look up what a digest in image.yaml names, which is a pin itself', () => {
    const exact = wanted(`debian@${digestOf('debian')}`, true);
    for (const lock of [undefined, emptyLock, lockOf({ base: debian12 })]) {
      const platform = open(lock, { isFrozen: true }).forPlatform(AMD64);
      expect(platform.base(exact)).toBeUndefined();
      expect(platform.image(exact)).toBeUndefined();
    }
  });

  it('cannot update', () => {
    expect(() => open(emptyLock, { isFrozen: true, update: 'all' })).toThrow('frozen pins cannot be updated');
  });
});

describe('packages', () => {
  const web = packagesPin('web', { libc6: '2.36-9', nginx: '1.22', zlib1g: '1.2' });
  const tools = packagesPin('tools', { curl: '7.88', libc6: '2.36-9' });
  const more = packagesPin('more', { jq: '1.6' });
  const lock = lockOf({ debian: { web, tools, 'tools#2': more } });

  it.each<[name: string, update: PinOptions['update'], asked: WantedPackages, pin: boolean, held: string[]]>([
    ['stay', 'none', content('web', 'web'), true, ['curl 7.88', 'jq 1.6', 'libc6 2.36-9', 'nginx 1.22', 'zlib1g 1.2']],
    ['of a second content stay', 'none', content('tools', 'more', 1), true, []],
    [
      'are held for another request',
      'none',
      content('web', 'new'),
      false,
      ['curl 7.88', 'jq 1.6', 'libc6 2.36-9', 'nginx 1.22', 'zlib1g 1.2'],
    ],
    [
      'are held for a new layer',
      'none',
      content('new', 'new'),
      false,
      ['curl 7.88', 'jq 1.6', 'libc6 2.36-9', 'nginx 1.22', 'zlib1g 1.2'],
    ],
    ['are not held where all are updated', 'all', content('web', 'web'), false, []],
    ['are not held where the layer is updated', ['web'], content('web', 'web'), false, []],
    [
      'are not held where the layer is updated, by its second name',
      ['tools#2'],
      content('tools', 'more', 1),
      false,
      [],
    ],
    [
      'stay where another layer is updated',
      ['tools'],
      content('web', 'web'),
      true,
      ['libc6 2.36-9', 'nginx 1.22', 'zlib1g 1.2'],
    ],
    [
      'are held where one of them is updated',
      ['nginx'],
      content('web', 'web'),
      false,
      ['curl 7.88', 'jq 1.6', 'libc6 2.36-9', 'zlib1g 1.2'],
    ],
    [
      'stay where one of another layer is updated',
      ['jq'],
      content('web', 'web'),
      true,
      ['curl 7.88', 'libc6 2.36-9', 'nginx 1.22', 'zlib1g 1.2'],
    ],
    [
      'in two layers are both not held',
      ['libc6'],
      content('tools', 'tools'),
      false,
      ['curl 7.88', 'jq 1.6', 'nginx 1.22', 'zlib1g 1.2'],
    ],
  ])('%s', (_, update, asked, isPinned, held) => {
    const found = heldBy(open(lock, { update }), asked);
    expect(found.pin !== undefined).toBe(isPinned);
    if (held.length > 0 || !isPinned) expect(found.held).toEqual(held);
  });

  it('of a content itself are held before those of others', () => {
    const other = lockOf({ debian: { a: packagesPin('a', { x: '1' }), b: packagesPin('b', { x: '2' }) } });
    expect(heldBy(open(other), content('a', 'new')).held).toEqual(['x 1']);
    expect(heldBy(open(other), content('b', 'new')).held).toEqual(['x 2']);
  });

  it('of another platform are not held', () => {
    expect(open(lock).forPlatform(ARM64).debian(content('web', 'web'))).toEqual({ pin: undefined, held: [] });
  });

  it('that were chosen for another request replace those that were there', () => {
    const pins = open(lock);
    const platform = pins.forPlatform(AMD64);
    platform.debian(content('tools', 'tools'));
    platform.debian(content('tools', 'more', 1));
    platform.debian(content('web', 'new'));
    platform.setDebian(content('web', 'new'), packagesPin('new', { nginx: '1.24', libc6: '2.36-9', pcre: '8' }));
    expect(heldBy(pins, content('web', 'new')).pin).toEqual(['libc6 2.36-9', 'nginx 1.24', 'pcre 8']);
    const { lock: after, changes } = pins.finish();
    expect(after.platforms[AMD64]!.debian['tools#2']).toEqual(more);
    expect(changes).toEqual([
      { change: 'changed', what: 'package nginx', before: '1.22', after: '1.24' },
      { change: 'added', what: 'package pcre', before: null, after: '8' },
      { change: 'removed', what: 'package zlib1g', before: '1.2', after: null },
    ]);
  });
});

describe('an update', () => {
  const lock = lockOf(
    { base: debian12, images: { [key]: busybox }, debian: { web: packagesPin('r', { libc6: '2', nginx: '1' }) } },
    { fetches: { [URL_A]: filePin('a') } },
  );
  const foundAnew = (update: PinOptions['update']): string => {
    const pins = open(lock, { update });
    const platform = pins.forPlatform(AMD64);
    const found: Readonly<Record<string, unknown>> = {
      fetch: pins.fetch(URL_A, at),
      base: platform.base(wanted('debian:12')),
      image: platform.image(wanted('busybox:1.36')),
      debian: platform.debian(content('web', 'r')).pin,
    };
    pins.finish();
    return Object.keys(found)
      .filter((kind) => found[kind] === undefined)
      .join(' ');
  };

  it.each<[update: PinOptions['update'], anew: string]>([
    ['none', ''],
    ['all', 'fetch base image debian'],
    [[], ''],
    [['base'], 'base'],
    [['debian:12'], 'base'],
    [['docker://docker.io/library/debian:12'], 'base'],
    [['busybox:1.36'], 'image'],
    [[key], 'image'],
    [[URL_A], 'fetch'],
    [['web'], 'debian'],
    [['nginx'], 'debian'],
    [['nginx', 'base', URL_A], 'fetch base debian'],
  ])('of %j finds anew: %s', (update, anew) => {
    expect(foundAnew(update)).toBe(anew);
  });

  it.each<[names: string[], message: string, hint: string]>([
    [['nginz'], 'Nothing that is pinned is called "nginz"', 'Did you mean "nginx"?'],
    [['busybox:1.37'], 'Nothing that is pinned is called "busybox:1.37"', 'Did you mean "busybox:1.36"?'],
    [
      ['base', 'x', 'something else'],
      'Nothing that is pinned is called "x", "something else"',
      'Name "base", an image',
    ],
  ])('of %j is refused', async (names, message, hint) => {
    const error = await failureOf(() => foundAnew(names));
    expect(error).toMatchObject({ code: 'usage', message });
    expect(error.hint).toContain(hint);
  });

  it('of anything is refused where nothing has a pin', async () => {
    const error = await failureOf(() => open(undefined, { update: ['base'] }).finish());
    expect(error).toMatchObject({ code: 'usage', hint: 'Nothing in image.yaml needs a pin.' });
  });

  it('may name a package that only comes in with it', () => {
    const pins = open(emptyLock, { update: ['nginx'] });
    pins.forPlatform(AMD64).setDebian(content('web', 'r'), packagesPin('r', { nginx: '1' }));
    expect(pins.finish().changes).toHaveLength(1);
  });

  it('says what moved, old and new, and nothing of what did not', () => {
    const pins = open(lock, { update: 'all' });
    const platform = pins.forPlatform(AMD64);
    const moved = imagePin('debian:12', 'later');
    pins.fetch(URL_A, at);
    pins.setFetch(URL_A, filePin('new'));
    platform.base(wanted('debian:12'));
    platform.setBase(wanted('debian:12'), moved);
    platform.image(wanted('busybox:1.36'));
    platform.setImage(wanted('busybox:1.36'), busybox);
    platform.debian(content('web', 'r'));
    platform.setDebian(content('web', 'r'), packagesPin('r', { libc6: '2', nginx: '1.1' }));
    expect(pins.finish().changes).toEqual([
      { change: 'changed', what: 'base debian:12', before: debian12.manifest.digest, after: moved.manifest.digest },
      { change: 'changed', what: `fetch ${URL_A}`, before: filePin('a').digest, after: filePin('new').digest },
      { change: 'changed', what: 'package nginx', before: '1', after: '1.1' },
    ]);
  });
});

describe('the changes of several platforms', () => {
  const finished = (versions: Readonly<Record<string, string>>, lock: ImageLock | undefined = undefined) => {
    const pins = open(lock);
    for (const [platform, version] of Object.entries(versions)) {
      pins.forPlatform(platform).setDebian(content('web', 'r'), packagesPin('r', { nginx: version }));
    }
    return pins.finish();
  };

  it('are one where they are the same', () => {
    expect(finished({ [AMD64]: '1', [ARM64]: '1' }).changes).toEqual([
      { change: 'added', what: 'package nginx', before: null, after: '1' },
    ]);
  });

  it('are told apart where they are not', () => {
    const { lock } = finished({ [AMD64]: '1', [ARM64]: '1' });
    expect(finished({ [AMD64]: '1', [ARM64]: '2' }, lock).changes).toEqual([
      { change: 'changed', what: 'package nginx', platform: ARM64, before: '1', after: '2' },
    ]);
    expect(finished({ [AMD64]: '2', [ARM64]: '3' }, lock).changes).toEqual([
      { change: 'changed', what: 'package nginx', platform: AMD64, before: '1', after: '2' },
      { change: 'changed', what: 'package nginx', platform: ARM64, before: '1', after: '3' },
    ]);
    expect(finished({ [AMD64]: '1' }, lock).changes).toEqual([
      { change: 'removed', what: 'package nginx', platform: ARM64, before: '1', after: null },
    ]);
  });

  it('show the contents where the version is the same', () => {
    const lock = finished({ [AMD64]: '1' }).lock;
    const pins = open(lock);
    const [rebuilt] = packagesPin('r', { nginx: '1' }).packages;
    const packages = [{ ...rebuilt!, ...filePin('rebuilt') }];
    pins.forPlatform(AMD64).setDebian(content('web', 'r'), { request: digestOf('r'), packages });
    expect(pins.finish().changes).toEqual([
      {
        change: 'changed',
        what: 'package nginx',
        before: `1 ${rebuilt!.digest}`,
        after: `1 ${filePin('rebuilt').digest}`,
      },
    ]);
  });

  it('of a package in two layers are one', () => {
    const pins = open(undefined);
    const platform = pins.forPlatform(AMD64);
    platform.setDebian(content('a', 'a'), packagesPin('a', { x: '2', y: '1' }));
    platform.setDebian(content('b', 'b'), packagesPin('b', { x: '10', y: '1' }));
    expect(pins.finish().changes).toEqual([
      { change: 'added', what: 'package x', before: null, after: '10, 2' },
      { change: 'added', what: 'package y', before: null, after: '1' },
    ]);
  });
});
