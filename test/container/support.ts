import type { ContainerImage } from '../../src/container/index.js';
import { digestOf, type ImageConfig, type RuntimeConfig } from '../../src/oci/index.js';
import { type Entry, treeOf } from '../../src/tree/index.js';

const shared = { uid: 0, gid: 0, origin: { kind: 'text', label: 'a test' } };

export function file(path: string, content: string | Uint8Array = '', facts: Partial<Entry> = {}): Entry {
  const bytes = Buffer.from(content);
  const content_ = { size: bytes.length, digest: digestOf(bytes), open: () => [bytes] };
  return { kind: 'file', path, mode: 0o644, ...shared, ...content_, ...facts } as Entry;
}

export const directory = (path: string, facts: Partial<Entry> = {}): Entry =>
  ({ kind: 'directory', path, mode: 0o755, ...shared, claim: 'declared', ...facts }) as Entry;

export const link = (path: string, target: string): Entry => ({
  kind: 'symlink',
  path,
  mode: 0o777,
  ...shared,
  target,
});

export const fifo = (path: string): Entry => ({
  kind: 'fifo',
  path,
  mode: 0o644,
  ...shared,
  deviceMajor: 0,
  deviceMinor: 0,
});

/** An image that is only in memory: podman cannot have it. */
export function imageOf(entries: readonly Entry[], config: RuntimeConfig = {}, architecture = 'amd64'): ContainerImage {
  const document: ImageConfig = { os: 'linux', architecture, config, rootfs: { type: 'layers', diff_ids: [] } };
  return {
    name: 'oci:image',
    platform: { os: 'linux', architecture },
    config: document,
    tree: async () => treeOf(entries),
    writeDirectory: async () => {
      throw new Error('it is only in memory');
    },
  };
}
