import fc from 'fast-check';
import {
  type ArtifactKey,
  canonicalJson,
  type DiffId,
  type Digest,
  digestOf,
  type ImageConfig,
  type LayerKey,
  MediaTypes,
} from '../../src/oci/index.js';
import type { PlatformRecord, PublishedRecord, RecordSource } from '../../src/plan/index.js';
import { type Entry, type FileTree, type Origin, treeOf, whiteoutOf } from '../../src/tree/index.js';
import { contents, printableName } from '../tar/arbitrary.js';

const at = { file: 'image.yaml', line: 3, column: 5, length: 4 };

const label = fc.constantFrom('files ./src', 'artifact server', 'debian nginx 1.22');
const origins: fc.Arbitrary<Origin> = fc.record(
  {
    kind: fc.constantFrom('files', 'artifact', 'debian'),
    label,
    source: fc.constantFrom('src/a.js', 'bin/server'),
    at: fc.constant(at),
    package: fc.constant({ name: 'nginx', version: '1.22-9', source: 'nginx' }),
    why: fc.constant('nginx → libc6'),
  },
  { requiredKeys: ['kind', 'label'] },
);

const never = (): never => {
  throw new Error('nobody asked for contents');
};

/** Trees of all that archives can hold, hard links left out. */
const trees: fc.Arbitrary<FileTree> = fc
  .tuple(contents(printableName), fc.infiniteStream(origins), fc.boolean())
  .map(([members, stream, removes]) => {
    const nextOrigin = (): Origin => stream.next().value as Origin;
    const entries = members.flatMap(({ member }): readonly Entry[] => {
      const { path, kind, mode, uid, gid, xattrs } = member;
      const facts = { path, mode, uid, gid, origin: nextOrigin(), ...(xattrs?.size && { xattrs }) };
      if (kind === 'hardlink' || path.split('/').some((name) => name.startsWith('.wh.'))) return [];
      if (kind === 'file') return [{ ...facts, kind, size: member.size, digest: digestOf(path), open: never }];
      if (kind === 'directory') return [{ ...facts, kind, claim: 'walked' }];
      if (kind === 'symlink') return [{ ...facts, kind, target: member.linkTarget! }];
      const { deviceMajor = 0, deviceMinor = 0 } = member;
      return [{ ...facts, kind, deviceMajor, deviceMinor }];
    });
    const whiteouts = removes ? [whiteoutOf('', true, nextOrigin()), whiteoutOf('gone', false, nextOrigin())] : [];
    return treeOf([...entries, ...whiteouts]);
  });

const sources: fc.Arbitrary<RecordSource> = fc.letrec<{ source: RecordSource }>((tie) => ({
  source: fc.record({
    file: fc.constantFrom('image.yaml', 'app.yml'),
    manifest: fc.string({ unit: 'grapheme', maxLength: 40 }),
    lock: fc.option(fc.string({ maxLength: 20 })),
    base: fc.option(tie('source'), { freq: 4, depthSize: 'small' }),
    created: fc.nat(),
  }),
})).source;

/** The record of one platform with the layers. */
function platformRecord(platform: string, listings: PublishedRecord['listings']): PlatformRecord {
  const layers = [...listings].map(([digest], i) => ({
    name: `layer ${i}`,
    key: i % 2 === 0 ? (digestOf(`key ${i}`) as string as LayerKey) : null,
    digest,
    diffId: digestOf(`tar ${i}`) as string as DiffId,
  }));
  const [os, architecture] = platform.split('/') as [string, string];
  const config: ImageConfig = {
    os,
    architecture,
    config: { Env: ['PATH=/bin'], Labels: { a: 'b' } },
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) },
  };
  const artifact = {
    name: 'server',
    key: digestOf('artifact') as string as ArtifactKey,
    output: digestOf('output'),
    facts: { command: digestOf('make'), 'input src/a.c': digestOf('a.c') },
  };
  const base = { reference: 'docker.io/library/debian:12', digest: digestOf('debian') };
  const digest = digestOf(`manifest ${platform}`);
  return { platform, digest, base, artifacts: [artifact], layers, config, annotations: { a: 'b' } };
}

/** A record, as plain data but for its trees. */
export function recordOf(listings: PublishedRecord['listings'], source: RecordSource): PublishedRecord {
  return {
    image: {
      version: 1,
      format: 1,
      digest: digestOf('index'),
      mediaType: MediaTypes.index,
      platforms: ['linux/amd64', 'linux/arm64'].map((platform) => platformRecord(platform, listings)),
    },
    listings,
    source,
  };
}

export const records: fc.Arbitrary<PublishedRecord> = fc
  .tuple(fc.array(trees, { maxLength: 3 }), sources)
  .map(([listed, source]) =>
    recordOf(new Map(listed.map((tree, i): [Digest, FileTree] => [digestOf(`layer ${i}`), tree])), source),
  );

/** Everything about the entries but what a record leaves out. */
export function entriesOf(tree: FileTree | undefined): unknown {
  return tree?.entries.map((entry) => {
    const { at: _, ...origin } = entry.origin;
    const plain = { ...entry, origin, open: undefined };
    const xattrs =
      'xattrs' in entry && entry.xattrs ? [...entry.xattrs].map(([name, value]) => [name, [...value]]) : [];
    return { ...plain, xattrs: xattrs.sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)) };
  });
}

export const jsonOf = (record: PublishedRecord): string => canonicalJson(record.image as never);
