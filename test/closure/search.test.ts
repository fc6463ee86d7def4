import { describe, expect, it } from 'vitest';
import { failureOf } from '../support/failure-of.js';
import { directory, file, symlink } from '../tree/support.js';
import { closureIn, debianLoader, elf, LOADER, library, lines, program } from './support.js';

const LOADER_LINES = [
  'lib/x86_64-linux-gnu/ld-linux-x86-64.so.2: /bin/x → /lib64/ld-linux-x86-64.so.2',
  'lib64/ld-linux-x86-64.so.2: /bin/x → /lib64/ld-linux-x86-64.so.2',
];

/** What `/bin/x` needs besides its loader. */
async function neededBy(entries: Parameters<typeof closureIn>[0], more = {}): Promise<string[]> {
  const all = lines(await closureIn([...entries, ...debianLoader], ['bin/x'], more));
  return all.filter((line) => !LOADER_LINES.includes(line));
}

const placesOf = async (entries: Parameters<typeof closureIn>[0]): Promise<string[]> =>
  (await neededBy(entries)).map((line) => line.slice(0, line.indexOf(':')));

const triplet = 'usr/lib/x86_64-linux-gnu';

describe('libraries of glibc programs', () => {
  it('are found breadth first, and each says why it is there', async () => {
    const needed = await closureIn(
      [
        ...debianLoader,
        program('bin/x', ['liba.so.1', 'libb.so.1']),
        library(`${triplet}/liba.so.1`, ['libc.so.6']),
        library(`${triplet}/libb.so.1`, ['liba.so.1', 'libd.so.1']),
        library(`${triplet}/libd.so.1`, ['libc.so.6', 'ld-linux-x86-64.so.2']),
        library(`${triplet}/libc.so.6`, ['ld-linux-x86-64.so.2']),
      ],
      ['bin/x'],
    );
    expect(lines(needed)).toEqual(
      [
        ...LOADER_LINES,
        `${triplet}/liba.so.1: /bin/x → liba.so.1`,
        `${triplet}/libb.so.1: /bin/x → libb.so.1`,
        `${triplet}/libc.so.6: /bin/x → liba.so.1 → libc.so.6`,
        `${triplet}/libd.so.1: /bin/x → libb.so.1 → libd.so.1`,
      ].sort(),
    );
  });

  it('are not searched again under a soname that is loaded', async () => {
    const entries = [
      program('bin/x', ['libold.so', 'libb.so'], { runpath: '/opt' }),
      library('opt/libold.so', [], { soname: 'libreal.so.1' }),
      library('opt/libb.so', ['libreal.so.1'], { runpath: '/other' }),
      library('other/libreal.so.1'),
    ];
    expect(await placesOf(entries)).toEqual(['opt/libb.so', 'opt/libold.so']);
  });

  it('may be one file under several names, with all the links that lead there', async () => {
    const entries = [
      program('bin/x', ['liba.so', 'libb.so']),
      symlink('lib/liba.so', 'libx.so.1.2'),
      symlink('lib/libb.so', 'liba.so'),
      library('lib/libx.so.1.2'),
    ];
    expect(await neededBy(entries)).toEqual([
      'lib/liba.so: /bin/x → liba.so',
      'lib/libb.so: /bin/x → libb.so',
      'lib/libx.so.1.2: /bin/x → liba.so',
    ]);
  });

  it('bring the symlinked directories on their way', async () => {
    const entries = [
      program('usr/bin/x', ['liba.so']),
      symlink('bin', 'usr/bin'),
      symlink('lib', 'usr/lib'),
      symlink('lib64', 'usr/lib64'),
      symlink('usr/lib64/ld-linux-x86-64.so.2', '../lib/ld.so'),
      symlink('usr/lib/x86_64-linux-gnu', './arch/../arch'),
      library('usr/lib/arch/liba.so'),
      library('usr/lib/ld.so'),
    ];
    expect((await closureIn(entries, ['usr/bin/x'])).map(({ path }) => path)).toEqual([
      'lib',
      'lib64',
      'usr/lib/arch/liba.so',
      'usr/lib/ld.so',
      'usr/lib/x86_64-linux-gnu',
      'usr/lib64/ld-linux-x86-64.so.2',
    ]);
  });

  const everywhere = ['opt/rpath', 'opt/runpath', 'etc/conf', `${triplet}`, 'lib'].map((at) =>
    library(`${at}/liba.so`),
  );
  const conf = [file('etc/ld.so.conf', '/etc/conf\n')];
  const cache = [...conf, file('etc/ld.so.cache')];
  const orders: readonly [what: string, extra: Parameters<typeof closureIn>[0], how: object, place: string][] = [
    ['RPATH first', cache, { rpath: '/opt/rpath' }, 'opt/rpath/liba.so'],
    ['no RPATH beside a RUNPATH', cache, { rpath: '/opt/rpath', runpath: '/opt/runpath' }, 'opt/runpath/liba.so'],
    ['no RPATH beside an empty RUNPATH', cache, { rpath: '/opt/rpath', runpath: '' }, 'etc/conf/liba.so'],
    ['ld.so.conf before what is built in', cache, {}, 'etc/conf/liba.so'],
    ['what is built in, where the loader has no cache', conf, {}, `${triplet}/liba.so`],
    ['only ld.so.conf with NODEFLIB', cache, { flags1: 0x800 }, 'etc/conf/liba.so'],
    ['the first of a RUNPATH', [], { runpath: '/nowhere:relative::/opt/runpath/:/opt/rpath' }, 'opt/runpath/liba.so'],
  ];
  it.each(orders)('come from %s', async (_, extra, how, place) => {
    const index = place.startsWith('etc/conf') ? ['etc/ld.so.cache'] : [];
    const entries = [program('bin/x', ['liba.so'], how), ...everywhere, ...extra];
    expect(await placesOf(entries)).toEqual([place, ...index]);
  });

  it('are not looked for in built-in directories with NODEFLIB, even where ld.so.conf names them', async () => {
    const conf = [file('etc/ld.so.conf', `/${triplet}\n/lib/\n`), file('etc/ld.so.cache')];
    const entries = [...debianLoader, ...conf, program('bin/x', ['liba.so'], { flags1: 0x800 })];
    const error = await failureOf(closureIn([...entries, library(`${triplet}/liba.so`)], ['bin/x']));
    expect(error.code).toBe('closure-missing');
    expect(error.details.looked).toEqual([]);
  });

  it('inherit the RPATH of what loaded them, and no RUNPATH', async () => {
    const chain = (how: object) => [
      program('bin/x', ['liba.so'], how),
      library('opt/liba.so', ['libb.so']),
      library('opt/libb.so'),
    ];
    expect(await placesOf(chain({ rpath: '/opt' }))).toEqual(['opt/liba.so', 'opt/libb.so']);
    expect((await failureOf(neededBy(chain({ runpath: '/opt' })))).code).toBe('closure-missing');
  });

  it('do not inherit an RPATH where they have a RUNPATH themselves', async () => {
    const entries = [
      program('bin/x', ['liba.so'], { rpath: '/opt' }),
      library('opt/liba.so', ['libb.so'], { runpath: '/nowhere' }),
      library('opt/libb.so'),
    ];
    const error = await failureOf(neededBy(entries));
    expect(error.details.why).toEqual(['/bin/x', 'liba.so', 'libb.so']);
  });

  it('do not inherit an RPATH that stands beside a RUNPATH', async () => {
    const entries = [
      program('bin/x', ['liba.so'], { rpath: '/opt', runpath: '/one' }),
      library('one/liba.so', ['libb.so']),
      library('opt/libb.so'),
    ];
    expect((await failureOf(neededBy(entries))).details.why).toEqual(['/bin/x', 'liba.so', 'libb.so']);
  });

  it('are not looked for behind a file', async () => {
    const entries = [program('bin/x', ['liba.so'], { runpath: '/bin/x/../opt:/opt' }), library('bin/opt/liba.so')];
    expect(await placesOf([...entries, library('opt/liba.so')])).toEqual(['opt/liba.so']);
  });

  it('have no token in a longer word', async () => {
    const entries = [program('bin/x', ['liba.so'], { runpath: '$ORIGINAL:$ORIGIN/lib' }), library('binAL/liba.so')];
    expect(await placesOf([...entries, library('bin/lib/liba.so')])).toEqual(['bin/lib/liba.so']);
  });

  const tokens: readonly [path: string, place: string][] = [
    ['$ORIGIN', 'bin/liba.so'],
    ['${ORIGIN}/../opt', 'opt/liba.so'],
    ['/opt/$LIB', 'opt/lib/x86_64-linux-gnu/liba.so'],
    ['/opt/${LIB}', 'opt/lib64/liba.so'],
    ['/opt/$PLATFORM', 'opt/x86_64/liba.so'],
  ];
  it.each(tokens)('are found where %s leads', async (runpath, place) => {
    expect(await placesOf([program('bin/x', ['liba.so'], { runpath }), library(place)])).toEqual([place]);
  });

  it('have $ORIGIN where they were found, and programs where they really are', async () => {
    const entries = [
      ...debianLoader,
      symlink('bin/x', '../opt/app/x'),
      program('opt/app/x', ['liba.so'], { runpath: '$ORIGIN/lib' }),
      symlink('opt/app/lib/liba.so', '/store/liba.so'),
      library('store/liba.so', ['libb.so'], { runpath: '$ORIGIN' }),
      library('opt/app/lib/libb.so'),
    ];
    const needed = (await closureIn(entries, ['bin/x'])).map(({ path }) => path);
    expect(needed.filter((path) => !path.includes('ld-linux'))).toEqual([
      'opt/app/lib/liba.so',
      'opt/app/lib/libb.so',
      'opt/app/x',
      'store/liba.so',
    ]);
  });

  it('may be asked for by path', async () => {
    const needed = ['/opt/liba.so', '$ORIGIN/../opt/libb.so'];
    expect(await placesOf([program('bin/x', needed), library('opt/liba.so'), library('opt/libb.so')])).toEqual([
      'opt/liba.so',
      'opt/libb.so',
    ]);
    expect((await failureOf(neededBy([program('bin/x', ['./liba.so']), library('bin/liba.so')]))).code).toBe(
      'closure-missing',
    );
  });

  it('that stand in for others bring them, and miss none that are optional', async () => {
    const entries = [
      program('bin/x', ['liba.so']),
      library('lib/liba.so', [], { filter: ['libreal.so'], auxiliary: ['libfast.so', 'libnone.so'] }),
      library('lib/libreal.so'),
      library('lib/libfast.so'),
    ];
    expect(await placesOf(entries)).toEqual(['lib/liba.so', 'lib/libfast.so', 'lib/libreal.so']);
  });

  it.each([
    ['blanks in a line', `/a${' '.repeat(400_000)}b`],
    ['slashes', `/a${'/'.repeat(400_000)}b`],
    ['brackets', `include /etc/${'[!'.repeat(200_000)}`],
  ])('come from an ld.so.conf with many %s without a long search', async (_title, line) => {
    const conf = file('etc/ld.so.conf', `${line}\n/conf\n`);
    expect(await placesOf([conf, program('bin/x', ['liba.so']), library('conf/liba.so')])).toEqual(['conf/liba.so']);
  });

  it('come from all that ld.so.conf includes, in its order', async () => {
    const entries = [
      program('bin/x', ['liba.so', 'libb.so', 'libc.so', 'libd.so']),
      symlink('etc/ld.so.conf', 'ld.so.conf.real'),
      file(
        'etc/ld.so.conf.real',
        ' # comment\n/first # comment\ninclude ld.so.conf.d/[!b-]*.conf /opt/*/?.conf\nhwcap 0 x\n',
      ),
      file('etc/ld.so.conf.d/a.conf', '/a/\n'),
      file('etc/ld.so.conf.d/b.conf', '/b'),
      file('etc/ld.so.conf.d/.hidden.conf', '/hidden'),
      file('etc/ld.so.conf.d/c.txt', '/c'),
      file('opt/y/1.conf', '/y\ninclude /etc/ld.so.conf'),
      file('opt/.z/1.conf', '/z'),
      ...['first', 'a', 'y'].map((at) => library(`${at}/liba.so`)),
      ...['b', 'a', 'y'].map((at) => library(`${at}/libb.so`)),
      ...['hidden', 'c', 'z', 'y'].map((at) => library(`${at}/libc.so`)),
      library('first/libd.so'),
    ];
    expect(await placesOf(entries)).toEqual(['a/libb.so', 'first/liba.so', 'first/libd.so', 'y/libc.so']);
  });
});

