import { describe, expect, it } from 'vitest';
import { programOfEnv } from '../../src/closure/parse-script.js';
import { failureOf } from '../support/failure-of.js';
import { directory, file, symlink } from '../tree/support.js';
import { binary, closureIn, debianLoader, LOADER, library, lines, program } from './support.js';

const script = (path: string, line: string, mode = 0o755) => binary(path, Buffer.from(`#!${line}\n`), mode);

const shell = [
  ...debianLoader,
  symlink('bin', 'usr/bin'),
  symlink('usr/bin/sh', 'dash'),
  program('usr/bin/dash', ['libc.so.6']),
  program('usr/bin/env', ['libc.so.6']),
  symlink('usr/bin/python3', 'python3.11'),
  program('usr/bin/python3.11', ['libm.so.6']),
  library('lib/x86_64-linux-gnu/libc.so.6'),
  library('lib/x86_64-linux-gnu/libm.so.6', ['libc.so.6']),
];

const chain = (what: string): string => `lib/x86_64-linux-gnu/ld-linux-x86-64.so.2: ${what} → ${LOADER}`;

describe('scripts', () => {
  it('need their interpreter, and what it needs', async () => {
    expect(lines(await closureIn([...shell, script('app/run', '/bin/sh -e')], ['app/run']))).toEqual([
      'bin: /app/run → /bin/sh',
      chain('/app/run → /bin/sh'),
      'lib/x86_64-linux-gnu/libc.so.6: /app/run → /bin/sh → libc.so.6',
      `lib64/ld-linux-x86-64.so.2: /app/run → /bin/sh → ${LOADER}`,
      'usr/bin/dash: /app/run → /bin/sh',
      'usr/bin/sh: /app/run → /bin/sh',
    ]);
  });

  it('need env and the program that it finds in the usual PATH', async () => {
    expect(lines(await closureIn([...shell, script('app/run', '/usr/bin/env python3')], ['app/run']))).toEqual([
      chain('/app/run → /usr/bin/env'),
      'lib/x86_64-linux-gnu/libc.so.6: /app/run → /usr/bin/env → libc.so.6',
      'lib/x86_64-linux-gnu/libm.so.6: /app/run → python3 → libm.so.6',
      `lib64/ld-linux-x86-64.so.2: /app/run → /usr/bin/env → ${LOADER}`,
      'usr/bin/env: /app/run → /usr/bin/env',
      'usr/bin/python3: /app/run → python3',
      'usr/bin/python3.11: /app/run → python3',
    ]);
  });

  const lookups: readonly [argument: string, name: string | undefined][] = [
    ['python3', 'python3'],
    ['python3 -u', 'python3 -u'],
    ['-S python3 -u', 'python3'],
    ['-S  A=1 B="x y" python3', 'python3'],
    ['-vS -i -u HOME -C /tmp node', 'node'],
    ['-S --unset=X "/opt/my prog" -x', '/opt/my prog'],
    ['--split-string=perl -w', 'perl'],
    ['-S A=1', undefined],
    ['-i', undefined],
    ['A=1', undefined],
    ['', undefined],
  ];
  it.each(lookups)('that say "env %s" start %s', (argument, name) => {
    expect(programOfEnv({ interpreter: '/usr/bin/env', argument })).toBe(name);
    expect(programOfEnv({ interpreter: '/usr/bin/environment', argument })).toBeUndefined();
  });

  it('may be interpreters of scripts, as often as Linux allows', async () => {
    const links = (count: number) => [
      ...shell,
      ...Array.from({ length: count }, (_, i) => script(`app/${i}`, i + 1 < count ? `/app/${i + 1}` : '/bin/sh')),
    ];
    const paths = (await closureIn(links(5), ['app/0'])).map(({ path }) => path);
    expect(paths.filter((path) => path.startsWith('app'))).toEqual(['app/1', 'app/2', 'app/3', 'app/4']);
    const error = await failureOf(closureIn(links(6), ['app/0']));
    expect(error.message).toBe(
      '"/app/0" needs, through "/app/1" → "/app/2" → "/app/3" → "/app/4" → "/app/5", "/bin/sh", which is one interpreter too many in a row',
    );
    expect(await closureIn([script('a', '/b'), script('b', '/a')], ['a'])).toMatchObject([{ path: 'b' }]);
  });

  it('miss an interpreter that is not there, not executable, or relative', async () => {
    const missing: readonly [string, readonly string[]][] = [
      ['/usr/bin/ruby', ['/usr/bin/ruby']],
      ['/usr/bin/notes', ['/usr/bin/notes']],
      ['bin/sh', []],
      [
        '/usr/bin/env ruby',
        ['/usr/local/sbin/ruby', '/usr/local/bin/ruby', '/usr/sbin/ruby', '/usr/bin/ruby', '/sbin/ruby', '/bin/ruby'],
      ],
    ];
    for (const [line, looked] of missing) {
      const error = await failureOf(closureIn([...shell, file('usr/bin/notes'), script('run', line)], ['run']));
      expect(error.code).toBe('closure-missing');
      expect(error.details.looked).toEqual(looked);
    }
  });

  it('miss what the line ends of Windows make of a name, where no file is called so', async () => {
    const error = await failureOf(closureIn([...shell, script('run', '/bin/sh\r')], ['run']));
    expect(error.message).toBe('"/run" needs "/bin/sh\\r", since the line that names it ends with a carriage return');
    const tree = [...shell, script('run', '/sh\r'), binary('sh\r', Buffer.from('x'))];
    expect(await closureIn(tree, ['run'])).toMatchObject([{ path: 'sh\r' }]);
  });

  it('count only where somebody may execute them', async () => {
    expect(await closureIn([script('run', '/bin/ruby', 0o644)], ['run'])).toEqual([]);
  });
});

