import { compareUtf8 } from '../util/index.js';
import type { ArtifactPin } from './image-lock.js';
import { mapOfEntries } from './json-cursor.js';
import { type NeededPin, pinStale } from './pin-errors.js';
import { type PinRules, PinTable } from './pin-table.js';
import type { WantedArtifact } from './pins.js';

const keyOf = ({ name, request }: WantedArtifact): string => `${request} ${name}`;

/** What an update can call it. */
const namesOf = (name: string): readonly string[] => [name, `artifact ${name}`];

/** The pins of the artifacts of one platform in a build. Unlike others, they may be found in a later run. */
export class LockedArtifacts {
  readonly #platform: string;
  readonly #rules: PinRules;
  readonly #pins: PinTable<ArtifactPin>;
  /** Pins that stay in the lock until there are others. */
  readonly #kept = new Map<string, ArtifactPin>();

  constructor(platform: string, before: Readonly<Record<string, ArtifactPin>>, rules: PinRules) {
    this.#platform = platform;
    this.#rules = rules;
    this.#pins = new PinTable(rules, before, ({ output }) => output);
  }

  find(wanted: WantedArtifact): ArtifactPin | undefined {
    const { name, request } = wanted;
    const now = this.#pins.now(name);
    if (now?.request === request) return now;
    const names = namesOf(name);
    const before = this.#rules.update.takes(...names) ? undefined : this.#pins.before(name);
    if (before !== undefined && before.request !== request) this.#keepStale(wanted, before);
    const shared = this.#rules.isFrozen ? undefined : this.#rules.artifacts.get(keyOf(wanted));
    const pin = before?.request === request ? before : shared;
    if (pin !== undefined) this.set(wanted, pin);
    else if (before === undefined) this.#pins.find(name, names, this.#needed(wanted));
    return pin;
  }

  set(wanted: WantedArtifact, pin: ArtifactPin): void {
    this.#pins.set(wanted.name, pin, this.#needed(wanted));
    this.#rules.artifacts.set(keyOf(wanted), pin);
  }

  isUpdated(name: string): boolean {
    return this.#rules.update.takes(...namesOf(name)) && this.#pins.now(name) === undefined;
  }

  keep(name: string): void {
    const before = this.#pins.before(name);
    if (before !== undefined && !this.#rules.update.takes(...namesOf(name))) this.#kept.set(name, before);
  }

  /** As they are to be, sorted by name. */
  pins(): Readonly<Record<string, ArtifactPin>> {
    const pins = new Map([...this.#kept, ...Object.entries(this.#pins.pins())]);
    return mapOfEntries([...pins].sort(([a], [b]) => compareUtf8(a, b)));
  }

  #keepStale(wanted: WantedArtifact, before: ArtifactPin): void {
    const difference = { pinned: before.request, wanted: wanted.request, told: 'for another request' };
    if (this.#rules.isFrozen) throw pinStale(this.#needed(wanted), this.#rules.lock, difference);
    this.#kept.set(wanted.name, before);
  }

  #needed({ name, at }: WantedArtifact): NeededPin {
    return { what: `the output of artifact ${JSON.stringify(name)}`, platform: this.#platform, at, foundBy: 'apply' };
  }
}
