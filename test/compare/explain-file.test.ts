import { describe, expect, it } from 'vitest';
import { need } from '../support/programs.js';
import { findingsOf, lineOf, linesOf, workshop } from './support.js';

const at = workshop();

type Variables = Readonly<Record<string, string>>;

/** Runs the script twice, in fresh directories `a` and `b`, and gives the file that each made. */
function made(
  script: string,
  file: string,
  [before, after]: readonly [Variables, Variables],
): readonly [Buffer, Buffer] {
  at.run('rm -rf a b; mkdir a b');
  at.run(`cd a; ${script}`, before);
  at.run(`cd b; ${script}`, after);
  return [at.read(`a/${file}`), at.read(`b/${file}`)];
}

const MAIN = `cat > m.c <<'END'
#include <stdio.h>
int main(int n, char **v) { printf("this is built %s\\n", WHAT); return v[n] != 0; }
END
`;
const TIMES = [{ T: '1764000000' }, { T: '1764003660' }] as const;
const LATER = 'time: the time of the build, 2025-11-24T17:01:00Z, is written into it';
const FOLLOWS = /^elf section \.note\.gnu\.build-id @\d+: [0-9a-f]+.* \| build-id: the build id follows/;
/** Numbers that refer to what moved. */
const FOLLOWING = /^elf section \.(?:debug_(?:info|line|aranges)|symtab)\b/;
const RECOMPRESSED =
  'compression: the content is the same: another program, version, level or number of threads compressed it';
const OTHER_ORDER = /\| order: the same members stand in another order/;
const OBJECTS = 'touch -d @$T f g d/h d';
const MEMBERS = `echo 1 > f; echo $C > g; mkdir d; echo x > d/h; ${OBJECTS}`;

type Row = readonly [
  title: string,
  programs: string,
  script: string,
  file: string,
  variables: readonly [Variables, Variables],
  /** Every finding, in order. */
  lines: readonly (string | RegExp)[],
];