describe('roots', () => {
  it('that are symlinks bring what they lead to', async () => {
    const entries = [file('data'), symlink('a', 'b'), symlink('b', 'data'), symlink('none', 'nowhere'), directory('d')];
    expect(lines(await closureIn(entries, ['a', 'none', 'd', 'data', 'gone']))).toEqual(['b: /a']);
  });

  it('give the same closure in any order', async () => {
    const entries = [...shell, script('app/run', '/usr/bin/env python3'), program('app/x', ['libm.so.6'])];
    const roots = ['app/run', 'app/x', 'usr/bin/sh'];
    const forward = await closureIn(entries, roots);
    expect(await closureIn([...entries].reverse(), [...roots].reverse())).toEqual(forward);
    expect(lines(forward)).toContain('lib/x86_64-linux-gnu/libm.so.6: /app/x → libm.so.6');
  });

  it('that are libraries are loaded by the programs: with what these have, and where these look', async () => {
    const plugin = library('app/plugin.so', ['libown.so', 'libthere.so']);
    const entries = [
      ...debianLoader,
      program('app/x', ['libthere.so.1'], { rpath: '$ORIGIN/lib' }),
      library('app/lib/libthere.so.1', [], { soname: 'libthere.so' }),
      library('app/lib/libown.so'),
      plugin,
    ];
    expect((await closureIn(entries, ['app/x', 'app/plugin.so'])).map(({ path }) => path)).toEqual([
      'app/lib/libown.so',
      'app/lib/libthere.so.1',
      'lib/x86_64-linux-gnu/ld-linux-x86-64.so.2',
      'lib64/ld-linux-x86-64.so.2',
    ]);
    const error = await failureOf(closureIn(entries, ['app/plugin.so']));
    expect(error.details.missing).toEqual(['/app/plugin.so → libown.so', '/app/plugin.so → libthere.so']);
  });
});

describe('a library among the roots that a program loads', () => {
  it('has what it needs from where the program looks, and from nowhere else', async () => {
    const entries = [
      ...debianLoader,
      program('bin/x', ['liba.so'], { rpath: '/opt' }),
      library('opt/liba.so', ['libb.so']),
      library('opt/libb.so'),
      library('lib/libb.so'),
    ];
    const paths = async (roots: readonly string[]) =>
      (await closureIn(entries, roots)).map(({ path }) => path).filter((path) => path.endsWith('b.so'));
    expect(await paths(['opt/liba.so', 'bin/x'])).toEqual(['opt/libb.so']);
    expect(await paths(['opt/liba.so'])).toEqual(['lib/libb.so']);
  });
});

describe('extras', () => {
  it('have a closure of their own, and are missed by nobody', async () => {
    const entries = [
      ...debianLoader,
      program('bin/x', ['libhidden.so.1']),
      library('opt/libhidden.so.1', ['libz.so']),
      library('lib/libz.so'),
    ];
    const needed = await closureIn(entries, ['bin/x'], { extras: ['opt/libhidden.so.1'] });
    expect(lines(needed)).toEqual([
      'lib/libz.so: extras → /opt/libhidden.so.1 → libz.so',
      chain('/bin/x'),
      `lib64/ld-linux-x86-64.so.2: /bin/x → ${LOADER}`,
    ]);
  });
});

describe('the name service', () => {
  const lib = 'lib/x86_64-linux-gnu';
  const libc = [...debianLoader, program('bin/x', ['libc.so.6']), library(`${lib}/libc.so.6`)];
  const paths = async (entries: Parameters<typeof closureIn>[0], roots = ['bin/x']) =>
    (await closureIn(entries, roots, { nameService: true })).map(({ path, why }) => [
      path.replace(`${lib}/`, ''),
      why.at(-2),
    ]);

  it('comes with the C library of programs that have it', async () => {
    const all = ['libnss_files.so.2', 'libnss_dns.so.2', 'libresolv.so.2'].map((name) => library(`${lib}/${name}`));
    const dns = library(`${lib}/libnss_dns.so.2`, ['libresolv.so.2']);
    expect(await paths([...libc, ...all])).toEqual([
      ['ld-linux-x86-64.so.2', '/bin/x'],
      ['libc.so.6', '/bin/x'],
      ['libnss_dns.so.2', 'libc.so.6'],
      ['libnss_files.so.2', 'libc.so.6'],
      ['libresolv.so.2', 'libc.so.6'],
      ['lib64/ld-linux-x86-64.so.2', '/bin/x'],
    ]);
    expect((await paths([...libc, dns, all[2]!])).map(([path]) => path)).toEqual([
      'ld-linux-x86-64.so.2',
      'libc.so.6',
      'libnss_dns.so.2',
      'libresolv.so.2',
      'lib64/ld-linux-x86-64.so.2',
    ]);
    expect((await failureOf(paths(libc))).details.why).toEqual(['/bin/x', 'libc.so.6', 'libresolv.so.2']);
  });

  it('is nothing to programs without that library', async () => {
    const entries = [...debianLoader, program('bin/x', [])];
    expect((await paths(entries)).map(([path]) => path)).toEqual([
      'ld-linux-x86-64.so.2',
      'lib64/ld-linux-x86-64.so.2',
    ]);
  });
});
