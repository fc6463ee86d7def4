import type { SourceSpan } from '../errors/index.js';
import { compareUtf8 } from '../util/index.js';
import type { FilePin, ImageLock, PlatformLock } from './image-lock.js';
import { mapOfEntries } from './json-cursor.js';
import { LockedPlatform } from './locked-platform.js';
import { pinChanges } from './pin-changes.js';
import type { NeededPin } from './pin-errors.js';
import { type PinRules, PinTable } from './pin-table.js';
import type { PinOptions, Pins, PlatformPins } from './pins.js';
import { Update } from './update.js';

const NOTHING: PlatformLock = { images: {}, debian: {} };

const neededFile = (url: string, at?: SourceSpan): NeededPin => ({
  what: `fetch ${JSON.stringify(url)}`,
  platform: undefined,
  at,
});

class LockedBuild implements Pins {
  readonly isFrozen: boolean;
  readonly #rules: PinRules;
  readonly #before: ImageLock | undefined;
  readonly #fetches: PinTable<FilePin>;
  readonly #platforms = new Map<string, LockedPlatform>();

  constructor({ lock, file, isFrozen, update }: PinOptions) {
    if (isFrozen && update !== 'none') throw new Error('frozen pins cannot be updated');
    this.isFrozen = isFrozen;
    this.#before = lock;
    this.#rules = {
      lock: { file, isThere: lock !== undefined },
      isFrozen,
      update: new Update(update),
      artifacts: new Map(),
    };
    this.#fetches = new PinTable(this.#rules, lock?.fetches ?? {}, ({ digest }) => digest);
  }

  fetch(url: string, at: SourceSpan | undefined): FilePin | undefined {
    return this.#fetches.find(url, [url], neededFile(url, at));
  }

  setFetch(url: string, pin: FilePin): void {
    this.#fetches.set(url, pin, neededFile(url));
  }

  forPlatform(platform: string): PlatformPins {
    const known = this.#platforms.get(platform);
    if (known !== undefined) return known;
    const before = new Map(Object.entries(this.#before?.platforms ?? {})).get(platform) ?? NOTHING;
    const pins = new LockedPlatform(platform, before, this.#rules);
    this.#platforms.set(platform, pins);
    return pins;
  }

  finish(): ReturnType<Pins['finish']> {
    this.#rules.update.checkNames();
    const lock = this.#lock();
    const texts = new Map([...this.#platforms.values()].flatMap((pins) => [...pins.texts]));
    const changes = pinChanges(this.#before, lock, (reference) => texts.get(reference) ?? reference);
    const size = Object.keys(lock.fetches).length + Object.keys(lock.platforms).length;
    return { lock, changes, isNeeded: this.#before !== undefined || size > 0 };
  }

  #lock(): ImageLock {
    const platforms = [...this.#platforms]
      .map(([platform, pins]) => [platform, pins.lock()] as const)
      .filter((pair): pair is readonly [string, PlatformLock] => pair[1] !== undefined)
      .sort(([a], [b]) => compareUtf8(a, b));
    return { version: 1, format: 1, fetches: this.#fetches.pins(), platforms: mapOfEntries(platforms) };
  }
}

/** The pins of one build. */
export function openPins(options: PinOptions): Pins {
  return new LockedBuild(options);
}
