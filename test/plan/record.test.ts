import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/oci/index.js';
import { jsonSchema } from '../../src/operations/json-schema.js';
import {
  type PublishedRecord,
  parseRecord,
  RECORD_LIMIT_BYTES,
  type RecordSource,
  recordSchema,
  renderRecord,
  secretInSource,
} from '../../src/plan/index.js';
import { type Entry, treeOf } from '../../src/tree/index.js';
import { root } from '../support/root.js';
import { directory, file, symlink } from '../tree/support.js';
import { entriesOf, jsonOf, recordOf, records } from './record-support.js';

/** A record that can become anything. */
type Draft = ReturnType<typeof JSON.parse>;

const published = JSON.parse(readFileSync(join(root, 'schema/record.schema.json'), 'utf8'));
const validate = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false }).compile(published);

const source: RecordSource = { file: 'image.yaml', manifest: 'version: 1\n', lock: null, base: null, created: 0 };
const layer = digestOf('layer');
const plain = (entries: readonly Entry[], more: Partial<RecordSource> = {}): PublishedRecord =>
  recordOf(new Map([[layer, treeOf(entries)]]), { ...source, ...more });
const few = plain([
  directory('etc'),
  file('etc/motd', 'hello', { label: 'text at /etc/motd' }),
  symlink('lib', 'usr/lib'),
]);

const textOf = (record: PublishedRecord): string => Buffer.from(renderRecord(record)).toString();
const parse = (text: string): PublishedRecord => parseRecord(Buffer.from(text), 'Record sha256:…');

function failureOf(text: string): { readonly code: string; readonly message: string } {
  try {
    parse(text);
  } catch (error) {
    return error as Error & { readonly code: string };
  }
  throw new Error('it was taken');
}