const ROWS: readonly Row[] = [
  [
    'a date in a program',
    'gcc',
    `${MAIN} gcc -o m "-DWHAT=\\"$D\\"" m.c`,
    'm',
    [{ D: 'Nov 23 2026' }, { D: 'Nov 24 2026' }],
    [/^elf section \.rodata @\d+: Nov 23 2026 -> Nov 24 2026 \| time: the time of the build, Nov 24 2026, is/, FOLLOWS],
  ],
  [
    'a build path in a program',
    'gcc',
    `${MAIN} gcc -o m -DWHAT=__FILE__ "$PWD/m.c"; strip -R .note.gnu.build-id m`,
    'm',
    [{}, {}],
    [/^elf section \.rodata @\d+: \/.*\/a\/m\.c -> \/.*\/b\/m\.c \| path: .*\/b\/m\.c, is written into it$/],
  ],
  [
    'a build path in debugging information only',
    'gcc',
    `${MAIN} gcc -g -o m "-DWHAT=\\"this\\"" m.c`,
    'm',
    [{}, {}],
    [/^elf section \.debug_line_str @\d+: \/.*\/a -> \/.*\/b \| path: .*\/b, is written into it$/, FOLLOWS],
  ],
  [
    'nothing but a build id',
    'gcc',
    `${MAIN} gcc -g -o m "-DWHAT=\\"this\\"" m.c; strip m`,
    'm',
    [{}, {}],
    [/^elf section \.note\.gnu\.build-id @\d+: .* \| build-id: the linker makes the build id of what it links/],
  ],
  [
    'seconds in a variable of a library',
    'gcc',
    'echo "long t = $T;" > m.c; gcc -shared -o m m.c; strip -R .note.gnu.build-id m',
    'm',
    TIMES,
    [
      /^elf section \.data @\d+: 2025-11-24T16:00:00Z -> 2025-11-24T17:01:00Z \| time: the time of the build, 2025-11-24T17:01:00Z, is/,
    ],
  ],
  [
    'a longer function',
    'gcc',
    `echo "int f(int x) { return x$X; }" > m.c; gcc -c -fno-asynchronous-unwind-tables -o m m.c`,
    'm',
    [{ X: '' }, { X: '*x*7+x/3' }],
    [/^elf section \.text @\d+: \d+ bytes -> \d+ bytes$/],
  ],
  [
    'members of a static library',
    'gcc',
    'echo "const char *s = \\"$S\\";" > m.c; gcc -c m.c; touch -d @$T m.o; ar rcSU lib.a m.o',
    'lib.a',
    [
      { ...TIMES[0], S: 'version one' },
      { ...TIMES[1], S: 'version two' },
    ],
    [
      /^archive member m\.o: mtime @24: .*time of the build, 2025-11-24T17:01:00Z/,
      /^elf member m\.o: section \.rodata @\d+: version one -> version two$/,
    ],
  ],
  [
    'the time in a header of gzip',
    'gzip',
    'echo hello > f; touch -d @$T f; gzip f',
    'f.gz',
    TIMES,
    [`gzip header: mtime @4: 2025-11-24T16:00:00Z -> 2025-11-24T17:01:00Z | ${LATER}`],
  ],
  [
    'the name in a header of gzip',
    'gzip',
    'echo hello > $F; touch -d @1764000000 $F; gzip $F; mv $F.gz f.gz',
    'f.gz',
    [{ F: 'one' }, { F: 'two' }],
    ['gzip header: name @10: one -> two'],
  ],
  [
    'the level of gzip',
    'gzip',
    'seq 1 10000 | gzip -n -$L > f.gz',
    'f.gz',
    [{ L: '1' }, { L: '9' }],
    ['gzip header: level @8: fastest -> best', new RegExp(`^gzip compressed data @10: .* \\| ${RECOMPRESSED}$`)],
  ],
  [
    'the level of xz',
    'xz',
    'seq 1 10000 | xz -$L > f',
    'f',
    [{ L: '0' }, { L: '9' }],
    [new RegExp(`^archive xz data: .* \\| ${RECOMPRESSED}$`)],
  ],
  [
    'the level of zstd',
    'zstd',
    'seq 1 10000 | zstd -q -$L > f',
    'f',
    [{ L: '1' }, { L: '9' }],
    [new RegExp(`^archive zstd data: .* \\| ${RECOMPRESSED}$`)],
  ],
  [
    'a line in a text that zstd compressed',
    'zstd',
    '(echo first; echo "user=$U") | zstd -q > f',
    'f',
    [{ U: 'alice' }, { U: 'bob' }],
    ['text content: line 2: user=alice -> user=bob | user: who ran the build, bob, is written into it'],
  ],
  [
    'the time in compiled Python',
    'python3',
    'echo "x = 1" > f.py; touch -d @$T f.py; python3 -m py_compile f.py; mv __pycache__/*.pyc f.pyc',
    'f.pyc',
    TIMES,
    [`pyc header: mtime of the source @8: 2025-11-24T16:00:00Z -> 2025-11-24T17:01:00Z | ${LATER}`],
  ],
  [
    'a path in compiled Python',
    'python3',
    'echo "x = 1" > f.py; touch -d @1764000000 f.py; python3 -c \'import py_compile, os; py_compile.compile(os.path.abspath("f.py"), "f.pyc")\'',
    'f.pyc',
    [{}, {}],
    [/^pyc code @\d+: \/.*\/a\/f\.py -> \/.*\/b\/f\.py \| path: .*\/b\/f\.py, is written into it$/],
  ],
  [
    'the source of compiled Python with a hash',
    'python3',
    `echo "x = '$X'" > f.py; python3 -c 'import py_compile; py_compile.compile("f.py", "f.pyc", invalidation_mode=py_compile.PycInvalidationMode.CHECKED_HASH)'`,
    'f.pyc',
    [{ X: 'value one' }, { X: 'value two' }],
    [/^pyc header: hash of the source @8: [0-9a-f]{16} -> [0-9a-f]{16}$/, /^pyc code @\d+: value one.* -> value two/],
  ],
  [
    'order, times and a content in a tar',
    'tar',
    `${MEMBERS}; tar --owner=0 --group=0 -cf t $O`,
    't',
    [
      { ...TIMES[0], O: 'f g d', C: 'one' },
      { ...TIMES[1], O: 'g f d', C: 'two' },
    ],
    [
      /^archive order of members, from number 1: f, g, d -> g, f, d \| order: /,
      /^archive mtime of 4 members, first g @136: 2025-11-24T16:00:00Z -> 2025-11-24T17:01:00Z \| time: /,
      'text member g: line 1 @512: one -> two',
    ],
  ],
  [
    'the owner in a tar',
    'tar',
    `${MEMBERS}; tar --owner=$U:1 --group=0 -cf t f`,
    't',
    [
      { ...TIMES[0], U: 'alice', C: '' },
      { ...TIMES[0], U: 'bob', C: '' },
    ],
    [/^archive member f: owner: 1:0 \(alice:.*\) -> 1:0 \(bob:.*\) \| user: the owner is who ran the build/],
  ],
  [
    'what lies in a compressed tar',
    'tar',
    `${MEMBERS}; tar --owner=0 --group=0 -cf t f g d; gzip -n t`,
    't.gz',
    [
      { ...TIMES[0], C: 'id 6ba7b810-9dad-11d1-80b4-00c04fd430c8' },
      { ...TIMES[0], C: 'id 6ba7b811-9dad-11d1-80b4-00c04fd430c8' },
    ],
    [
      /^text content: member g: line 1: .* \| random: a random id \(UUID\), 6ba7b811-9dad-11d1-80b4-00c04fd430c8, is written into it$/,
    ],
  ],
  [
    'a member that only one zip has',
    'zip',
    `${MEMBERS}; zip -qX z.zip f $O`,
    'z.zip',
    [
      { ...TIMES[0], C: '', O: '' },
      { ...TIMES[0], C: '', O: 'd/h' },
    ],
    [/^archive member d\/h @\d+: null -> 2 bytes$/],
  ],
  [
    'order and times in a zip',
    'zip',
    `${MEMBERS}; zip -qrX z.zip $O`,
    'z.zip',
    [
      { ...TIMES[0], C: '', O: 'f g d' },
      { ...TIMES[1], C: '', O: 'g f d' },
    ],
    [OTHER_ORDER, /^archive mtime of 4 members, first g @\d+: .* \| time: the time of the build, 2025-11-24T17:01:00Z/],
  ],
  [
    'the level of a zip',
    'zip',
    'seq 1 5000 > f; touch -d @1764000000 f; zip -qX -$L z.zip f',
    'z.zip',
    [{ L: '1' }, { L: '9' }],
    [new RegExp(`^archive member f: compressed data: .* \\| ${RECOMPRESSED}$`)],
  ],
];