describe('the index of ldconfig', () => {
  const conf = [file('etc/ld.so.conf', '/opt\n/lib\n'), library('opt/liba.so'), library('lib/libb.so')];
  it('comes with a library that the loader finds through it alone', async () => {
    const cached = [...conf, file('etc/ld.so.cache')];
    const why = async (more: Parameters<typeof closureIn>[0]) =>
      (await neededBy(more)).find((line) => line.startsWith('etc/ld.so.cache'));
    expect(await why([...cached, program('bin/x', ['liba.so', 'libb.so'])])).toBe('etc/ld.so.cache: /bin/x → liba.so');
    expect(await why([...cached, program('bin/x', ['libb.so'])])).toBeUndefined();
    expect(await why([...cached, program('bin/x', ['liba.so'], { runpath: '/opt' })])).toBeUndefined();
    expect(await why([...conf, program('bin/x', ['liba.so'])])).toBeUndefined();
  });
});

describe('search paths without end', () => {
  const many = (count: number, of = '/') => Array.from({ length: count }, (_, i) => `${of}${i}`);

  it('are refused', async () => {
    const entries = [program('bin/x', ['liba.so'], { runpath: many(2049).join(':') })];
    expect((await failureOf(neededBy(entries))).message).toBe(
      'The search paths of "/bin/x" hold more than 2048 directories',
    );
  });

  it('are refused together with endless names', async () => {
    const entries = [program('bin/x', many(200, 'lib'), { runpath: many(2000).join(':') })];
    expect((await failureOf(neededBy(entries))).code).toBe('input-limit');
  });

  it('are refused in ld.so.conf too', async () => {
    const farm = many(200, 'many/').map((path) => symlink(path, '.'));
    const conf = file('etc/ld.so.conf', 'include /many/*/*/*/*.conf\n');
    const error = await failureOf(neededBy([program('bin/x', []), conf, ...farm]));
    expect([error.code, error.message]).toEqual(['input-limit', 'The pattern "/many/*/*/*/*.conf" leads too far']);
    const large = file('etc/ld.so.conf', '#'.repeat(1024 * 1024 + 1));
    expect((await failureOf(neededBy([program('bin/x', []), large]))).code).toBe('input-limit');
  });

  it('end where ld.so.conf includes itself', async () => {
    const conf = file('etc/ld.so.conf', 'include /etc/ld.so.*\n/opt\ninclude ld.so.conf\n');
    expect(await placesOf([program('bin/x', ['liba.so']), conf, library('opt/liba.so')])).toEqual(['opt/liba.so']);
  });
});

