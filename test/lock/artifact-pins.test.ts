import { describe, expect, it } from 'vitest';
import {
  type ArtifactPin,
  type ImageLock,
  openPins,
  type PinOptions,
  type Pins,
  parseLock,
  renderLock,
  type WantedArtifact,
} from '../../src/lock/index.js';
import { digestOf } from '../../src/oci/index.js';
import { failureOf } from '../support/failure-of.js';
import { artifactPin, emptyLock, FILE } from './support.js';

const AMD64 = 'linux/amd64';
const ARM64 = 'linux/arm64';
const at = { file: 'image.yaml', line: 3, column: 7, length: 9 };

const wanted = (request: string, name = 'deps'): WantedArtifact => ({ name, request: digestOf(request), at });
const lockOf = (platforms: Readonly<Record<string, Readonly<Record<string, ArtifactPin>>>>): ImageLock => ({
  ...emptyLock,
  platforms: Object.fromEntries(
    Object.entries(platforms).map(([platform, artifacts]) => [platform, { images: {}, debian: {}, artifacts }]),
  ),
});
const open = (lock: ImageLock | undefined, more: Partial<PinOptions> = {}): Pins =>
  openPins({ lock, file: FILE, isFrozen: false, update: 'none', ...more });
const pin = artifactPin('r', 'o');
const pinned = lockOf({ [AMD64]: { deps: pin } });

describe('the output of an artifact that reaches the network', () => {
  it('is pinned where it was not', () => {
    const pins = open(undefined);
    const platform = pins.forPlatform(AMD64);
    expect(platform.artifact(wanted('r'))).toBeUndefined();
    platform.setArtifact(wanted('r'), pin);
    expect(platform.artifact(wanted('r'))).toEqual(pin);
    const { lock, changes, isNeeded } = pins.finish();
    expect(isNeeded).toBe(true);
    expect(parseLock(renderLock(lock), { file: FILE })).toEqual(pinned);
    expect(changes).toEqual([{ change: 'added', what: 'artifact deps', before: null, after: pin.output }]);
  });

  it('stays pinned as long as the request is the same, and goes with the artifact', () => {
    const pins = open(pinned);
    expect(pins.forPlatform(AMD64).artifact(wanted('r'))).toEqual(pin);
    expect(pins.finish()).toEqual({ lock: pinned, changes: [], isNeeded: true });
    const without = open(pinned);
    without.forPlatform(AMD64);
    expect(without.finish().changes).toEqual([
      { change: 'removed', what: 'artifact deps', before: pin.output, after: null },
    ]);
  });

  it('stays pinned for another request until it is known what that gives', () => {
    const pins = open(pinned);
    expect(pins.forPlatform(AMD64).artifact(wanted('other'))).toBeUndefined();
    expect(pins.finish()).toMatchObject({ lock: pinned, changes: [] });
    const next = artifactPin('other', 'p');
    pins.forPlatform(AMD64).setArtifact(wanted('other'), next);
    expect(pins.finish()).toMatchObject({
      lock: lockOf({ [AMD64]: { deps: next } }),
      changes: [{ change: 'changed', what: 'artifact deps', before: pin.output, after: next.output }],
    });
  });

  it('stays pinned while the request is not known', () => {
    const pins = open(pinned);
    pins.forPlatform(AMD64).keepArtifact('deps');
    pins.forPlatform(AMD64).keepArtifact('another');
    expect(pins.finish()).toMatchObject({ lock: pinned, changes: [] });
  });

  it('is pinned under each platform, and found once where it is the same for all', () => {
    const pins = open(lockOf({ [ARM64]: { deps: artifactPin('old', 'x') } }));
    expect(pins.forPlatform(AMD64).artifact(wanted('r'))).toBeUndefined();
    pins.forPlatform(AMD64).setArtifact(wanted('r'), pin);
    expect(pins.forPlatform(ARM64).artifact(wanted('r'))).toEqual(pin);
    expect(pins.forPlatform(ARM64).artifact(wanted('r', 'other'))).toBeUndefined();
    const { lock } = pins.finish();
    expect(lock).toEqual(lockOf({ [AMD64]: { deps: pin }, [ARM64]: { deps: pin } }));
  });

  it('is found for a platform that comes as it is pinned for another', () => {
    const pins = open(pinned);
    expect(pins.forPlatform(AMD64).artifact(wanted('r'))).toEqual(pin);
    expect(pins.forPlatform(ARM64).artifact(wanted('r'))).toEqual(pin);
  });

  it.each([[['deps']], [['artifact deps']], ['all' as const]])(
    'is found anew when an update names it: %j',
    (update) => {
      const pins = open(pinned, { update });
      const platform = pins.forPlatform(AMD64);
      expect(platform.artifact(wanted('r'))).toBeUndefined();
      expect(platform.updatesArtifact('deps')).toBe(true);
      expect(open(pinned).forPlatform(AMD64).updatesArtifact('deps')).toBe(false);
      expect(pins.finish().changes).toEqual([
        { change: 'removed', what: 'artifact deps', before: pin.output, after: null },
      ]);
      platform.setArtifact(wanted('r'), artifactPin('r', 'new'));
      expect(platform.artifact(wanted('r'))).toEqual(artifactPin('r', 'new'));
      expect(platform.updatesArtifact('deps')).toBe(false);
    },
  );

  it('is not kept for later where an update names it', () => {
    const pins = open(pinned, { update: ['deps'] });
    pins.forPlatform(AMD64).keepArtifact('deps');
    expect(pins.finish().lock).toEqual(emptyLock);
  });

  it('cannot be two things in one build', async () => {
    const platform = open(undefined).forPlatform(AMD64);
    platform.setArtifact(wanted('r'), pin);
    const { code } = await failureOf(() => platform.setArtifact(wanted('r'), artifactPin('r', 'other')));
    expect(code).toBe('input-changed');
  });
});

describe('a frozen lock', () => {
  it('gives what it pins, for each platform of its own', async () => {
    const pins = open(pinned, { isFrozen: true });
    expect(pins.forPlatform(AMD64).artifact(wanted('r'))).toEqual(pin);
    expect((await failureOf(() => pins.forPlatform(ARM64).artifact(wanted('r')))).code).toBe('pin-missing');
  });

  it('must have a pin', async () => {
    const {
      code,
      message,
      hint,
      at: place,
    } = await failureOf(() => open(pinned, { isFrozen: true }).forPlatform(AMD64).artifact(wanted('r', 'other')));
    expect(code).toBe('pin-missing');
    expect(message).toBe(`"${FILE}" has no pin of the output of artifact "other" for linux/amd64`);
    expect(hint).toBe(`Run "tbuild apply" without --frozen, outside of CI, and commit "${FILE}".`);
    expect(place).toEqual(at);
  });

  it('must be for what image.yaml asks for now', async () => {
    const error = await failureOf(() => open(pinned, { isFrozen: true }).forPlatform(AMD64).artifact(wanted('other')));
    expect(error.code).toBe('pin-stale');
    expect(error.message).toBe(
      `The pin of the output of artifact "deps" for linux/amd64 in "${FILE}" is for another request`,
    );
    expect(error.details).toMatchObject({ pinned: pin.request, wanted: digestOf('other') });
  });
});
