import { TbuildError } from '../../src/errors/index.js';
import { type BuildManifest, type PlatformManifest, parseManifest } from '../../src/manifest/index.js';
import type { Platform } from '../../src/oci/index.js';

const AMD64: Platform = { os: 'linux', architecture: 'amd64' };

/** Lines 1 and 2 of most manifests here; what is tested begins on line 3. */
const HEAD = 'version: 1\nbase: scratch\n';

/** A manifest whose line 3 is the first of `body`. */
export function withHead(body: string): string {
  return HEAD + body;
}

export function parse(text: string | Uint8Array): BuildManifest {
  return parseManifest(Buffer.from(text), { file: 'image.yaml', defaultPlatform: AMD64 });
}

/** What the manifest says for its first platform. */
export function parseFirst(text: string | Uint8Array): PlatformManifest {
  const manifest = parse(text);
  return manifest.forPlatform(manifest.platforms[0]!);
}

/** Everything that is wrong with it. What is not a TbuildError is not caught. */
export function problemsOf(text: string | Uint8Array): readonly TbuildError[] {
  try {
    parse(text);
    return [];
  } catch (error) {
    if (!(error instanceof TbuildError)) throw error;
    return error.problems.length === 0 ? [error] : error.problems;
  }
}

/** `manifest-wrong-type 3:7` */
export function placesOf(text: string | Uint8Array): readonly string[] {
  return problemsOf(text).map(({ code, at }) => (at === undefined ? code : `${code} ${at.line}:${at.column}`));
}

/** The manifest as plain data, for all platforms, without places. */
export function valuesOf(text: string | Uint8Array): unknown {
  const { forPlatform, spanOf, ...facts } = parse(text);
  const all = { ...facts, each: facts.platforms.map((platform) => forPlatform(platform)) };
  return JSON.parse(JSON.stringify(all, (key, value) => (key === 'at' || key === 'sourceAt' ? undefined : value)));
}