describe('libraries of other machines', () => {
  const wrong: readonly [string, object][] = [
    ['machine', { machine: 183 }],
    ['class', { bits: 32 }],
    ['byte order', { order: 'big' }],
  ];
  it.each(wrong)('are passed over: those of another %s', async (_, how) => {
    const entries = [program('bin/x', ['liba.so'], { runpath: '/one:/two' }), library('one/liba.so', [], how)];
    expect(await placesOf([...entries, library('two/liba.so')])).toEqual(['two/liba.so']);
    const error = await failureOf(neededBy(entries));
    expect(error.message).toBe('"/bin/x" needs "liba.so", and "/one/liba.so" is for another machine');
  });

  const machines: readonly [directory: string, how: object][] = [
    ['lib/i386-linux-gnu', { bits: 32, machine: 3 }],
    ['usr/lib/aarch64-linux-gnu', { machine: 183 }],
    ['lib/arm-linux-gnueabihf', { bits: 32, machine: 40, flags: 0x5000400 }],
    ['lib/arm-linux-gnueabi', { bits: 32, machine: 40, flags: 0x5000200 }],
    ['lib/powerpc64le-linux-gnu', { machine: 21, flags: 2 }],
    ['lib/s390x-linux-gnu', { machine: 22, order: 'big' }],
    ['lib/riscv64-linux-gnu', { machine: 243, flags: 5 }],
    ['lib64/lp64d', { machine: 243, flags: 5 }],
    ['lib/mips64el-linux-gnuabi64', { machine: 8 }],
    ['lib/x86_64-linux-gnux32', { bits: 32 }],
    ['usr/libx32', { bits: 32 }],
    ['usr/lib64', { machine: 258, flags: 3 }],
    ['usr/lib64', {}],
    ['lib', { machine: 12345 }],
  ];
  it.each(machines)('are found in /%s for %j', async (place, how) => {
    const entries = [
      elf('bin/x', { ...how, interpreter: '/lib/ld.so.1', needed: ['liba.so'] }),
      library(`${place}/liba.so`, [], how),
      library('lib/ld.so.1', [], how),
    ];
    expect((await closureIn(entries, ['bin/x'])).map(({ path }) => path).sort()).toEqual(
      [`${place}/liba.so`, 'lib/ld.so.1'].sort(),
    );
  });

  it('include those with another calling convention', async () => {
    const arm = {
      bits: 32,
      machine: 40,
      needed: ['liba.so'],
      interpreter: '/lib/ld.so.1',
      runpath: '/one:/two',
    } as const;
    const of = (flags: number) => ({ bits: 32, machine: 40, flags }) as const;
    const entries = [
      elf('bin/x', { ...arm, flags: 0x5000400 }),
      elf('lib/ld.so.1', of(0x5000000)),
      library('one/liba.so', [], of(0x5000200)),
      library('two/liba.so', [], of(0x5000400)),
    ];
    expect((await closureIn(entries, ['bin/x'])).map(({ path }) => path)).toEqual(['lib/ld.so.1', 'two/liba.so']);
  });
});

