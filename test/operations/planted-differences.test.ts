import { chmodSync, cpSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createNodeHost } from '../../src/host/index.js';
import { parseReference, type Reference } from '../../src/oci/index.js';
import {
  applyImage,
  type Difference,
  diffImages,
  lockImage,
  planImage,
  verifyImage,
} from '../../src/operations/index.js';
import type { ImageRecord, Plan } from '../../src/plan/index.js';
import { openContentStore } from '../../src/store/index.js';
import { workshop } from '../compare/support.js';
import { makeArchive, type TestArchive } from '../support/debian/make-archive.js';
import { type Mirror, startMirror } from '../support/debian/mirror.js';
import { foreignLayout } from '../support/foreign-layout.js';
import { need } from '../support/programs.js';
import { applyBase, type Workspace, workspace } from './support.js';

const host = createNodeHost();
const shop = workshop();

/** The artifact `leaky` takes files that are not declared: its output changes, and its key does not. */
const IMAGE = `version: 1
platforms: [linux/amd64]
base: oci:base
artifacts:
  tool:
    run: cat in.txt > "$OUT/tool"
    inputs: { include: [in.txt] }
    tools: [cat]
    env: { MODE: fast }
  leaky:
    run: cp LEAK/* "$OUT"
    tools: [cp]
    sandbox: relaxed
layers:
  - name: site
    contents:
      - files: site
        to: /srv
      - text: hello
        to: /etc/motd
      - symlink: /srv/a.txt
        to: /link
      - directory: /data
  - name: tool
    contents:
      - artifact: tool
        to: /bin
  - name: leaky
    contents:
      - artifact: leaky
        to: /leaky
config:
  env: { PORT: "80" }
  labels: { a: b }
annotations: { k: v }
`;
const BASE = `version: 1
platforms: [linux/amd64, linux/arm64]
base: scratch
layers: [{ name: root, contents: [{ text: "1", to: /etc/release }] }]
`;
const layerOf = (name: string, next: string): string =>
  IMAGE.slice(IMAGE.indexOf(`  - name: ${name}`), IMAGE.indexOf(next));
const [SITE, TOOL] = [layerOf('site', '  - name: tool'), layerOf('tool', '  - name: leaky')];

type Edit = (made: Workspace) => unknown;

/** What the lock pins: a package of an archive that is made here, and a file beside it. */
const PINNED = `  - name: pinned
    contents:
      - fetch: MIRROR/f.txt
        to: /f.txt
      - debian: { suite: stable, mirror: MIRROR, keyring: keyring.gpg, packages: [pack] }
config:`;
let archive: TestArchive;
let mirror: Mirror;

/** The archive has a version of the package that has this in its file. */
async function publish(version: string, key?: TestArchive['key']): Promise<void> {
  const pack = { fields: { Package: 'pack', Version: version }, files: { 'opt/pack': version } };
  archive = await makeArchive(shop.path('archive'), [{ suite: 'stable', packages: [pack], forms: [''] }], key);
}

const fetched = (text: string): void => writeFileSync(shop.path('archive/f.txt'), text);

const imageOf = ({ path }: Workspace): string => IMAGE.replace('LEAK', path('leak'));
const yaml =
  (...[from, to]: [string, string]): Edit =>
  (made) => {
    if (!IMAGE.includes(from)) throw new Error(`nothing to replace: ${from}`);
    made.write('image.yaml', imageOf(made).replace(from, to));
  };
/** The artifact that is not reproducible gives another version of a file. */
const leak =
  (name: string): Edit =>
  ({ path }) =>
    cpSync(shop.path(`b/${name}`), path(`leak/${name}`));

