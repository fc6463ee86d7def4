import { join } from 'node:path';
import { makeTree, type TreeItem } from './make-tree.js';

/** Bytes without pattern, the same at every call: a 32-bit xorshift generator. */
export function noise(length: number, seed = 1): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = seed;
  for (let index = 0; index < words.length; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[index] = state;
  }
  return new Uint8Array(words.buffer, 0, length);
}

const long = (length: number): string => 'long-name-'.repeat(Math.ceil(length / 10)).slice(0, length);

/** Paths under `tree/` for which order, header fields and block boundaries matter, and what is there. */
export const awkwardTree: Readonly<Record<string, TreeItem>> = {
  // Three orders: of bytes, of UTF-16 units, of a dictionary. And `/` sorts behind `-` and before `0`.
  'a/file': 'in a directory\n',
  'a-b': 'before a/file\n',
  a0: 'after a/file\n',
  B: 'upper case\n',
  b: 'lower case\n',
  é: 'two bytes\n',
  '\u{ff5e}': 'before the next in bytes, behind it in UTF-16\n',
  '\u{1f30a}': 'four bytes\n',
  ' blank at both ends ': 'blanks\n',
  '-dash': 'like an option\n',
  '[x]*?': 'like a pattern\n',
  '.hidden/.keep': '',
  'empty-directory': { directory: 0o755 },
  'run.sh': { content: '#!/bin/sh\nexit 0\n', mode: 0o755 },
  [`${long(99)}x`]: 'a name that fits\n',
  [`${long(100)}x`]: 'a name that does not\n',
  [`deep/${long(120)}/${long(120)}/${long(60)}`]: 'a path of three hundred bytes\n',
  link: { link: 'a/file' },
  dangling: { link: '/nowhere/at/all' },
  'long-link': { link: long(150) },
  'block.bin': noise(512, 2),
  'over-one-block.bin': noise(1024 * 1024 + 1, 3),
  'zeros.bin': new Uint8Array(5 * 1024 * 1024),
  'mixed.txt': 'The same line again and again.\n'.repeat(40_000),
};

/** An image.yaml for {@link awkwardTree} in the directory `source`. */
export function makeAwkwardSource(source: string, compression: 'gzip' | 'zstd' | 'none'): void {
  const items = Object.fromEntries(Object.entries(awkwardTree).map(([path, item]) => [join('tree', path), item]));
  makeTree(source, {
    ...items,
    'image.yaml': `version: 1
tags: [latest]
platforms: [linux/amd64]
created: 2001-02-03T04:05:06Z
compression: ${compression}
base: scratch
layers:
  - name: tree
    contents:
      - files: tree
        to: /srv
  - name: facts
    owner: 3000000:3000000
    contents:
      - files: tree/run.sh
        to: /srv/bin/
        capabilities: [net_bind_service]
      - text: "#!/bin/sh\\n"
        to: /srv/bin/setuid
        mode: "4755"
      - directory: /srv/shared
        mode: "2775"
        owner: 1000:100
config:
  env: { Z: "1", A: "2" }
  labels: { z: "1", a: "2" }
`,
  });
}