describe('programs for musl', () => {
  const loader = library('lib/ld-musl-x86_64.so.1');
  const musl = (needed: readonly string[], more = {}) =>
    program('bin/x', needed, { interpreter: '/lib/ld-musl-x86_64.so.1', ...more });
  const placesWith = async (...entries: Parameters<typeof closureIn>[0]) =>
    (await closureIn([loader, ...entries], ['bin/x']))
      .map(({ path }) => path)
      .filter((path) => !path.includes('ld-musl'));

  it('have their C library in the loader', async () => {
    expect(await placesWith(musl(['libc.musl-x86_64.so.1', 'libpthread.so.0', 'libc.so', 'libm.so.6']))).toEqual([]);
  });

  it('look into /lib, /usr/local/lib and /usr/lib, or where their configuration says', async () => {
    const everywhere = ['lib', 'usr/local/lib', 'usr/lib', 'opt'].map((at) => library(`${at}/libz.so.1`));
    const path = file('etc/ld-musl-x86_64.path', '/nowhere:/opt\n/lib\n');
    expect(await placesWith(musl(['libz.so.1']), ...everywhere)).toEqual(['lib/libz.so.1']);
    expect(await placesWith(musl(['libz.so.1']), ...everywhere.slice(1))).toEqual(['usr/local/lib/libz.so.1']);
    expect(await placesWith(musl(['libz.so.1']), ...everywhere, path)).toEqual(['opt/libz.so.1']);
    const other = [file('etc/ld-musl-aarch64.path', '/opt'), file('etc/ld.so.conf', '/opt'), file('etc/ld.so.cache')];
    expect((await failureOf(placesWith(musl(['libz.so.1']), everywhere[3]!, ...other))).details.looked).toEqual([
      '/lib/libz.so.1',
      '/usr/local/lib/libz.so.1',
      '/usr/lib/libz.so.1',
    ]);
  });

  it('hand down their RUNPATH, with $ORIGIN as the only token', async () => {
    const libraries = [library('opt/liba.so', ['libb.so']), library('opt/libb.so')];
    const both = ['opt/liba.so', 'opt/libb.so'];
    expect(await placesWith(musl(['liba.so'], { runpath: '$ORIGIN/../opt' }), ...libraries)).toEqual(both);
    expect(await placesWith(musl(['liba.so'], { rpath: '/opt' }), ...libraries)).toEqual(both);
    expect(await placesWith(musl(['liba.so'], { runpath: '/opt', rpath: '/nowhere' }), ...libraries)).toEqual(both);
    const error = await failureOf(placesWith(musl(['liba.so'], { runpath: '/opt:$LIB' }), ...libraries));
    expect(error.code).toBe('closure-missing');
  });

  it('have libraries that are known by who asks for the C library', async () => {
    const entries = [loader, library('opt/x.so', ['libz.so.1', 'libc.musl-x86_64.so.1']), library('opt/libz.so.1')];
    const path = file('etc/ld-musl-x86_64.path', '/opt');
    expect((await closureIn([...entries, path], ['opt/x.so'])).map(({ path }) => path)).toEqual(['opt/libz.so.1']);
  });
});

