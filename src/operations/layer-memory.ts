import type { LayerFormat } from '../layer/index.js';
import type { LayerDeclaration } from '../manifest/index.js';
import { canonicalJson, digestOf, isDigest, type Json, type LayerKey } from '../oci/index.js';
import type { LayerSummary } from '../plan/index.js';
import type { Records } from '../store/index.js';
import type { Asked } from './base-facts.js';

/** One layer of the image, of those that a declared layer came to. */
export interface RememberedPart {
  readonly name: string;
  readonly key: LayerKey;
  readonly shippedTwiceBytes: number;
  readonly summary: LayerSummary;
}

/** What a declared layer came to, the last time that all it rests on was the same. */
export interface RememberedLayer {
  readonly parts: readonly RememberedPart[];
  /** Of the base. */
  readonly asked: Asked;
}

/** Everything that decides what a declared layer comes to. */
export interface LayerGrounds {
  readonly layer: LayerDeclaration;
  /** As rendered. */
  readonly platform: string;
  readonly format: LayerFormat;
  /** Of the contents, in their order. */
  readonly identities: readonly (string | null)[];
  /** The base and the layers on it. */
  readonly lower: readonly string[];
}

/** Raises with every change of what a declaration comes to: of assembling, of splitting, of any content that is remembered. */
const VERSION = 1;

/** Where something stands in image.yaml decides nothing. */
const PLACES = new Set(['at', 'sourceAt']);

export function groundsKey({ layer, ...grounds }: LayerGrounds): string {
  const plain = JSON.parse(JSON.stringify(layer, (name, value) => (PLACES.has(name) ? undefined : value))) as Json;
  return digestOf(canonicalJson({ ...grounds, format: { ...grounds.format }, layer: plain, version: VERSION } as Json));
}

interface Kept {
  readonly parts: readonly RememberedPart[];
  readonly asked: readonly string[];
  readonly isAskedWhole: boolean;
}

/** @param key see `groundsKey` */
export function recallLayer(key: string, records: Records): RememberedLayer | undefined {
  const text = records.read('grounds', key);
  if (text === undefined) return undefined;
  const { parts, asked, isAskedWhole } = JSON.parse(text) as Kept;
  if (!parts.every((part) => isDigest(part.key))) return undefined;
  return { parts, asked: { paths: new Set(asked), isWhole: isAskedWhole } };
}

export function rememberLayer(key: string, { parts, asked }: RememberedLayer, records: Records): void {
  const kept: Kept = { parts, asked: [...asked.paths], isAskedWhole: asked.isWhole };
  records.write('grounds', key, JSON.stringify(kept));
}
