import { compareUtf8 } from '../util/index.js';
import type { ArtifactPin, ImagePin, PackagePin, PackagesPin, PlatformLock } from './image-lock.js';
import { comparePackages } from './lock-shape.js';
import { LockedArtifacts } from './locked-artifacts.js';
import { type NeededPin, pinStale } from './pin-errors.js';
import { type PinRules, PinTable } from './pin-table.js';
import type { HeldPackages, PlatformPins, WantedArtifact, WantedImage, WantedPackages } from './pins.js';

const manifestOf = ({ manifest }: ImagePin): string => manifest.digest;
const stateOf = ({ packages }: PackagesPin): string =>
  packages.map(({ name, version, digest }) => `${name} ${version} ${digest}`).join(', ');

/** The key of a `debian` content, by its layer and its position there. */
const keyOf = ({ layer, position }: WantedPackages): string => (position === 0 ? layer : `${layer}#${position + 1}`);
const layerOf = (key: string): string => key.replace(/#[0-9]+$/, '');

const sorted = ({ request, packages }: PackagesPin): PackagesPin => ({
  request,
  packages: [...packages].sort(comparePackages),
});

/** The pins of one platform in a build. */
export class LockedPlatform implements PlatformPins {
  readonly #platform: string;
  readonly #rules: PinRules;
  readonly #before: PlatformLock;
  readonly #bases: PinTable<ImagePin>;
  readonly #images: PinTable<ImagePin>;
  readonly #packages: PinTable<PackagesPin>;
  readonly #artifacts: LockedArtifacts;
  readonly #texts = new Map<string, string>();

  constructor(platform: string, before: PlatformLock, rules: PinRules) {
    this.#platform = platform;
    this.#rules = rules;
    this.#before = before;
    const { base } = before;
    this.#bases = new PinTable(rules, base === undefined ? {} : { [base.reference]: base }, manifestOf);
    this.#images = new PinTable(rules, before.images, manifestOf);
    this.#packages = new PinTable(rules, before.debian, stateOf);
    this.#artifacts = new LockedArtifacts(platform, before.artifacts ?? {}, rules);
  }

  /** Images as image.yaml calls them, by reference. */
  get texts(): ReadonlyMap<string, string> {
    return this.#texts;
  }

  base(wanted: WantedImage): ImagePin | undefined {
    const { reference, text } = wanted;
    const pinned = this.#before.base?.reference ?? reference;
    if (this.#rules.isFrozen && pinned !== reference && !wanted.isExact) {
      const told = `of ${JSON.stringify(pinned)}, not of ${JSON.stringify(reference)}`;
      throw pinStale(this.#neededImage('base', wanted), this.#rules.lock, { pinned, wanted: reference, told });
    }
    return this.#bases.find(reference, ['base', text, reference], this.#neededImage('base', wanted));
  }

  setBase(wanted: WantedImage, pin: ImagePin): void {
    this.#bases.set(wanted.reference, pin, this.#neededImage('base', wanted));
  }

  image(wanted: WantedImage): ImagePin | undefined {
    const { reference, text } = wanted;
    return this.#images.find(reference, [text, reference], this.#neededImage('image', wanted));
  }

  setImage(wanted: WantedImage, pin: ImagePin): void {
    this.#images.set(wanted.reference, pin, this.#neededImage('image', wanted));
  }

  debian(wanted: WantedPackages): HeldPackages {
    const key = keyOf(wanted);
    const needed = this.#neededPackages(wanted);
    const before = this.#packages.before(key);
    const isLayerTaken = this.#rules.update.takes(wanted.layer, key);
    const held = isLayerTaken ? [] : this.#held(key);
    const now = this.#packages.now(key);
    if (now?.request === wanted.request) return { pin: now, held };
    if (before !== undefined && before.request !== wanted.request) {
      if (!this.#rules.isFrozen) return { pin: undefined, held };
      const difference = { pinned: before.request, wanted: wanted.request };
      throw pinStale(needed, this.#rules.lock, { ...difference, told: 'for another request' });
    }
    const names = before?.packages.map(({ name }) => name) ?? [];
    return { pin: this.#packages.find(key, [wanted.layer, key, ...names], needed), held };
  }

  setDebian(wanted: WantedPackages, pin: PackagesPin): void {
    this.#rules.update.know(pin.packages.map(({ name }) => name));
    this.#packages.set(keyOf(wanted), sorted(pin), this.#neededPackages(wanted));
  }

  artifact(wanted: WantedArtifact): ArtifactPin | undefined {
    return this.#artifacts.find(wanted);
  }

  setArtifact(wanted: WantedArtifact, pin: ArtifactPin): void {
    this.#artifacts.set(wanted, pin);
  }

  updatesArtifact(name: string): boolean {
    return this.#artifacts.isUpdated(name);
  }

  keepArtifact(name: string): void {
    this.#artifacts.keep(name);
  }

  /** The pins as they are to be; undefined where there are none. */
  lock(): PlatformLock | undefined {
    const [base] = Object.values(this.#bases.pins());
    const [images, debian, artifacts] = [this.#images.pins(), this.#packages.pins(), this.#artifacts.pins()];
    const [isImage, isDebian, isArtifact] = [images, debian, artifacts].map((pins) => Object.keys(pins).length > 0);
    if (base === undefined && !isImage && !isDebian && !isArtifact) return undefined;
    return { ...(base === undefined ? {} : { base }), images, debian, ...(isArtifact ? { artifacts } : {}) };
  }

  /** What the layers that are not updated hold; of two versions of a package that of the content itself. */
  #held(own: string): readonly PackagePin[] {
    const { update } = this.#rules;
    const held = new Map<string, PackagePin>();
    const keys = Object.keys(this.#before.debian).sort(compareUtf8);
    for (const key of [own, ...keys.filter((other) => other !== own)]) {
      const packages = this.#packages.before(key)?.packages ?? [];
      update.know(packages.map(({ name }) => name));
      if (update.takes(layerOf(key), key)) continue;
      for (const pin of packages) if (!held.has(pin.name) && !update.takes(pin.name)) held.set(pin.name, pin);
    }
    return [...held.values()].sort(comparePackages);
  }

  #neededImage(kind: 'base' | 'image', { reference, text, at, isExact }: WantedImage): NeededPin {
    this.#texts.set(reference, text);
    return { what: `${kind} ${JSON.stringify(text)}`, platform: this.#platform, at, isExact };
  }

  #neededPackages({ layer, at }: WantedPackages): NeededPin {
    return { what: `the packages of layer ${JSON.stringify(layer)}`, platform: this.#platform, at };
  }
}