describe('what cannot be found', () => {
  it('is one error, which names the chain, the places and a way out', async () => {
    const entries = [
      program('bin/x', ['liba.so']),
      library('lib/liba.so', ['libb.so']),
      library('lib/libb.so', ['libz.so.1']),
    ];
    const error = await failureOf(closureIn([...debianLoader, ...entries], ['bin/x']));
    expect(error).toMatchObject({
      code: 'closure-missing',
      message: '"/bin/x" needs, through "liba.so" → "libb.so", "libz.so.1", which is not in the tree',
      at: { line: 7 },
      details: { name: 'libz.so.1', why: ['/bin/x', 'liba.so', 'libb.so', 'libz.so.1'] },
    });
    expect(error.hint).toBe(
      'Looked in /lib/x86_64-linux-gnu, /usr/lib/x86_64-linux-gnu, /lib, /usr/lib. Add what brings it; where it lies elsewhere, name it in "extras" of the closure.',
    );
  });

  it('is told all at once', async () => {
    const entries = [program('bin/x', ['liba.so', 'libb.so']), program('bin/y', ['libb.so']), directory('bin')];
    const error = await failureOf(closureIn(entries, ['bin/y', 'bin/x']));
    expect(error.message).toBe('5 things that programs need are not in the tree');
    expect(error.details.missing).toEqual([
      `/bin/x → ${LOADER}`,
      '/bin/x → liba.so',
      '/bin/x → libb.so',
      `/bin/y → ${LOADER}`,
      '/bin/y → libb.so',
    ]);
    expect(error.problems.map(({ code }) => code)).toEqual(Array(5).fill('closure-missing'));
  });

  it('includes a loader for another machine', async () => {
    const entries = [program('bin/x', []), library('lib64/ld-linux-x86-64.so.2', [], { machine: 183 })];
    expect((await failureOf(closureIn(entries, ['bin/x']))).message).toBe(
      `"/bin/x" needs "${LOADER}", which is no loader for its machine`,
    );
  });

  it('is no library where it is no ELF file', async () => {
    const entries = [program('bin/x', ['liba.so']), file('lib/liba.so', 'INPUT(/lib/libb.so)')];
    const error = await failureOf(neededBy(entries));
    expect([error.code, error.message]).toEqual([
      'elf-invalid',
      '"/lib/liba.so" is no ELF file, but loaded as a library: /bin/x → liba.so',
    ]);
  });

  it('is not asked for by static programs', async () => {
    expect(await closureIn([elf('bin/x', { isDynamic: false, type: 2 })], ['bin/x'])).toEqual([]);
    expect(await closureIn([elf('bin/x', { flags1: 0x08000000 })], ['bin/x'], { nameService: true })).toEqual([]);
  });

  it('does not come from symlinks in a circle, nor from libraries that need each other', async () => {
    const circle = [symlink('lib/liba.so', 'libb.so'), symlink('lib/libb.so', 'liba.so')];
    expect((await failureOf(neededBy([program('bin/x', ['liba.so']), ...circle]))).code).toBe('closure-missing');
    const each = [library('lib/liba.so', ['libb.so']), library('lib/libb.so', ['liba.so', 'libb.so'])];
    expect(await placesOf([program('bin/x', ['liba.so']), ...each])).toEqual(['lib/liba.so', 'lib/libb.so']);
  });
});
