import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ImageLock, LOCK_LIMIT_BYTES, parseLock, renderLock } from '../../src/lock/index.js';
import { digestOf } from '../../src/oci/index.js';
import { failureOf } from '../support/failure-of.js';
import { FILE, fullLock, locks } from './support.js';

const parse = (text: string | Uint8Array): ImageLock =>
  parseLock(typeof text === 'string' ? Buffer.from(text) : text, { file: FILE });
const textOf = (lock: ImageLock): string => Buffer.from(renderLock(lock)).toString();
const text = textOf(fullLock);

/** A lock that can become anything. */
type Draft = ReturnType<typeof JSON.parse>;

/** The refusal, in the form `LINE:COLUMN (marked) problem`. */
async function problemOf(changed: string | Uint8Array): Promise<string> {
  const { code, message, at, hint } = await failureOf(() => parse(changed));
  expect(code).toBe('lock-invalid');
  expect(message).toMatch(/^"image\.lock\.json" /);
  expect(hint).toBeDefined();
  const marked = at?.text?.slice(at.column - 1, at.column - 1 + at.length);
  return `${at?.line}:${at?.column} (${marked}) ${message.replace(/^"image\.lock\.json" (is not valid: )?/, '')}`;
}

/** The text with a part exchanged, which must be there. */
function exchanged(part: string, other: string): string {
  expect(text).toContain(part);
  return text.replace(part, () => other);
}

/** The lock with something in it exchanged. */
function edited(edit: (lock: Draft) => void): string {
  const lock = JSON.parse(text);
  edit(lock);
  return JSON.stringify(lock);
}

const amd64 = (lock: Draft) => lock.platforms['linux/amd64'];

describe('a lock', () => {
  it('is read as it was written', () => {
    expect(parse(text)).toEqual(fullLock);
  });

  it('is the same after it was written and read, whatever it holds', () => {
    fc.assert(
      fc.property(locks, (lock) => {
        const bytes = renderLock(lock);
        const again = parse(bytes);
        expect(again).toEqual(lock);
        expect(Buffer.compare(renderLock(again), bytes)).toBe(0);
      }),
    );
  });

  it('finds in its maps only what it holds', () => {
    const { fetches, platforms } = parse(text);
    const { images, debian, base, artifacts } = platforms['linux/amd64']!;
    for (const map of [fetches, platforms, images, debian, base!.tree!, artifacts!]) {
      expect(map.constructor).toBeUndefined();
      expect(map.toString).toBeUndefined();
    }
  });

  it('may have its members in any order, in any layout, and lines that end as on Windows', () => {
    const reversed = (value: unknown): unknown =>
      typeof value !== 'object' || value === null || Array.isArray(value)
        ? value
        : Object.fromEntries(
            Object.entries(value)
              .reverse()
              .map(([key, item]) => [key, reversed(item)]),
          );
    expect(parse(JSON.stringify(reversed(JSON.parse(text))))).toEqual(fullLock);
    expect(parse(JSON.stringify(JSON.parse(text), null, '\t'))).toEqual(fullLock);
    expect(parse(text.replaceAll('\n', '\r\n'))).toEqual(fullLock);
  });

  it('has its packages sorted, also where a merge left them in another order', () => {
    const shuffled = edited((lock) => amd64(lock).debian.packages.packages.reverse());
    expect(parse(shuffled)).toEqual(fullLock);
  });

  it('keeps what a descriptor has besides, since the layers of a base stay as they are', () => {
    const more = { urls: ['https://example.com/layer'], data: null, 'x.y': { a: [1, true] } };
    const lock = parse(edited((it) => Object.assign(amd64(it).base.layers[0], more)));
    expect(lock.platforms['linux/amd64']!.base!.layers[0]).toMatchObject(more);
    expect(parse(renderLock(lock))).toEqual(lock);
  });
});

describe('a merge that is not resolved', () => {
  const conflict = (line: string) => text.replace('  "format": 1,', () => line);
  it.each([['<<<<<<< HEAD'], ['======='], ['>>>>>>> topic'], ['||||||| 1234567']])(
    'is named at its first mark: %s',
    async (mark) => {
      const { message, hint, at } = await failureOf(() => parse(conflict(`${mark}\n  "format": 1,`)));
      expect(message).toBe('"image.lock.json" holds a merge that is not resolved');
      expect(hint).toContain('Take one side whole');
      expect(hint).toContain('tbuild lock');
      expect(at).toMatchObject({ file: FILE, line: 6, column: 1, length: mark.length, text: mark });
    },
  );

  it('is seen before anything else is looked at', async () => {
    expect(await problemOf(`}\n${conflict('<<<<<<< a\r')}`)).toContain('a merge that is not resolved');
  });

  it('may stand within a text', () => {
    const lock = {
      ...fullLock,
      fetches: { 'https://example.com/<<<<<<<=======': fullLock.fetches['https://example.com/b']! },
    };
    expect(parse(textOf(lock))).toEqual(lock);
  });
});

