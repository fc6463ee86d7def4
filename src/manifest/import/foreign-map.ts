import type { ManifestPath } from '../build-manifest.js';
import { isMap, nearestNode, quote, type SourceNode } from '../source-node.js';
import type { Found, Reading } from './reading.js';

const NONE: ReadonlyMap<string | number, SourceNode> = new Map();

/**
 * A map of the file. Its getters give undefined, or nothing, where a key is not written or is null; a value of another type
 * is reported. Keys that nobody asked for become warnings in the end.
 */
export class ForeignMap {
  readonly path: ManifestPath;
  readonly #node: SourceNode;
  readonly #reading: Reading;
  readonly #known = new Set<string | number>();
  readonly #maps = new Map<string, ForeignMap>();

  constructor(path: ManifestPath, reading: Reading) {
    this.path = path;
    this.#node = nearestNode(reading.top, path).node;
    this.#reading = reading;
  }

  has(key: string): boolean {
    const value = this.#node.children.get(key)?.value;
    return value !== undefined && value !== null;
  }

  pathOf(key: string): ManifestPath {
    return [...this.path, key];
  }

  /** Numbers and booleans count as the text that they are written as, and an empty text as none: so Go reads them. */
  text(key: string): Found<string> | undefined {
    const node = this.#take(key);
    const found = node === undefined ? undefined : this.#textOf(node, this.pathOf(key));
    return found?.value === '' ? undefined : found;
  }

  flag(key: string): Found<boolean> | undefined {
    const node = this.#take(key);
    if (node === undefined) return undefined;
    const path = this.pathOf(key);
    if (typeof node.value === 'boolean') return { value: node.value, path };
    this.#reading.refuseType(path, ['boolean']);
    return undefined;
  }

  /** A whole number that is not negative, and how it is written. */
  count(key: string): (Found<number> & { readonly written: string }) | undefined {
    const node = this.#take(key);
    if (node === undefined) return undefined;
    const path = this.pathOf(key);
    const { value, written = '' } = node;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return { value, path, written };
    this.#reading.refuseType(path, ['integer']);
    return undefined;
  }

  texts(key: string): readonly Found<string>[] {
    return this.#items(key).flatMap(([path, node]) => this.#textOf(node, path) ?? []);
  }

  /** Always the same one, so that it knows what of it was asked for. */
  map(key: string): ForeignMap | undefined {
    const node = this.#take(key);
    const map = this.#maps.get(key) ?? (node === undefined ? undefined : this.#mapOf(node, this.pathOf(key)));
    if (map !== undefined) this.#maps.set(key, map);
    return map;
  }

  maps(key: string): readonly ForeignMap[] {
    return this.#items(key).flatMap(([path, node]) => this.#mapOf(node, path) ?? []);
  }

  /** A map of names to texts; what is null is an empty text. */
  textsByName(key: string): readonly (Found<string> & { readonly name: string })[] {
    const map = this.map(key);
    return (map?.names() ?? []).map((name) => {
      const empty = { value: '', path: map!.pathOf(name) };
      return { ...(map!.text(name) ?? empty), name };
    });
  }

  /** The keys, in the order of the file. */
  names(): readonly string[] {
    return [...this.#node.children.keys()].map(String);
  }

  /** Warns where the key is written; `why` continues "KEY is left out: ". */
  leaveOut(key: string, why: string): void {
    if (this.#take(key) !== undefined) this.#reading.leaveOut(this.pathOf(key), why);
  }

  /** Warns of every key that was not asked for. */
  warnOfRest(tool: string): void {
    for (const key of this.#node.children.keys()) {
      if (!this.#known.has(key))
        this.#reading.leaveOut([...this.path, key], `${tool} has no ${quote(String(key))} there`);
    }
  }

  #take(key: string): SourceNode | undefined {
    this.#known.add(key);
    return this.has(key) ? this.#node.children.get(key) : undefined;
  }

  #items(key: string): readonly (readonly [ManifestPath, SourceNode])[] {
    const node = this.#take(key);
    const path = this.pathOf(key);
    if (node !== undefined && !Array.isArray(node.value)) this.#reading.refuseType(path, ['array']);
    const children = node !== undefined && Array.isArray(node.value) ? node.children : NONE;
    return [...children].map(([index, item]) => [[...path, index], item] as const);
  }

  #textOf({ value, written }: SourceNode, path: ManifestPath): Found<string> | undefined {
    if (typeof value === 'string') return { value, path };
    if (typeof value === 'number' || typeof value === 'boolean') return { value: written ?? String(value), path };
    this.#reading.refuseType(path, ['string']);
    return undefined;
  }

  #mapOf({ value }: SourceNode, path: ManifestPath): ForeignMap | undefined {
    if (isMap(value)) return new ForeignMap(path, this.#reading);
    this.#reading.refuseType(path, ['object']);
    return undefined;
  }
}