describe.each(ROWS)('inside two files with %s', (_, programs, script, file, variables, lines) => {
  it.skipIf(!need(...programs.split(' ')))('each difference is named with its reason', async () => {
    const [before, after] = made(script, file, variables);
    const found = (await findingsOf(before, after)).map(lineOf).filter((line) => !FOLLOWING.test(line));
    expect(found).toEqual(lines.map((line) => (typeof line === 'string' ? line : expect.stringMatching(line))));
  });
});

describe('the offset of a finding', () => {
  it.skipIf(!need('gcc', 'tar'))('is where its later value stands in the file', async () => {
    const script = `${MAIN} gcc -o m "-DWHAT=\\"$D\\"" m.c; strip -R .note.gnu.build-id m; tar -cf t m`;
    const variables = [{ D: 'Nov 23 2026' }, { D: 'Nov 24 2026' }] as const;
    for (const file of ['m', 't']) {
      const [before, after] = made(script, file, variables);
      const finding = (await findingsOf(before, after)).find(({ likely, kind }) => likely !== null && kind === 'elf');
      expect(after.subarray(finding!.offset! - 4, finding!.offset! + 7).toString()).toContain('Nov 24');
    }
  });
});

/** Two texts, and every line about them. */
const TEXTS: readonly [title: string, before: string, after: string, lines: readonly string[]][] = [
  ['equal', 'a\n', 'a\n', []],
  ['a line', 'a\nb\nc\n', 'a\nB\nc\n', ['text line 2 @2: b -> B']],
  ['a line more', 'a\nc\n', 'a\nb\nc\n', ['text line 2 @2: null -> b']],
  ['a line less', 'a\nb\nc\n', 'a\nc\n', ['text line 2: b -> null']],
  ['line ends', 'a\r\n', 'a\n', ['text line 1 @1: a\\x0d -> a']],
  [
    'a date of ISO 8601',
    'built: 2026-11-23T10:00:00Z\n',
    'built: 2026-11-24T11:30:00Z\n',
    [
      'text line 1 @16: built: 2026-11-23T10:00:00Z -> built: 2026-11-24T11:30:00Z | time: the time of the build, 2026-11-24T11:30:00Z, is written into it',
    ],
  ],
  [
    'a date of mail',
    'Date: Mon, 23 Nov 2026 10:00:00 +0000',
    'Date: Tue, 24 Nov 2026 11:00:01 +0000',
    [
      'text line 1 @6: Date: Mon, 23 Nov 2026 10:00:00 +0000 -> Date: Tue, 24 Nov 2026 11:00:01 +0000 | time: the time of the build, Tue, 24 Nov 2026 11:00:01 +0000, is written into it',
    ],
  ],
  [
    'what date(1) prints',
    '# Mon Nov 23 10:00:00 UTC 2026',
    '# Tue Nov 24 10:00:01 UTC 2026',
    [
      'text line 1 @2: # Mon Nov 23 10:00:00 UTC 2026 -> # Tue Nov 24 10:00:01 UTC 2026 | time: the time of the build, Tue Nov 24 10:00:01 UTC 2026, is written into it',
    ],
  ],
  [
    'a time of day',
    'at 10:00:00',
    'at 11:30:05',
    ['text line 1 @4: at 10:00:00 -> at 11:30:05 | time: the time of the build, 11:30:05, is written into it'],
  ],
  [
    'seconds since the epoch',
    'stamp=1764000000',
    'stamp=1764003660',
    [
      'text line 1 @12: stamp=1764000000 -> stamp=1764003660 | time: the time of the build, 2025-11-24T17:01:00Z, is written into it',
    ],
  ],
  [
    'nanoseconds since the epoch',
    '1795537028176097077',
    '1795537029495111885',
    [
      'text line 1 @9: 1795537028176097077 -> 1795537029495111885 | time: the time of the build, 2026-11-24T16:17:09Z, is written into it',
    ],
  ],
  [
    'fractions of one second since the epoch',
    '1764000000123',
    '1764000000456',
    [
      'text line 1 @10: 1764000000123 -> 1764000000456 | time: the time of the build, 2025-11-24T16:00:00Z, is written into it',
    ],
  ],
  [
    'numbers that are no times of one build',
    'n=1000000001',
    'n=1764003660',
    ['text line 1 @3: n=1000000001 -> n=1764003660'],
  ],
  [
    'a path of the build',
    'dir=/build/one/src',
    'dir=/build/two/src',
    [
      'text line 1 @11: dir=/build/one/src -> dir=/build/two/src | path: a path of the build, /build/two/src, is written into it',
    ],
  ],
  [
    'a directory in front',
    'f=/srv/ci/1/a.c',
    'f=/srv/ci/22/a.c',
    [
      'text line 1 @10: f=/srv/ci/1/a.c -> f=/srv/ci/22/a.c | path: only the directory before the name differs: a path of the build, /srv/ci/22/a.c, is written into it',
    ],
  ],
  ['another path', 'f=/usr/bin/a', 'f=/usr/bin/b', ['text line 1 @11: f=/usr/bin/a -> f=/usr/bin/b']],
  [
    'an order of lines',
    'b\na\nc\n',
    'c\nb\na\n',
    [
      'text line 1 @0: b -> c | order: the same lines stand in another order: that of a directory, of a hash table or of jobs that run at the same time',
    ],
  ],
  [
    'lines that are sorted by another locale',
    'B\nC\na\nd\n',
    'a\nB\nC\nd\n',
    ['text line 1 @0: B -> a | locale: the same lines are sorted as another locale does'],
  ],
  [
    'an order of words',
    'use: b a c',
    'use: a c b',
    ['text line 1 @5: use: b a c -> use: a c b | order: the same words stand in another order'],
  ],
  [
    'an address',
    '<f at 0x7f1122334455>',
    '<f at 0x7f5522334455>',
    [
      'text line 1 @10: <f at 0x7f1122334455> -> <f at 0x7f5522334455> | random: an address in memory, 0x7f5522334455, is written into it',
    ],
  ],
  [
    'a digest or random id',
    'id=0123456789abcdef0123',
    'id=fedcba98765432100123',
    [
      'text line 1 @3: id=0123456789abcdef0123 -> id=fedcba98765432100123 | random: an id of the same form has another value, fedcba98765432100123: it is random, or a digest of something else that differs',
    ],
  ],
  [
    'a user and a machine',
    'by root@one',
    'by root@two',
    ['text line 1 @8: by root@one -> by root@two | host: the name of the machine, two, is written into it'],
  ],
  [
    'a locale',
    'LANG=de_DE.UTF-8',
    'LANG=et_EE.UTF-8',
    [
      'text line 1 @5: LANG=de_DE.UTF-8 -> LANG=et_EE.UTF-8 | locale: the locale of the build, et_EE.UTF-8, is written into it',
    ],
  ],
  [
    'a random id in JSON',
    '{"build":{"id":"6ba7b810-9dad-11d1-80b4-00c04fd430c8","n":[1,2]}}',
    '{"build":{"id":"6ba7b811-9dad-11d1-80b4-00c04fd430c8","n":[1,3]}}',
    [
      'json $.build.id: "6ba7b810-9dad-11d1-80b4-00c04fd430c8" -> "6ba7b811-9dad-11d1-80b4-00c04fd430c8" | random: a random id (UUID), 6ba7b811-9dad-11d1-80b4-00c04fd430c8, is written into it',
      'json $.build.n[1]: 2 -> 3',
    ],
  ],
  [
    'a machine in JSON',
    '{"host":"alpha","a b":1}',
    '{"host":"beta","c":1}',
    [
      'json $.host: "alpha" -> "beta" | host: the name of the machine, beta, is written into it',
      'json $["a b"]: 1 -> null',
      'json $.c: null -> 1',
    ],
  ],
  [
    'orders in JSON',
    '{"a":1,"b":[1,2,3]}',
    '{"b":[3,1,2],"a":1}',
    [
      'json $.b: 1, 2, 3 -> 3, 1, 2 | order: the same items stand in another order: that of a directory, of a hash table or of jobs that run at the same time',
      'json keys of $: a, b -> b, a | order: the same keys stand in another order: that of a directory, of a hash table or of jobs that run at the same time',
    ],
  ],
  ['white space in JSON', '{"a":1}', '{"a": 1}', ['text line 1 @5: {"a":1} -> {"a": 1}']],
  ['bytes', 'a\0\x01\x03', 'a\0\x02\x03', ['bytes byte 2 @2: 01 -> 02']],
  ['more bytes', '\0\0', '\0\0\x01', ['bytes from byte 2 on @2: 2 bytes -> 3 bytes']],
];