/** Files as programs make them that write a time, a path or an id into them. */
const LEAKS = `
printf '#include <stdio.h>\\nint main(void) { return puts("this is built " WHEN " in " __FILE__) < 0; }\\n' > m.c
gcc "-DWHEN=\\"$WHEN\\"" -o date -fmacro-prefix-map="$PWD=/src" "$PWD/m.c"
gcc '-DWHEN="once"' -o path "$PWD/m.c"
echo "{\\"build\\":{\\"id\\":\\"$ID\\",\\"n\\":1}}" > id.json
echo hello > g; touch -d "@$T" g; gzip g
echo 'x = 1' > p.py; touch -d "@$T" p.py
python3 -c 'import py_compile; py_compile.compile("p.py", "p.pyc", "p.py")'
rm m.c p.py`;

async function applied(isPinned: boolean): Promise<Workspace> {
  const made = workspace({ 'base.yaml': BASE, 'in.txt': 'in', 'site/a.txt': 'a', 'site/b.txt': 'b' });
  cpSync(shop.path('a'), made.path('leak'), { recursive: true });
  made.write('image.yaml', imageOf(made));
  if (isPinned) {
    cpSync(archive.keyringFile, made.path('keyring.gpg'));
    made.write('image.yaml', imageOf(made).replace('config:', PINNED.replaceAll('MIRROR', mirror.url)));
  }
  await applyBase(made);
  await applyTo(made, 'before');
  return made;
}

/** Into a layout beside the sources. */
async function applyTo({ request, directory }: Workspace, name: string, cacheDirectory = request.cacheDirectory) {
  await applyImage(host, { ...request, cacheDirectory, destinations: [parseReference(`oci:${directory}/${name}`)] });
}

/** As a cache does that machines share: what the artifact gave elsewhere is taken for its output here. */
function shareArtifacts(from: string, to: string): void {
  for (const part of ['blobs', 'records/artifact']) cpSync(`${from}/${part}`, `${to}/${part}`, { recursive: true });
}

/** Digests, and what follows from them or from where the test runs, are not what this is about. */
const steady = (line: string): string =>
  line
    .replace(/sha256:[0-9a-f]+/g, 'sha256:…')
    .replace(mirror.url, 'MIRROR')
    .replace(/\/\S*\/(?=m\.c\b)/g, '/…/')
    .replace(/, byte \d+\)/g, ', byte …)');

function planLines({ platforms, removedPlatforms }: Plan): string[] {
  const causeOf = ({ text, at }: { text: string; at?: { line: number } }) => `${text} @${at?.line ?? '-'}`;
  return [
    ...removedPlatforms.map(({ platform }) => `platform ${platform} removed`),
    ...platforms.flatMap(({ platform, previousDigest, base, artifacts, layers, config }) => [
      ...(previousDigest === null ? [`platform ${platform} added`] : []),
      ...(base!.previousDigest !== null && base!.digest !== base!.previousDigest
        ? [`base ${base!.previousDigest} → ${base!.digest}`]
        : []),
      ...artifacts.flatMap(({ name, changes }) =>
        changes.map(({ what, before, after }) => `artifact ${name}: ${what} ${before} → ${after}`),
      ),
      ...layers.flatMap(({ name, status, changes, cause }) => {
        if (status === 'same' || status === 'unknown' || previousDigest === null) return [];
        if (changes.length === 0) return [`layer ${name} ${status}: ${causeOf(cause!)}`];
        return changes.map((entry) => `${entry.path} ${entry.change}: ${causeOf(entry.cause)}`);
      }),
      ...config.map(({ field, cause }) => `${field}: ${causeOf(cause)}`),
    ]),
  ];
}

const differenceLines = (differences: readonly Difference[]): string[] =>
  differences.map(({ where, path, cause }) => `${where}${path === undefined ? '' : ` ${path}`}: ${cause}`);

interface Named {
  readonly plan: readonly string[];
  readonly verify: readonly string[];
  readonly diff: readonly string[];
  /** Why one of them has nothing to say. */
  readonly because?: string;
  /** The image is one of another program, `foreign`, with which all three compare what was built. */
  readonly isForeign?: true;
  /** The image has packages and a file of which the lock says which. */
  readonly isPinned?: true;
}

/** Another program wrote the tar of the layer `site`. */
const foreign =
  (script: string): Edit =>
  ({ directory }) =>
    foreignLayout(`${directory}/before`, `${directory}/foreign`, { layer: 1, script });

