import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Implementation } from '../../src/codec/index.js';
import { createNodeHost } from '../../src/host/index.js';
import { buildLayer, layerKey, openLayerThreads } from '../../src/layer/index.js';
import { type Compression, digestOfHash } from '../../src/oci/index.js';
import { encodeHeader } from '../../src/tar/index.js';
import type { Chunks } from '../../src/util/index.js';
import { FIXTURES } from './fixtures.js';

/** The bytes of format 1, which is frozen: nothing writes this file any more (see `frozen.test.ts`). */
const FILE = join(dirname(fileURLToPath(import.meta.url)), 'format-1.json');
const goldens: Readonly<Record<string, Readonly<Record<string, string>>>> = JSON.parse(readFileSync(FILE, 'utf8'));

const LEVELS = { gzip: 6, zstd: 3, none: 0 } as const;
const host = createNodeHost();

async function digest(bytes: Chunks) {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of bytes) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { digest: digestOfHash(hash), size };
}

async function facts(name: string, implementation: Implementation): Promise<Record<string, string>> {
  const { tree, created } = FIXTURES[name]!;
  const threads = openLayerThreads(host, implementation);
  const found: Record<string, string> = {};
  for (const compression of ['gzip', 'none', 'zstd'] as const satisfies readonly Compression[]) {
    const format = { compression, level: LEVELS[compression], created };
    const layer = await buildLayer(tree, format, { threads, store: digest, progress: () => undefined });
    found[compression] = layer.descriptor.digest;
    found.diffId = layer.diffId;
    if (compression === 'gzip') found.key = layerKey(tree, format);
  }
  await threads.close();
  return found;
}

function golden(name: string, found: Record<string, string>): void {
  expect(found).toEqual(goldens[name]);
}

describe('the bytes of format 1 are those of the golden file', () => {
  it.each(Object.keys(FIXTURES))('with the pinned codec: %s', async (name) => {
    golden(name, await facts(name, 'pinned'));
  });

  it.each(Object.keys(FIXTURES))('with the fastest codec: %s', async (name) => {
    expect(await facts(name, 'fastest')).toEqual(goldens[name]);
  });

  it('for the header of a file of more than 8 GiB', () => {
    const member = { path: 'big', kind: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 0, size: 9 * 2 ** 30 } as const;
    const header = createHash('sha256').update(encodeHeader(member));
    golden('header of 9 GiB', { header: digestOfHash(header) });
  });

  it('and the file holds no other', () => {
    expect(Object.keys(goldens).sort()).toEqual([...Object.keys(FIXTURES), 'header of 9 GiB'].sort());
  });
});