describe('two texts', () => {
  it.each(TEXTS)('with %s give just these findings', async (_, before, after, lines) => {
    expect(await linesOf(before, after)).toEqual(lines);
  });

  it('that differ in the time of the image are told so', async () => {
    const [line] = await linesOf('t=1764000000', 't=1764003660', 1764003660);
    expect(line).toContain('time: the time "created" of the image, 2025-11-24T17:01:00Z, is written into it');
  });

  it('of any length give short lines around the difference', async () => {
    const [finding] = await findingsOf(
      `${'x'.repeat(5000)}1${'y'.repeat(5000)}`,
      `${'x'.repeat(5000)}2${'y'.repeat(5000)}`,
    );
    expect(finding!.before).toMatch(/^…x{30}1y{89}…$/);
    expect(finding!.offset).toBe(5000);
  });

  it('with many differences give 20 findings', async () => {
    const numbers = Array.from({ length: 100 }, (_, i) => i);
    const found = await findingsOf(numbers.join('\n'), numbers.map((n) => n + 1000).join('\n'));
    expect(found).toHaveLength(20);
  });
});

describe('a file of more than 64 MiB', () => {
  const open = (size: number, last: number) => ({
    path: '/large',
    size,
    *open() {
      const chunk = new Uint8Array(1024 * 1024);
      for (let i = 0; i < size; i += chunk.length) yield chunk;
      yield Uint8Array.of(last);
    },
  });

  it('is compared as far as that', async () => {
    const { explainFile } = await import('../../src/compare/index.js');
    const size = 65 * 1024 * 1024;
    const found = await explainFile(open(size, 1), open(size, 2), { created: undefined });
    expect(found.map(lineOf)).toEqual([
      `bytes behind the first ${64 * 1024 * 1024} bytes @${64 * 1024 * 1024}: null -> null`,
    ]);
  });
});