describe('a lock of a newer tbuild', () => {
  it.each([
    ['version', '2:13 (2) is of version 2, and this tbuild reads version 1'],
    ['format', '2:12 (2) is for byte format 2, and this tbuild makes format 1'],
  ])('is told by its %s, whatever else is in it', async (member, problem) => {
    const newer = `{\n"${member}": 2, "new": {} }`.replace(/"(\w+)": 2/, '"$1":  2');
    expect(await problemOf(newer)).toBe(problem);
    const { hint, details } = await failureOf(() => parse(newer));
    expect(hint).toBe('A newer tbuild wrote it: use that one.');
    expect(details).toEqual({ member, found: 2, known: 1 });
  });

  it.each([
    ['0', '"version" is 0, not 1'],
    ['"2"', '"version" is "2", not 1'],
    ['null', '"version" is null, not 1'],
    ['[2]', '"version" is a list, not'],
  ])('is not one where its version is %s', async (version, problem) => {
    expect(await problemOf(exchanged('"version": 1', `"version": ${version}`))).toContain(problem);
  });
});

describe('a text that is no lock is refused at its place:', () => {
  it.each<[name: string, text: string, problem: string]>([
    ['nothing', '', '1:1 () the file ends where a value should be'],
    ['white space', ' \n', '2:1 () the file ends where a value should be'],
    ['a byte order mark', `\ufeff${text}`, '1:1 (\ufeff) "\ufeff" stands where a value should be'],
    ['a list', '[]', '1:1 ([) it is a list, not an object'],
    ['a number', '12', '1:1 (12) it is 12, not an object'],
    ['a word', 'lock', '1:1 (l) "l" stands where a value should be'],
    ['half of one', '{\n  "fetches": {', '2:15 () the file ends where a name of a member should be'],
    ['a comma too much', '{\n  "fetches": {},\n}', '3:1 (}) "}" stands where a name of a member should be'],
    ['a comma too little', '{\n  "fetches": {}\n  "format": 1 }', '3:3 (") "\\"" stands where "," or "}" should be'],
    ['no colon', '{ "format" 1 }', '1:12 (1) "1" stands where ":" should be'],
    ['a name without quotes', '{ format: 1 }', '1:3 (f) "f" stands where a name of a member should be'],
    ['a comment', '{ // no\n}', '1:3 (/) "/" stands where a name of a member should be'],
    ['something after it', `${text}{}`, 'the end of the file should be'],
    ['a text without end', '{ "format', '1:3 ("format) a text does not end on its line'],
    ['a text over two lines', '{ "for\nmat": 1 }', '1:3 ("for) a text does not end on its line'],
    ['a tab in a text', '{ "for\tmat": 1 }', 'a text holds a control character'],
    ['an escape that is none', '{ "\\x": 1 }', '1:3 ("\\x") a text holds a control character'],
    ['a fraction', '{ "format": 1.5 }', '1:13 (1.5) "format" is 1.5, not an integer of at most 53 bits'],
    ['too large a number', '{ "format": 9007199254740992 }', '(9007199254740992) "format" is 9007199254740992'],
    ['a leading zero', '{ "format": 01 }', '1:14 (1) "1" stands where "," or "}" should be'],
    ['a member twice', '{ "format": 1,\n"format": 1 }', '2:1 ("format") it has the member "format" twice'],
    ['a member twice, escaped', '{ "format": 1, "form\\u0061t": 1 }', 'it has the member "format" twice'],
    ['deep nesting', `{ "a": ${'['.repeat(64)}${']'.repeat(64)} }`, 'it is nested deeper than 64 levels'],
    ['very deep nesting', `{ "a": ${'['.repeat(1e6)}`, 'it is nested deeper than 64 levels'],
  ])('%s', async (_, wrong, problem) => {
    expect(await problemOf(wrong)).toContain(problem);
  });

  it('not UTF-8', async () => {
    const { code, message } = await failureOf(() => parse(Buffer.from([0x7b, 0xff, 0x7d])));
    expect([code, message]).toEqual(['lock-invalid', '"image.lock.json" is not UTF-8 text']);
  });

  it('more than 16 MiB', async () => {
    const { code, message } = await failureOf(() => parse(new Uint8Array(LOCK_LIMIT_BYTES + 1)));
    expect([code, message]).toEqual(['lock-invalid', '"image.lock.json" has 16777217 bytes, the limit is 16777216']);
  });

  it('any text, with tbuild alive after it', () => {
    const parts = fc.constantFrom(
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"version"',
      '1',
      '-',
      'null',
      ' ',
      '\n',
      '"',
      '\\',
      'é',
    );
    const cuts = fc.nat(text.length).map((end) => text.slice(0, end));
    const damages = fc
      .tuple(fc.nat(text.length - 1), parts)
      .map(([at, part]) => text.slice(0, at) + part + text.slice(at + 1));
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(parts).map((all) => all.join('')),
          cuts,
          damages,
        ),
        (wrong) => {
          try {
            expect(renderLock(parse(wrong)).length).toBeGreaterThan(0);
          } catch (error) {
            expect(error).toMatchObject({ code: 'lock-invalid', at: { file: FILE } });
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

const DIGEST = digestOf('b');
const upper = DIGEST.toUpperCase().replace('SHA256', 'sha256');

describe('a lock is refused with', () => {
  it.each<[name: string, edit: (lock: Draft) => void, problem: string]>([
    ['no fetches', (it) => delete it.fetches, 'the member "fetches" is missing'],
    ['a member that is not known', (it) => (it.more = 1), 'it has the member "more", which is not known'],
    ['platforms that are a list', (it) => (it.platforms = []), '"platforms" is a list, not an object'],
    ['a platform that is none', (it) => (it.platforms['Linux/amd64'] = {}), '"Linux/amd64" is not a platform'],
    ['a platform without images', (it) => delete amd64(it).images, 'the member "images" is missing'],
    ['a base that is null', (it) => (amd64(it).base = null), '"base" is null, not an object'],
    [
      'a URL of a file',
      (it) => (it.fetches['file:///etc/passwd'] = {}),
      'is not an http or https URL without user name',
    ],
    ['a URL with a user', (it) => (it.fetches['https://me:secret@x/'] = {}), 'is not an http or https URL'],
    ['a path for a URL', (it) => (it.fetches['/a'] = {}), '"/a" is not an http or https URL'],
    ['a digest in upper case', (it) => (it.fetches['https://example.com/b'].digest = upper), 'not a sha256 digest'],
    [
      'a short digest',
      (it) => (it.fetches['https://example.com/b'].digest = 'sha256:12'),
      '"digest" is "sha256:12", not',
    ],
    [
      'another algorithm',
      (it) => (it.fetches['https://example.com/b'].digest = `md5:${'0'.repeat(32)}`),
      '"digest" is',
    ],
    ['a path in a digest', (it) => (it.fetches['https://example.com/b'].digest = 'sha256:../../x'), '"digest" is'],
    ['a digest that is an object', (it) => (it.fetches['https://example.com/b'].digest = {}), '"digest" is an object'],
    ['a negative size', (it) => (it.fetches['https://example.com/b'].size = -1), '"size" is -1, not a number of bytes'],
    [
      'a size in a text',
      (it) => (it.fetches['https://example.com/b'].size = '1'),
      '"size" is "1", not a number of bytes',
    ],
    ['no size', (it) => delete it.fetches['https://example.com/b'].size, 'the member "size" is missing'],
    ['more in a file', (it) => (it.fetches['https://example.com/b'].path = '/'), 'it has the member "path"'],
    [
      'a reference of a file',
      (it) => (amd64(it).base.reference = 'oci:/etc'),
      '"reference" is "oci:/etc", not a reference',
    ],
    [
      'a short reference',
      (it) => (amd64(it).base.reference = 'debian:12'),
      '"reference" is "debian:12", not a reference',
    ],
    ['a layer that is none', (it) => (amd64(it).base.layers[0] = 5), 'item 1 of "layers" is 5, not an object'],
    ['layers that are none', (it) => (amd64(it).base.layers = {}), '"layers" is an object, not a list'],
    ['no media type', (it) => (amd64(it).base.config.mediaType = ''), '"mediaType" is "", not a text'],
    ['annotations of numbers', (it) => (amd64(it).base.config.annotations = { a: 1 }), '"a" is 1, not a text'],
    [
      'a platform without system',
      (it) => (amd64(it).base.manifest.platform = { architecture: 'a' }),
      '"os" is missing',
    ],
    [
      'an image under another name',
      (it) => (amd64(it).images = { 'docker://x.io/y': Object.values(amd64(it).images)[0] }),
      'the image "docker://x.io/y" has the reference "docker://docker.io/library/busybox:1.36"',
    ],
    ['an absolute path', (it) => (amd64(it).base.tree['/etc'] = null), '"/etc" is not a path'],
    ['a path with ..', (it) => (amd64(it).base.tree['a/../b'] = null), '"a/../b" is not a path'],
    ['a path with an end', (it) => (amd64(it).base.tree['a/'] = null), '"a/" is not a path'],
    ['a path with NUL', (it) => (amd64(it).base.tree['a\0'] = null), 'is not a path'],
    [
      'an unknown kind',
      (it) => (amd64(it).base.tree.x = ['socket', '0755', '0:0']),
      'not what can be at a path of a tree',
    ],
    [
      'a kind that all objects have',
      (it) => (amd64(it).base.tree.x = ['constructor', '0755', '0:0']),
      'not what can be',
    ],
    ['a mode as a number', (it) => (amd64(it).base.tree.x = ['directory', 755, '0:0']), 'not what can be'],
    ['an owner by name', (it) => (amd64(it).base.tree.x = ['directory', '0755', 'root:root']), 'not what can be'],
    ['a link to nowhere', (it) => (amd64(it).base.tree.x = ['symlink', '0777', '0:0']), 'not what can be'],
    ['a file without digest', (it) => (amd64(it).base.tree.x = ['file', '0644', '0:0', 5]), 'not what can be'],
    ['too much', (it) => (amd64(it).base.tree.x = ['directory', '0755', '0:0', {}, {}]), 'not what can be'],
    [
      'attributes in plain',
      (it) => (amd64(it).base.tree.x = ['directory', '0755', '0:0', { a: '?' }]),
      'not what can be',
    ],
    ['a first layer with a number', (it) => (amd64(it).debian['a#1'] = {}), '"a#1" is not a layer'],
    ['packages without request', (it) => delete amd64(it).debian.packages.request, 'the member "request" is missing'],
  ])('%s', async (_, edit, problem) => {
    expect(await problemOf(edited(edit))).toContain(problem);
  });

  const packages = (lock: Draft) => amd64(lock).debian.packages.packages;
  it.each<[member: string, value: unknown]>([
    ['name', 'Nginx'],
    ['name', '../x'],
    ['name', 'a\nb'],
    ['version', ''],
    ['version', '1 2'],
    ['version', '1/2'],
    ['architecture', '*'],
    ['suite', ''],
    ['suite', 'a b'],
    ['suite', '/a'],
    ['path', ''],
    ['path', '/etc/passwd'],
    ['path', '//evil.example.com/x'],
    ['path', 'https://evil.example.com/x'],
    ['path', 'https:evil.example.com'],
    ['path', 'pool/../../x'],
    ['path', '..'],
    ['path', 'pool/%2e%2E/x'],
    ['path', 'pool/.%2e/x'],
    ['path', 'pool\\..\\x'],
    ['path', 'pool/x?y'],
    ['path', 'pool/x#y'],
    ['path', 'pool/x y'],
    ['path', 'pool//x'],
    ['digest', 'sha256'],
    ['size', null],
  ])('a package whose %s is %j', async (member, value) => {
    const problem = await problemOf(edited((lock) => Object.assign(packages(lock)[0], { [member]: value })));
    expect(problem).toContain(`"${member}" is ${JSON.stringify(value)}, not a`);
  });

  it('a package twice, as a merge may leave it', async () => {
    const twice = edited((lock) => packages(lock).push({ ...packages(lock)[0], version: '2.36-10' }));
    expect(await problemOf(twice)).toContain('the package libc6 (amd64) is pinned twice');
  });

  it('not the same package of two architectures', () => {
    const both = edited((lock) => packages(lock).push({ ...packages(lock)[0], architecture: 'all' }));
    expect(parse(both).platforms['linux/amd64']!.debian.packages!.packages).toHaveLength(3);
  });

  it('the place of what is wrong', async () => {
    const line = text.split('\n').findIndex((row) => row.includes('"name": "nginx"')) + 1;
    const column = text.split('\n')[line - 1]!.indexOf('"bookworm"') + 1;
    const wrong = text.replace(/("name": "nginx".*)"bookworm"/, '$1"book worm"');
    expect(await problemOf(wrong)).toBe(`${line}:${column} ("book worm") "suite" is "book worm", not a suite`);
  });
});
