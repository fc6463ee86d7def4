import { compareUtf8 } from '../util/index.js';
import type { ArtifactPin } from './image-lock.js';
import { mapOfEntries } from './json-cursor.js';
import { type LockFile, type NeededPin, pinMissing, pinMoved } from './pin-errors.js';
import type { Update } from './update.js';

/** What holds for all the pins of a build. */
export interface PinRules {
  readonly lock: LockFile;
  /** A pin that is missing or stale is an error. */
  readonly isFrozen: boolean;
  readonly update: Update;
  /** Pins of artifacts that this build has, by `artifactKey`: what is the same for several platforms is found once. */
  readonly artifacts: Map<string, ArtifactPin>;
}

/** The pins of one kind: those that were there, and those of them that stay with those that were found. */
export class PinTable<T> {
  readonly #rules: PinRules;
  readonly #before: ReadonlyMap<string, T>;
  readonly #now = new Map<string, T>();
  readonly #identityOf: (pin: T) => string;

  /** @param identityOf what is the same for two pins of the same contents */
  constructor(rules: PinRules, before: Readonly<Record<string, T>>, identityOf: (pin: T) => string) {
    this.#rules = rules;
    this.#before = new Map(Object.entries(before));
    this.#identityOf = identityOf;
  }

  /** What was there. */
  before(key: string): T | undefined {
    return this.#before.get(key);
  }

  /** What stays or was found in this build. */
  now(key: string): T | undefined {
    return this.#now.get(key);
  }

  /**
   * The pin, which then stays; undefined where it has to be found.
   *
   * @param names by which an update can name it
   * @throws TbuildError `pin-missing`
   */
  find(key: string, names: readonly string[], needed: NeededPin): T | undefined {
    const isTaken = this.#rules.update.takes(...names);
    const pin = this.#now.get(key) ?? (isTaken ? undefined : this.#before.get(key));
    if (pin !== undefined) this.#now.set(key, pin);
    else if (this.#rules.isFrozen && needed.isExact !== true) throw pinMissing(needed, this.#rules.lock);
    return pin;
  }

  /** @throws TbuildError `input-changed` where other contents were found before, in this build */
  set(key: string, pin: T, needed: NeededPin): void {
    const states = [this.#now.get(key) ?? pin, pin].map(this.#identityOf);
    if (states[0] !== states[1]) throw pinMoved(needed, states);
    this.#now.set(key, pin);
  }

  /** The pins as they are to be, sorted by key. */
  pins(): Readonly<Record<string, T>> {
    return mapOfEntries([...this.#now].sort(([a], [b]) => compareUtf8(a, b)));
  }
}