/** The last apply was one of a tbuild whose bytes are others. */
const otherFormat: Edit = ({ request, path }) => {
  const store = openContentStore(host, request.cacheDirectory);
  const file = realpathSync(path('image.yaml'));
  const record = JSON.parse(store.records.read('applied', file)!) as ImageRecord;
  const other = `sha256:${'f'.repeat(64)}`;
  const platforms = record.platforms.map((platform) => {
    const [site, ...rest] = platform.layers;
    return { ...platform, digest: other, layers: [{ ...site, digest: other, diffId: other }, ...rest] };
  });
  store.records.write('applied', file, JSON.stringify({ ...record, format: 2, digest: other, platforms }));
  store.close();
};

const CAPABLE = 'nothing → security.capability=0x0100000201000000000000000000000000000000';
/** Of an artifact whose output does not change. */
const NO_CHANGE = 'the output is the same, and so is the image';

/** What is planted, and all that each command says of it: the file or field, and the cause. */
const ROWS: readonly (readonly [title: string, edit: Edit, named: Named])[] = [
  [
    'file content',
    ({ write }) => write('site/a.txt', 'b'),
    {
      plan: ['/srv/a.txt changed: site/a.txt changed @17'],
      verify: ['layer site (linux/amd64) /srv/a.txt: site/a.txt changed.'],
      diff: ['layer site (linux/amd64) /srv/a.txt: Its content differs: a → b (line 1, byte …).'],
    },
  ],
  [
    'mode of a file',
    ({ path }) => chmodSync(path('site/a.txt'), 0o755),
    {
      plan: ['/srv/a.txt changed: mode of site/a.txt: 0644 → 0755 @17'],
      verify: ['layer site (linux/amd64) /srv/a.txt: mode of site/a.txt: 0644 → 0755.'],
      diff: ['layer site (linux/amd64) /srv/a.txt: Its mode differs: 0644 → 0755.'],
    },
  ],
  [
    'mode in the manifest',
    yaml('- directory: /data', '- directory: /data\n        mode: "0700"'),
    {
      plan: ['/data changed: mode of directory /data in the manifest: 0755 → 0700 @23'],
      verify: ['layer site (linux/amd64) /data: mode of directory /data in the manifest: 0755 → 0700.'],
      diff: ['layer site (linux/amd64) /data: Its mode differs: 0755 → 0700.'],
    },
  ],
  [
    'owner',
    yaml('to: /link', 'to: /link\n        owner: 5:5'),
    {
      plan: ['/link changed: owner of symlink /link in the manifest: 0:0 → 5:5 @21'],
      verify: ['layer site (linux/amd64) /link: owner of symlink /link in the manifest: 0:0 → 5:5.'],
      diff: ['layer site (linux/amd64) /link: Its owner differs: 0:0 → 5:5.'],
    },
  ],
  [
    'symlink target',
    yaml('- symlink: /srv/a.txt', '- symlink: b'),
    {
      plan: ['/link changed: target of symlink /link in the manifest: /srv/a.txt → b @21'],
      verify: ['layer site (linux/amd64) /link: target of symlink /link in the manifest: /srv/a.txt → b.'],
      diff: ['layer site (linux/amd64) /link: Its target differs: /srv/a.txt → b.'],
    },
  ],
  [
    'added file',
    ({ write }) => write('site/n', ''),
    {
      plan: ['/srv/n added: site/n is new @17'],
      verify: ['layer site (linux/amd64) /srv/n: site/n is new.'],
      diff: ['layer site (linux/amd64) /srv/n: Only the second image has it.'],
    },
  ],
  [
    'removed file',
    ({ path }) => rmSync(path('site/b.txt')),
    {
      plan: ['/srv/b.txt removed: files site: site/b.txt is gone or no longer selected @17'],
      verify: ['layer site (linux/amd64) /srv/b.txt: files site: site/b.txt is gone or no longer selected.'],
      diff: ['layer site (linux/amd64) /srv/b.txt: Only the first image has it.'],
    },
  ],
  [
    'text',
    yaml('text: hello', 'text: bye'),
    {
      plan: ['/etc/motd changed: text at /etc/motd changed @19'],
      verify: ['layer site (linux/amd64) /etc/motd: text at /etc/motd changed.'],
      diff: ['layer site (linux/amd64) /etc/motd: Its content differs: hello → bye (line 1, byte …).'],
    },
  ],
  [
    'order of the layers',
    yaml(SITE + TOOL, TOOL + SITE),
    {
      plan: ['layers: the order of the layers changed @-'],
      verify: ['layers (linux/amd64): The order of the layers changed.'],
      diff: [
        'layers (linux/amd64): The order of the layers is another one.',
        'config (linux/amd64) history[1].created_by: It follows from the layers.',
        'config (linux/amd64) history[2].created_by: It follows from the layers.',
      ],
    },
  ],
  [
    'added layer',
    yaml('config:', '  - { name: new, contents: [{ text: x, to: /x }] }\nconfig:'),
    {
      plan: ['layer new added: layer new is new in the manifest @32'],
      verify: ['layer new (linux/amd64): The expected image has no such layer.'],
      diff: [
        'layer new (linux/amd64): Only the second image has the layer.',
        'config (linux/amd64) history[4]: It follows from the layers.',
      ],
    },
  ],
  [
    'removed layer',
    yaml(TOOL, ''),
    {
      plan: ['layer tool removed: layer tool is no longer in the manifest @-'],
      verify: ['layer tool (linux/amd64): The manifest no longer has the layer.'],
      diff: [
        'layer tool (linux/amd64): Only the first image has the layer.',
        'config (linux/amd64) history[2].created_by: It follows from the layers.',
        'config (linux/amd64) history[3]: It follows from the layers.',
      ],
    },
  ],
  [
    'renamed layer',
    yaml('- name: site', '- name: web'),
    {
      plan: ['layer web changed: layer site has a new name @15'],
      verify: ['layer web (linux/amd64): Layer site has a new name.'],
      diff: [
        'layer web (linux/amd64): Layer site has a new name.',
        'config (linux/amd64) history[1].created_by: It follows from the layers.',
      ],
    },
  ],
  [
    'time of the image',
    yaml('annotations:', 'created: 60\nannotations:'),
    {
      plan: [
        'artifact tool: epoch 0 → 60',
        'artifact leaky: epoch 0 → 60',
        'layer site changed: the time "created": 1970-01-01T00:00:00Z → 1970-01-01T00:01:00Z; the entries are the same @35',
        'created: created in the manifest @35',
      ],
      verify: [
        'layer site (linux/amd64): The time "created": 1970-01-01T00:00:00Z → 1970-01-01T00:01:00Z; the entries are the same.',
        'layer tool (linux/amd64): The time "created": 1970-01-01T00:00:00Z → 1970-01-01T00:01:00Z; the entries are the same.',
        'layer leaky (linux/amd64): The time "created": 1970-01-01T00:00:00Z → 1970-01-01T00:01:00Z; the entries are the same.',
        'config (linux/amd64) created: created in the manifest.',
      ],
      diff: [
        'layer site (linux/amd64): The time of 7 entries, first /data: one time is set for all of them.',
        'layer tool (linux/amd64): The time of 2 entries, first /bin: one time is set for all of them.',
        'layer leaky (linux/amd64): The time of 6 entries, first /leaky: one time is set for all of them.',
        'config (linux/amd64) created: The time of the image is another one.',
        'config (linux/amd64) history[1].created: It follows from the time of the image.',
        'config (linux/amd64) history[2].created: It follows from the time of the image.',
        'config (linux/amd64) history[3].created: It follows from the time of the image.',
      ],
    },
  ],
  [
    'compression',
    yaml('annotations:', 'compression: zstd\nannotations:'),
    {
      plan: [
        'layer site changed: compression changed, the entries did not @35',
        'layer tool changed: compression changed, the entries did not @35',
        'layer leaky changed: compression changed, the entries did not @35',
      ],
      verify: [
        'layer site (linux/amd64): Compression changed, the entries did not.',
        'layer tool (linux/amd64): Compression changed, the entries did not.',
        'layer leaky (linux/amd64): Compression changed, the entries did not.',
      ],
      diff: [
        'layer site (linux/amd64) mediaType: Another tool, or another compression, wrote the layer.',
        'layer site (linux/amd64): The tar is the same, its compression is not: gzip → zstd.',
        'layer tool (linux/amd64) mediaType: Another tool, or another compression, wrote the layer.',
        'layer tool (linux/amd64): The tar is the same, its compression is not: gzip → zstd.',
        'layer leaky (linux/amd64) mediaType: Another tool, or another compression, wrote the layer.',
        'layer leaky (linux/amd64): The tar is the same, its compression is not: gzip → zstd.',
      ],
    },
  ],
  [
    'base moved',
    async (made) => {
      made.write('base.yaml', BASE.replace('text: "1"', 'text: "2"'));
      await applyBase(made);
    },
    {
      plan: ['base sha256:… → sha256:…'],
      verify: ['base (linux/amd64): The base moved: oci:base sha256:… → sha256:….'],
      diff: [
        'base (linux/amd64): The base moved: oci:base sha256:… → sha256:….',
        'layer root (linux/amd64) /etc/release: Its content differs: 1 → 2 (line 1, byte …).',
      ],
    },
  ],
  [
    'variable',
    yaml('PORT: "80"', 'PORT: "81"'),
    {
      plan: ['env.PORT: env.PORT in the manifest @33'],
      verify: ['config (linux/amd64) env.PORT: env.PORT in the manifest.'],
      diff: ['config (linux/amd64) env.PORT: The value is another one.'],
    },
  ],
  [
    'label',
    yaml('labels: { a: b }', 'labels: { a: c }'),
    {
      plan: ['labels.a: labels.a in the manifest @34'],
      verify: ['config (linux/amd64) labels.a: labels.a in the manifest.'],
      diff: ['config (linux/amd64) labels.a: The value is another one.'],
    },
  ],
  [
    'annotation',
    yaml('annotations: { k: v }', 'annotations: { k: w }'),
    {
      plan: ['annotations.k: annotations.k in the manifest @35'],
      verify: ['config (linux/amd64) annotations.k: annotations.k in the manifest.'],
      diff: ['manifest (linux/amd64) annotations.k: The value is another one.'],
    },
  ],
  [
    'platform',
    yaml('[linux/amd64]', '[linux/amd64, linux/arm64]'),
    {
      plan: ['platform linux/arm64 added'],
      verify: ['platform linux/arm64: The expected image has no such platform.'],
      diff: [
        'index: Only one of the images is a list for several platforms.',
        'platform linux/arm64: Only the second image has the platform.',
      ],
    },
  ],
  [
    'input of an artifact',
    ({ write }) => write('in.txt', 'x'),
    {
      plan: ['artifact tool: input in.txt sha256:… → sha256:…'],
      verify: ['layer tool (linux/amd64) /bin/tool: artifact tool: in.txt changed (sha256:… → sha256:…).'],
      diff: ['layer tool (linux/amd64) /bin/tool: Its content differs: in → x (line 1, byte …).'],
    },
  ],
  [
    'command of an artifact',
    yaml('cat in.txt >', 'cat in.txt in.txt >'),
    {
      plan: ['artifact tool: command sha256:… → sha256:…'],
      verify: ['layer tool (linux/amd64) /bin/tool: artifact tool: command changed (sha256:… → sha256:…).'],
      diff: ['layer tool (linux/amd64) /bin/tool: Its content differs: in → inin (line 1, byte …).'],
    },
  ],
  [
    'tool of an artifact',
    yaml('tools: [cat]', 'tools: [cat, ls]'),
    {
      plan: ['artifact tool: tool ls null → sha256:…'],
      verify: [],
      diff: [],
      because: NO_CHANGE,
    },
  ],
  [
    'variable of an artifact',
    yaml('MODE: fast', 'MODE: slow'),
    {
      plan: ['artifact tool: env MODE sha256:… → sha256:…'],
      verify: [],
      diff: [],
      because: NO_CHANGE,
    },
  ],
  [
    'capability',
    yaml('to: /srv\n', 'to: /srv\n        capabilities: [chown]\n'),
    {
      plan: ['a', 'b'].map((name) => `/srv/${name}.txt changed: xattrs of files site in the manifest: ${CAPABLE} @17`),
      verify: ['a', 'b'].map(
        (name) => `layer site (linux/amd64) /srv/${name}.txt: xattrs of files site in the manifest: ${CAPABLE}.`,
      ),
      diff: ['a', 'b'].map((name) => `layer site (linux/amd64) /srv/${name}.txt: Its xattrs differ: ${CAPABLE}.`),
    },
  ],
  [
    'package that the lock pins',
    async ({ request }) => {
      await publish('2', archive.key);
      await lockImage(host, { ...request, update: 'all' });
    },
    {
      isPinned: true,
      plan: [
        '/opt/pack changed: the lock moved: package pack 1 → 2 @36',
        '/var/lib/dpkg/status.d/pack changed: the lock moved: package pack 1 → 2 @36',
        '/var/lib/dpkg/status.d/pack.md5sums changed: the lock moved: package pack 1 → 2 @36',
      ],
      verify: [
        'layer pinned (linux/amd64) /opt/pack: the lock moved: package pack 1 → 2.',
        'layer pinned (linux/amd64) /var/lib/dpkg/status.d/pack: the lock moved: package pack 1 → 2.',
        'layer pinned (linux/amd64) /var/lib/dpkg/status.d/pack.md5sums: the lock moved: package pack 1 → 2.',
      ],
      diff: [
        'packages (linux/amd64) pack: Package pack: 1 → 2.',
        'layer pinned (linux/amd64) /opt/pack: Its content differs: 1 → 2 (line 1, byte …).',
        'layer pinned (linux/amd64) /var/lib/dpkg/status.d/pack: Its content differs: Version: 1 → Version: 2 (line 2, byte …).',
        'layer pinned (linux/amd64) /var/lib/dpkg/status.d/pack.md5sums: Its content differs: an id of the same form has another value, c81e728d9d4c2f636f067f89cc14862c: it is random, or a digest of something else that differs (line 1).',
      ],
    },
  ],
  [
    'fetched file that the lock pins',
    async ({ request }) => {
      fetched('2');
      await lockImage(host, { ...request, update: 'all' });
    },
    {
      isPinned: true,
      plan: ['/f.txt changed: fetch MIRROR/f.txt is pinned to another content: sha256:… → sha256:… @34'],
      verify: [
        'layer pinned (linux/amd64) /f.txt: fetch MIRROR/f.txt is pinned to another content: sha256:… → sha256:….',
      ],
      diff: ['layer pinned (linux/amd64) /f.txt: Its content differs: 1 → 2 (line 1, byte …).'],
    },
  ],
  [
    'order of the entries of a tar',
    foreign('members.append(members.pop(-2))'),
    {
      isForeign: true,
      plan: [
        'layer site changed: the tar is written in another way: its entries are the same, their times or their order may not be @15',
      ],
      verify: [
        'layer site (linux/amd64): The same entries stand in the tar in another order: a directory was listed, or jobs ended, in another one.',
      ],
      diff: [
        'layer site (linux/amd64): The same entries stand in the tar in another order: a directory was listed, or jobs ended, in another one.',
      ],
      because: 'a plan knows what is in layers, and reads none for their order',
    },
  ],
  [
    'time of an entry',
    foreign('members[-1].mtime = 86400'),
    {
      isForeign: true,
      plan: [
        'layer site changed: the tar is written in another way: its entries are the same, their times or their order may not be @15',
      ],
      verify: [
        'layer site (linux/amd64) /srv/b.txt: Only set times are reproducible: the entry has the time at which it was written.',
      ],
      diff: [
        'layer site (linux/amd64) /srv/b.txt: Only set times are reproducible: the entry has the time at which it was written.',
      ],
      because: 'a plan knows what is in layers, and reads none for their times',
    },
  ],
  [
    'xattr of an entry',
    foreign('members[-1].pax_headers = {"SCHILY.xattr.user.note": "x"}'),
    {
      isForeign: true,
      plan: ['/srv/b.txt changed: xattrs of files site in the manifest: user.note=0x78 → nothing @17'],
      verify: ['layer site (linux/amd64) /srv/b.txt: xattrs of files site in the manifest: user.note=0x78 → nothing.'],
      diff: ['layer site (linux/amd64) /srv/b.txt: Its xattrs differ: user.note=0x78 → nothing.'],
    },
  ],
  [
    'number of the byte format',
    otherFormat,
    {
      plan: ['layer site changed: the number of the byte format: 2 → 1; the entries are the same @15'],
      verify: ['layer site (linux/amd64): The number of the byte format: 2 → 1; the entries are the same.'],
      diff: [],
      because: 'an image does not tell which tbuild made it; its record does',
    },
  ],
  [
    'date in a binary',
    leak('date'),
    {
      plan: [
        '/leaky/date changed: artifact leaky: its command, inputs and tools are the same, but its output is not: the command is not reproducible: the time of the build, Nov 24 2026, is written into it (section .rodata, byte …) @30',
      ],
      verify: [
        'layer leaky (linux/amd64) /leaky/date: artifact leaky: its command, inputs and tools are the same, but its output is not: the command is not reproducible: the time of the build, Nov 24 2026, is written into it (section .rodata, byte …).',
      ],
      diff: [
        'layer leaky (linux/amd64) /leaky/date: Its content differs: the time of the build, Nov 24 2026, is written into it (section .rodata, byte …).',
      ],
    },
  ],
  [
    'build path in a binary',
    leak('path'),
    {
      plan: [
        '/leaky/path changed: artifact leaky: its command, inputs and tools are the same, but its output is not: the command is not reproducible: a path of the build, /…/m.c, is written into it (section .rodata, byte …) @30',
      ],
      verify: [
        'layer leaky (linux/amd64) /leaky/path: artifact leaky: its command, inputs and tools are the same, but its output is not: the command is not reproducible: a path of the build, /…/m.c, is written into it (section .rodata, byte …).',
      ],
      diff: [
        'layer leaky (linux/amd64) /leaky/path: Its content differs: a path of the build, /…/m.c, is written into it (section .rodata, byte …).',
      ],
    },
  ],
  [
    'random id in JSON',
    leak('id.json'),
    {
      plan: [
        '/leaky/id.json changed: artifact leaky: its command, inputs and tools are the same, but its output is not: the command is not reproducible: a random id (UUID), 6ba7b811-9dad-11d1-80b4-00c04fd430c8, is written into it ($.build.id) @30',
      ],
      verify: [
        'layer leaky (linux/amd64) /leaky/id.json: artifact leaky: its command, inputs and tools are the same, but its output is not: the command is not reproducible: a random id (UUID), 6ba7b811-9dad-11d1-80b4-00c04fd430c8, is written into it ($.build.id).',
      ],
      diff: [
        'layer leaky (linux/amd64) /leaky/id.json: Its content differs: a random id (UUID), 6ba7b811-9dad-11d1-80b4-00c04fd430c8, is written into it ($.build.id).',
      ],
    },
  ],
  [
    'gzip mtime',
    leak('g.gz'),
    {
      plan: [
        '/leaky/g.gz changed: artifact leaky: its command, inputs and tools are the same, but its output is not: the command is not reproducible: the time of the build, 2025-11-24T17:01:00Z, is written into it (header: mtime, byte …) @30',
      ],
      verify: [
        'layer leaky (linux/amd64) /leaky/g.gz: artifact leaky: its command, inputs and tools are the same, but its output is not: the command is not reproducible: the time of the build, 2025-11-24T17:01:00Z, is written into it (header: mtime, byte …).',
      ],
      diff: [
        'layer leaky (linux/amd64) /leaky/g.gz: Its content differs: the time of the build, 2025-11-24T17:01:00Z, is written into it (header: mtime, byte …).',
      ],
    },
  ],
  [
    'pyc time',
    leak('p.pyc'),
    {
      plan: [
        '/leaky/p.pyc changed: artifact leaky: its command, inputs and tools are the same, but its output is not: the command is not reproducible: the time of the build, 2025-11-24T17:01:00Z, is written into it (header: mtime of the source, byte …) @30',
      ],
      verify: [
        'layer leaky (linux/amd64) /leaky/p.pyc: artifact leaky: its command, inputs and tools are the same, but its output is not: the command is not reproducible: the time of the build, 2025-11-24T17:01:00Z, is written into it (header: mtime of the source, byte …).',
      ],
      diff: [
        'layer leaky (linux/amd64) /leaky/p.pyc: Its content differs: the time of the build, 2025-11-24T17:01:00Z, is written into it (header: mtime of the source, byte …).',
      ],
    },
  ],
];

