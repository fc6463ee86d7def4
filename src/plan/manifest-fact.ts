import type { BuildManifest } from '../manifest/index.js';
import { canonicalJson, type Digest, digestOf, type Json } from '../oci/index.js';

const SPAN = ['file', 'line', 'column', 'length'];

/** A place in a text: where a value stands does not change what it says. */
function isSpan(value: object): boolean {
  return SPAN.every((name) => Object.hasOwn(value, name));
}

/** What a declaration says, as data: without places in files, and without functions, which follow from what is there. */
export function plainOf(value: unknown): Json | undefined {
  if (value === undefined || typeof value === 'function') return undefined;
  if (value instanceof URL) return value.href;
  if (typeof value !== 'object' || value === null) return value as Json;
  if (Array.isArray(value)) return value.map((item: unknown) => plainOf(item) ?? null);
  if (isSpan(value)) return undefined;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plainOf(item)]));
}

/**
 * Digest of what image.yaml says, for all its platforms. Comments, the order of keys, line ends and quoting do not show,
 * nor does the name of the file.
 */
export function manifestFact(manifest: BuildManifest): Digest {
  const { name, tags, platforms, created, compression } = manifest;
  const images = platforms.map((platform) => manifest.forPlatform(platform));
  return digestOf(canonicalJson(plainOf({ name, tags, created, compression, images })!));
}