describe('a record', () => {
  it('is read as it was written, without places and contents', () => {
    fc.assert(
      fc.property(records, (record) => {
        const bytes = renderRecord(record);
        const again = parseRecord(bytes, 'it');
        expect(jsonOf(again)).toBe(jsonOf(record));
        expect(again.source).toEqual(record.source);
        expect([...again.listings.keys()].sort()).toEqual([...record.listings.keys()].sort());
        for (const [digest, tree] of record.listings) {
          expect(entriesOf(again.listings.get(digest))).toEqual(entriesOf(tree));
        }
        expect(Buffer.compare(renderRecord(again), bytes)).toBe(0);
      }),
      { numRuns: 50 },
    );
  });

  it('has the form that its schema says', () => {
    expect(recordSchema).toEqual(published);
    expect(jsonSchema('record')).toBe(recordSchema);
    fc.assert(
      fc.property(records, (record) => {
        validate(JSON.parse(textOf(record)));
        expect(validate.errors).toBe(null);
      }),
      { numRuns: 50 },
    );
  });

  it('holds no place in a file, no time and no absolute path of the machine', () => {
    const at = { file: '/home/me/image.yaml', line: 7, column: 3, length: 4 };
    const entry = file('etc/motd');
    const text = textOf(plain([{ ...entry, origin: { ...entry.origin, at, source: 'motd' } }]));
    expect(text).not.toContain('/home/me');
    expect(text).not.toContain('"line"');
    expect(text).toContain('"source":"motd"');
  });

  it('says once what many entries have in common', () => {
    const many = Array.from({ length: 100 }, (_, i) => file(`f${i}`, 'x', { label: 'files ./a-long-label' }));
    expect(textOf(plain(many)).split('a-long-label')).toHaveLength(2);
  });

  it('gives no contents', () => {
    const [, motd] = parse(textOf(few)).listings.get(layer)!.entries;
    expect(() => motd?.kind === 'file' && motd.open()).toThrow('a record has no contents');
  });

  it('is refused where it is larger than anybody reads, before and after', () => {
    const large = 'x'.repeat(RECORD_LIMIT_BYTES);
    expect(() => renderRecord(plain([], { manifest: large }))).toThrow(/would have \d+ bytes, the limit is 67108864$/);
    expect(() => parseRecord(Buffer.alloc(RECORD_LIMIT_BYTES + 1), 'it')).toThrow(/the limit is 67108864$/);
  });

  const entries = (draft: Draft) => draft.layers[layer];
  const amd64 = (draft: Draft) => draft.image.platforms[0];
  /** Whether also the schema refuses it. */
  type Case = readonly [name: string, edit: (draft: Draft) => void, message: RegExp, bySchema: boolean];
  it.each<Case>([
    ['another version', (it) => (it.version = 2), /"version" is 2, not 1/, true],
    ['no format', (it) => (it.image.format = 0), /"image.format" is 0/, true],
    ['no image', (it) => delete it.image, /"image" is missing/, true],
    ['a digest of another algorithm', (it) => (it.image.digest = `sha512:${'a'.repeat(128)}`), /sha256 digest/, true],
    ['a path in a digest', (it) => (amd64(it).digest = 'sha256:../../etc/passwd'), /sha256 digest/, true],
    ['no platform', (it) => (it.image.platforms = []), /different platforms/, true],
    ['one platform twice', (it) => (it.image.platforms[1] = amd64(it)), /different platforms/, false],
    ['a platform that is none', (it) => (amd64(it).platform = 'linux'), /not a platform/, false],
    ['a config that is none', (it) => (amd64(it).config = { os: 'linux' }), /Config sha256/, true],
    ['facts that are no texts', (it) => (amd64(it).artifacts[0].facts.command = 1), /not a text/, true],
    ['annotations that are missing', (it) => delete amd64(it).annotations, /not an object/, true],
    ['the layer of another image', (it) => (it.layers[digestOf('other')] = []), /not of a layer/, false],
    ['a layer that is not listed', (it) => delete it.layers[layer], /missing, not a list/, false],
    ['an entry of an unknown kind', (it) => (entries(it)[0].kind = 'socket'), /not a kind of entry/, true],
    ['an origin that is not there', (it) => (entries(it)[0].origin = 99), /a number from 0 to/, false],
    ['an absolute path', (it) => (entries(it)[1].path = '/etc/passwd'), /not a path/, true],
    ['a path that leads out', (it) => (entries(it)[1].path = 'a/../../b'), /not a path/, true],
    ['an empty name', (it) => (entries(it)[1].path = 'a//b'), /not a path/, true],
    ['a slash at the end', (it) => (entries(it)[1].path = 'a/'), /not a path/, true],
    ['a NUL in a path', (it) => (entries(it)[1].path = 'a\0b'), /not a path/, true],
    ['half a character in a path', (it) => (entries(it)[1].path = 'a\ud800'), /not a path/, false],
    ['a long path', (it) => (entries(it)[1].path = `${'a/'.repeat(2100)}a`), /not a path/, true],
    ['a long name', (it) => (entries(it)[1].path = 'é'.repeat(128)), /not a path/, false],
    ['a path twice', (it) => (entries(it)[1].path = 'lib'), /the only entry with its path/, false],
    ['a path below a symlink', (it) => (entries(it)[1].path = 'lib/a/b'), /below a symlink/, false],
    ['type bits in a mode', (it) => (entries(it)[1].mode = 0o100644), /from 0 to 4095/, true],
    ['a negative owner', (it) => (entries(it)[1].uid = -1), /from 0 to/, true],
    ['an owner that is none', (it) => (entries(it)[1].gid = 2 ** 32 - 1), /from 0 to/, true],
    ['a size that is too large', (it) => (entries(it)[1].size = 2 ** 60), /53 bits/, false],
    ['a file without digest', (it) => delete entries(it)[1].digest, /sha256 digest/, false],
    ['a claim that is none', (it) => (entries(it)[0].claim = 'mine'), /one of declared/, true],
    ['a link to nowhere', (it) => (entries(it)[2].target = ''), /not a text/, true],
    ['attributes in no base64', (it) => (entries(it)[1].xattrs = { 'user.a': '*' }), /not base64/, false],
    ['a whiteout that leads out', (it) => (entries(it)[2] = { ...whiteout, removes: '../a' }), /not a path/, false],
    ['a whiteout of the root itself', (it) => (entries(it)[2] = { ...whiteout, removes: '' }), /not a path/, false],
    ['a source in a directory', (it) => (it.source.file = '../image.yaml'), /a name of a file/, true],
    ['a time before all times', (it) => (it.source.created = -1), /since the epoch/, true],
    ['a base that is a text', (it) => (it.source.base = 'x'), /not an object/, true],
  ])('is refused with %s', (_, edit, message, bySchema) => {
    const draft = JSON.parse(textOf(few));
    edit(draft);
    const text = JSON.stringify(draft);
    expect(failureOf(text)).toMatchObject({ code: 'record-invalid', message: expect.stringMatching(message) });
    expect(validate(JSON.parse(text))).toBe(!bySchema);
  });

  const whiteout = { kind: 'whiteout', origin: 0, opaque: false };

  it.each([
    ['no JSON', 'x', /is not JSON/],
    ['a list', '[]', /not an object/],
    ['a member twice', '{"version":1,"version":1}', /"version" twice/],
    ['a prototype', '{"__proto__":{}}', /__proto__/],
    ['no end of nesting', `${'['.repeat(100_000)}`, /nested deeper than 64/],
    ['a number with a fraction', '{"version":1.5}', /53 bits/],
  ])('is refused where it is %s', (_, text, message) => {
    expect(failureOf(text)).toMatchObject({ code: 'record-invalid', message: expect.stringMatching(message) });
  });

  it('is refused where images lie on each other without end', () => {
    let deep = source;
    for (let i = 0; i < 40; i++) deep = { ...source, base: deep };
    expect(failureOf(textOf(plain([], { base: deep })))).toMatchObject({ code: 'record-invalid' });
  });

  it('keeps what it does not know from breaking it', () => {
    const draft = JSON.parse(textOf(few));
    draft.more = draft.image.more = entries(draft)[0].more = { any: 'thing' };
    expect(jsonOf(parse(JSON.stringify(draft)))).toBe(jsonOf(few));
  });
});