/** The two images of a row: what was there, and what the edit makes of it. */
function sidesOf({ directory }: Workspace, { isForeign }: Named): readonly [before: Reference, after: Reference] {
  const names = isForeign === true ? ['foreign', 'before'] : ['before', 'after'];
  return names.map((name) => parseReference(`oci:${directory}/${name}`)) as [Reference, Reference];
}

describe.skipIf(!need('gcc', 'gzip', 'python3', 'dpkg-deb'))('a planted difference', () => {
  let common: Workspace;
  let snapshot: string;
  beforeAll(async () => {
    shop.run('mkdir a b');
    shop.run(`cd a; ${LEAKS}`, { WHEN: 'Nov 23 2026', T: '1764000000', ID: '6ba7b810-9dad-11d1-80b4-00c04fd430c8' });
    shop.run(`cd b; ${LEAKS}`, { WHEN: 'Nov 24 2026', T: '1764003660', ID: '6ba7b811-9dad-11d1-80b4-00c04fd430c8' });
    await publish('1');
    mirror = await startMirror(shop.path('archive'));
    common = await applied(false);
    snapshot = shop.path('applied');
    cpSync(common.directory, snapshot, { recursive: true, preserveTimestamps: true });
  });
  // Paths are in the image, so that each test has the same ones.
  beforeEach(() => {
    rmSync(common.directory, { recursive: true });
    cpSync(snapshot, common.directory, { recursive: true, preserveTimestamps: true });
  });
  afterAll(() => mirror.close());

  it.each(ROWS)('of %s is named by plan, verify and diff', async (_, edit, named) => {
    if (named.isPinned === true) {
      fetched('1');
      await publish('1', archive.key);
    }
    const made = named.isPinned === true ? await applied(true) : common;
    await edit(made);
    const { request, directory } = made;
    const [before, after] = sidesOf(made, named);
    const isForeign = named.isForeign === true;
    const { differences } = await verifyImage(host, {
      ...request,
      ...(isForeign && { expected: { kind: 'image' as const, reference: before } }),
    });
    const other = `${directory}/other`;
    if (!isForeign) await applyTo(made, 'after', other);
    if (named.plan.some((line) => line.includes('not reproducible'))) shareArtifacts(other, request.cacheDirectory);
    const plan = await planImage(host, { ...request, isLocal: true, ...(isForeign && { against: before }) });
    const diff = await diffImages(host, { before, after, cacheDirectory: request.cacheDirectory });
    expect({
      plan: planLines(plan).map(steady),
      verify: differenceLines(differences).map(steady),
      diff: differenceLines(diff.differences).map(steady),
    }).toEqual({ plan: named.plan, verify: named.verify, diff: named.diff });
  });
});