describe('a secret in the sources', () => {
  it.each([
    ['a password', 'run: curl https://me:geheim@example.com/x\n', 1],
    ['a token as user', 'a: 1\n# git clone https://ghp_abc@github.com/a/b\n', 2],
    ['a password of a database', 'a\nb\nc: postgres://app:geheim@db/x', 3],
    ['a password with an at sign', 'x: http://a:b@c@example.com/', 1],
    ['a second one', 'a: https://$TOKEN@x/\nb: https://geheim@x/', 2],
  ])('is found: %s', (_, manifest, line) => {
    expect(secretInSource(plain([], { manifest }))).toEqual({ file: 'image.yaml', line });
    const inBase = plain([], { base: { ...source, file: 'base.yaml', manifest } });
    expect(secretInSource(inBase)).toEqual({ file: 'base.yaml', line });
  });

  it.each([
    ['no URL with a user', 'base: docker://ghcr.io/a/b@sha256:12\nurl: https://example.com/a@b?c@d#e@f'],
    ['a name without a password off the web', 'x: ssh://git@github.com/a/b'],
    ['a variable', 'x: https://$TOKEN@example.com https://user:${PASSWORD}@example.com'],
    ['what is no scheme', 'x: ://a:b@c'],
  ])('is not seen in %s', (_, manifest) => {
    expect(secretInSource(plain([], { manifest }))).toBeUndefined();
  });

  it('is none where the image shows it to everybody', () => {
    const url = 'postgres://app:app@db/app';
    const record = plain([], { manifest: `env: { DB: "${url}" }` });
    expect(secretInSource(record)).toBeDefined();
    const [first, ...others] = record.image.platforms;
    const config = { ...first!.config, config: { Env: [`DB=${url}`] } };
    const image = { ...record.image, platforms: [{ ...first!, config }, ...others] };
    expect(secretInSource({ ...record, image })).toBeUndefined();
  });

  it('is looked for in time that grows with the text only', () => {
    const manifest = `${'a.'.repeat(200_000)}${'a://'.repeat(100_000)}`;
    expect(secretInSource(plain([], { manifest }))).toBeUndefined();
  });
});
