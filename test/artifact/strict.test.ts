import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openSandboxes } from '../../src/artifact/index.js';
import { fail } from '../../src/errors/index.js';
import { createNodeHost } from '../../src/host/index.js';
import type { ArtifactLimits } from '../../src/manifest/index.js';
import { collectGarbage } from '../../src/store/index.js';
import { digestOfTree } from '../../src/tree/index.js';
import { failureOf, hostAhead, lines, textOf } from '../inputs/support.js';
import { need } from '../support/programs.js';
import { run } from '../support/run.js';
import { artifact, type Declared, onBench } from './support.js';

const layout = { 'src/a.c': 'a', 'src/build.sh!': '#!/bin/sh\necho built\n', 'src/empty/': '' };
const strict = (script: string | readonly string[], declared: Declared = {}) =>
  artifact(script, { sandbox: 'strict', ...declared });

/** Command lines of the machine with this word. */
function commandsWith(word: string): string[] {
  const read = (id: string): string => {
    try {
      return readFileSync(`/proc/${id}/cmdline`, 'latin1').replaceAll('\0', ' ');
    } catch {
      return '';
    }
  };
  return readdirSync('/proc')
    .map(read)
    .filter((line) => line.split(' ').includes(word));
}

describe.skipIf(!need('bwrap'))('a strict command', () => {
  it('sees a machine that is the same everywhere', () =>
    onBench(layout, async ({ build }) => {
      const script = [
        'id > "$OUT/id"; pwd > "$OUT/pwd"; umask > "$OUT/umask"; cat /proc/sys/kernel/hostname > "$OUT/host"',
        'env | sort > "$OUT/env"; ls / > "$OUT/root"; ls /etc /build /dev/shm "$HOME" "$TMPDIR" > "$OUT/ls"',
        'cat /etc/passwd > "$OUT/passwd"',
      ].join('\n');
      const output = await build(strict(script, { tools: ['id', 'cat', 'env', 'sort', 'ls'], env: { MINE: 'a b' } }));
      const text = (name: string) => textOf(output.get(name));
      expect(await text('id')).toBe('uid=1000(build) gid=1000(build) groups=1000(build)\n');
      expect(await text('pwd')).toBe('/build/source\n');
      expect(await text('umask')).toBe('0022\n');
      expect(await text('host')).toBe('tbuild\n');
      expect((await text('env')).split('\n')).toEqual([
        'HOME=/build/home',
        'IN=/build/in',
        'LANG=C.UTF-8',
        'LC_ALL=C.UTF-8',
        'MINE=a b',
        'OUT=/build/out',
        'PATH=/build/tools',
        'PWD=/build/source',
        'SOURCE_DATE_EPOCH=1000000000',
        'TMPDIR=/tmp',
        'TZ=UTC',
        '',
      ]);
      expect((await text('root')).split('\n')).not.toContain('home');
      expect(await text('ls')).toBe(
        '/build:\nhome\nin\nout\nsource\ntools\n\n/build/home:\n\n/dev/shm:\n\n/etc:\ngroup\nhosts\nnsswitch.conf\npasswd\n\n/tmp:\n',
      );
      expect(await text('passwd')).toMatch(/^root:x:0:0:root:\/:\/bin\/sh\nbuild:x:1000:1000:/);
    }));

  it('gives what the relaxed one gives', () =>
    onBench(layout, async ({ build }) => {
      const script = 'sh src/build.sh > "$OUT/built"; mkdir -p "$OUT/d"; cp src/a.c "$OUT/d"; ln -s d/a.c "$OUT/l"';
      const declared = { include: ['src'], tools: ['sh', 'mkdir', 'cp', 'ln'] };
      const output = await build(strict(script, declared));
      expect(lines(output)).toEqual(['644 built', '755 d', '644 d/a.c', 'l -> d/a.c']);
      expect(digestOfTree(await build(artifact(script, declared)))).toBe(digestOfTree(output));
    }));

  it('begins in the directory of image.yaml within its inputs', () =>
    onBench({ 'project.txt': 'x' }, async ({ build, directory }) => {
      writeFileSync(join(dirname(directory), 'above.txt'), 'above');
      const declared = { from: '..', include: ['above.txt'], tools: ['cat', 'stat'] };
      const output = await build(
        strict('pwd > "$OUT/pwd"; cat ../above.txt > "$OUT/x"; stat -c %Y . > "$OUT/time"', declared),
      );
      expect(await textOf(output.get('pwd'))).toBe('/build/source/_\n');
      expect(await textOf(output.get('x'))).toBe('above');
      expect(await textOf(output.get('time'))).toBe('1000000000\n');
    }));

  it('sees the outputs that it needs, read-only', () =>
    onBench(layout, async ({ build }) => {
      await build(artifact('echo one > "$OUT/x"', { name: 'base' }));
      const script =
        'cat "$IN/b/x" > "$OUT/x"; chmod u+w "$IN/b/x" 2> /dev/null && exit 1; echo more >> "$IN/b/x" && exit 1; true';
      const output = await build(strict(script, { needs: { b: 'base' }, tools: ['cat', 'chmod'] }));
      expect(await textOf(output.get('x'))).toBe('one\n');
    }));

  it('runs a list without a shell, and can use what only it brings', () =>
    onBench({ 'bin/mine!': '#!/usr/bin/env sh\ncat "$0" > "$OUT/x"\n' }, async ({ build, directory }) => {
      const before = process.env.PATH;
      process.env.PATH = `${directory}/bin:${before}`;
      const output = await build(strict(['mine'], { tools: ['mine', 'cat'] })).finally(() => {
        process.env.PATH = before;
      });
      expect(await textOf(output.get('x'))).toMatch(/^#!\/usr\/bin\/env sh/);
    }));

  it('cannot be made to load something outside by its environment', () =>
    onBench(layout, async ({ build, directory }) => {
      const trace = join(directory, 'trace');
      mkdirSync(trace);
      const env = { LD_PRELOAD: join(directory, 'nothing.so'), LD_DEBUG: 'all', LD_DEBUG_OUTPUT: `${trace}/d` };
      await build(strict('echo > "$OUT/x"', { env }));
      expect(readdirSync(trace)).toEqual([]);
    }));

  it('sees files without number, the smallest as copies', () => {
    const names = Array.from({ length: 2600 }, (_, i) => `lib/${i % 50}/f${i}`);
    const files = Object.fromEntries(names.map((name, i) => [name, String(i)]));
    // What is not named keeps the directories from being shown as a whole.
    const others = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`lib/${i}/other`, '']));
    return onBench({ ...files, ...others, 'bin/mine!': '#!/bin/sh\n' }, async ({ build, directory }) => {
      const before = process.env.PATH;
      process.env.PATH = `${directory}/bin:${before}`;
      const tools = [{ name: 'mine', with: ['../lib/*/f*'] }, 'find', 'wc', 'cat'];
      const script = `find ${directory}/lib -type f | wc -l > "$OUT/count"; cat ${directory}/lib/7/f7 ${directory}/lib/49/f2599 > "$OUT/x"`;
      const output = await build(strict(script, { tools })).finally(() => {
        process.env.PATH = before;
      });
      expect((await textOf(output.get('count'))).trim()).toBe('2600');
      expect(await textOf(output.get('x'))).toBe('72599');
    });
  });

  it('starts quickly, also with 300 files', async () => {
    const files = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`lib/f${i}`, String(i)]));
    await onBench({ ...files, 'lib/other': '', 'bin/mine!': '#!/bin/sh\n' }, async ({ build, directory }) => {
      const before = process.env.PATH;
      process.env.PATH = `${directory}/bin:${before}`;
      const started = performance.now();
      await build(strict('echo > "$OUT/x"', { tools: [{ name: 'mine', with: ['../lib/f*'] }] })).finally(() => {
        process.env.PATH = before;
      });
      expect(performance.now() - started).toBeLessThan(5000);
    });
  });

  it('that reaches the network finds names and certificates, and no other does', () =>
    onBench(layout, async ({ build }) => {
      const script =
        'ls /etc > "$OUT/etc"; ls /etc/ssl/certs 2> /dev/null | wc -l > "$OUT/certs"; cat /proc/net/dev > "$OUT/dev"';
      const tools = ['ls', 'wc', 'cat'];
      const connected = await build(strict(script, { tools, network: true, name: 'connected' }));
      const apart = await build(strict(script, { tools, name: 'apart' }));
      expect((await textOf(connected.get('etc'))).includes('resolv.conf')).toBe(existsSync('/etc/resolv.conf'));
      expect(await textOf(apart.get('etc'))).not.toContain('resolv.conf');
      expect(Number(await textOf(connected.get('certs'))) > 0).toBe(existsSync('/etc/ssl/certs'));
      expect(Number(await textOf(apart.get('certs')))).toBe(0);
      const devices = async (output: typeof apart) =>
        [...(await textOf(output.get('dev'))).matchAll(/^ *([^:\s]+):/gm)].length;
      expect(await devices(apart)).toBe(1);
      expect(await devices(connected)).toBe(
        [...readFileSync('/proc/net/dev', 'utf8').matchAll(/^ *([^:\s]+):/gm)].length,
      );
    }));
});

describe('a command that fails', () => {
  const levels = need('bwrap') ? (['strict', 'relaxed'] as const) : (['relaxed'] as const);

  describe.each(levels)('in a %s sandbox', (sandbox) => {
    const failing = (declared: Declared = {}) =>
      artifact('echo made > new; echo half > "$OUT/half"; echo why >&2; exit 3', {
        sandbox,
        include: ['src'],
        ...declared,
      });

    it('leaves its log, its directory, and a way in', () =>
      onBench(layout, async ({ build, directory }) => {
        const { details } = await failureOf(() => build(failing({ env: { MINE: "it's" } })));
        expect(details).toMatchObject({ artifact: 'server', status: 3, log: ['why'] });
        const kept = details.directory as string;
        expect(dirname(kept)).toBe(join(directory, '../cache/failed'));
        expect(statSync(kept).mode & 0o777).toBe(0o700);
        expect(readFileSync(details.logFile as string, 'utf8')).toBe('why\n');
        expect(readFileSync(join(kept, 'out/half'), 'utf8')).toBe('half\n');
        const inside = await run('sh', ['-c', details.command as string], {
          input: 'echo "$MINE"; echo *; pwd; read x < new; echo $x\n',
        });
        const where = sandbox === 'strict' ? '/build/source' : join(kept, 'source');
        expect(inside.stdout).toBe(`it's\nnew src\n${where}\nmade\n`);
      }));

    it('leaves only the last of them, and nothing once it succeeds', () =>
      onBench(layout, async ({ build, directory }) => {
        const failed = join(directory, '../cache/failed');
        await failureOf(() => build(failing()));
        await failureOf(() => build(failing({ env: { OTHER: '1' } })));
        expect(readdirSync(failed)).toHaveLength(1);
        await failureOf(() => build(failing({ name: 'other' })));
        expect(readdirSync(failed)).toHaveLength(2);
        await build(artifact('echo > "$OUT/x"', { sandbox }));
        expect(readdirSync(failed)).toEqual([expect.stringMatching(/^other-[0-9a-f]{8}$/)]);
      }));

    it('leaves it also where it went beyond a limit or its output is not usable', () =>
      onBench(layout, async ({ build }) => {
        const endless = await failureOf(() => build(artifact('while :; do :; done', { sandbox, limits: { time: 1 } })));
        expect(endless.details).toMatchObject({ limit: 'time', value: 1, log: [], directory: expect.any(String) });
        expect(endless.hint).toMatch(/limits: \{ time: 2s \}/);
        const empty = await failureOf(() => build(artifact('true', { sandbox })));
        expect([empty.code, existsSync(empty.details.logFile as string)]).toEqual(['artifact-output', true]);
      }));

    const excesses: readonly (readonly [limit: keyof ArtifactLimits, value: number, script: string, shown: RegExp])[] =
      [
        ['time', 1, 'sleep 86393', /took longer than its limit of 1s$/],
        ['processes', 20, 'while :; do sleep 86393 & done', /more processes and threads than its limit of 20$/],
        ['memory', 50_000_000, 'x=$(cat /dev/zero | tr "\\0" x)', /more memory than its limit of 50MB$/],
        ['output', 1_048_576, 'cat /dev/zero > "$OUT/x"', /wrote more than its limit of 1MiB$/],
        ['output', 1000, 'for i in 1 2 3; do echo $i; head -c 900 /dev/zero > "$HOME/$i"; done', /limit of 1kB$/],
        ['log', 10_001, 'while :; do echo line; done', /said more than its limit of 10001$/],
      ];
    it.each(excesses)('is ended beyond its limit of %s, %i', (limit, value, script, message) =>
      onBench(layout, async ({ build }) => {
        const tools = ['sleep', 'cat', 'tr', 'head'];
        const error = await failureOf(() => build(artifact(script, { sandbox, tools, limits: { [limit]: value } })));
        expect([error.code, error.message]).toEqual(['artifact-limit', expect.stringMatching(message)]);
        expect(error.details).toMatchObject({ artifact: 'server', limit, value });
        expect(error.hint).toContain(`limits: { ${limit}: `);
        expect(commandsWith('86393')).toEqual([]);
      }),
    );

    it('leaves nothing at all where it is interrupted', () => {
      const controller = new AbortController();
      const host = createNodeHost({ interruption: controller.signal });
      return onBench(
        layout,
        async ({ build, context, directory }) => {
          const onOutput = () => controller.abort(fail('interrupted', { message: 'Interrupted by SIGINT' }));
          Object.assign(context, { onOutput });
          const script = 'setsid -f sleep 86395; echo started; sleep 86395';
          const error = await failureOf(() => build(artifact(script, { sandbox, tools: ['sleep', 'setsid'] })));
          expect(error.code).toBe('interrupted');
          expect(commandsWith('86395')).toEqual([]);
          expect(readdirSync(join(directory, '../cache/tmp'))).toEqual([]);
          expect(existsSync(join(directory, '../cache/failed'))).toBe(false);
        },
        { host },
      );
    });

    it('leaves no process, wherever it went', () =>
      onBench(layout, async ({ build }) => {
        const script = 'setsid -f sh -c "setsid -f sleep 86394; sleep 86394"; echo > "$OUT/x"';
        await build(artifact(script, { sandbox, tools: ['setsid', 'sleep', 'sh'] }));
        expect(commandsWith('86394')).toEqual([]);
      }));
  });

  it('leaves what garbage collection removes', () =>
    onBench(layout, async ({ build, context }) => {
      const { details } = await failureOf(() => build(artifact('exit 1')));
      context.store.close();
      const host = hostAhead();
      const collect = (olderThanMs: number) =>
        collectGarbage(host, context.store.directory, { olderThanMs, dryRun: false });
      expect([collect(60_000).removedTemporary, existsSync(details.logFile as string)]).toEqual([0, true]);
      expect([collect(0).removedTemporary, existsSync(details.directory as string)]).toEqual([1, false]);
    }));

  it('keeps nothing where others could replace its directory', () =>
    onBench(layout, async ({ build, directory }) => {
      chmodSync(join(directory, '../cache/tmp'), 0o777);
      const error = await failureOf(() => build(artifact('echo > "$OUT/x"')));
      expect([error.code, error.message]).toEqual(['cache-failed', expect.stringMatching(/others can write/)]);
    }));
});

describe('the sandbox that an artifact gets', () => {
  const without = (name: string) => {
    const host = createNodeHost();
    const findProgram = (wanted: string) => (wanted === name ? undefined : host.processes.findProgram(wanted));
    return { ...host, processes: { ...host.processes, findProgram } };
  };

  it('is relaxed with the reason where bubblewrap is missing, unless strict is asked for', async () => {
    const sandboxes = openSandboxes(without('bwrap'));
    const reason = 'bubblewrap is not installed';
    expect(await sandboxes.stateFor(artifact('x', { sandbox: undefined }))).toEqual({ level: 'relaxed', reason });
    expect(await sandboxes.stateFor(artifact('x'))).toEqual({ level: 'relaxed' });
    const error = await failureOf(() => sandboxes.stateFor(artifact('x', { sandbox: 'strict' })));
    expect(error).toMatchObject({
      code: 'sandbox-unavailable',
      hint: expect.stringMatching(/^Install bubblewrap/),
      exit: 5,
    });
    expect(error.at).toBeDefined();
  });

  it.skipIf(!need('bwrap'))('is strict where it can be', async () => {
    const sandboxes = openSandboxes(createNodeHost());
    expect(await sandboxes.stateFor(artifact('x', { sandbox: undefined }))).toEqual({ level: 'strict' });
    expect(await sandboxes.stateFor(artifact('x', { sandbox: 'strict' }))).toEqual({ level: 'strict' });
  });

  it('is relaxed with what bubblewrap says where it cannot work, and that is found out once', async () => {
    const host = createNodeHost();
    let runs = 0;
    const broken = {
      ...host.processes,
      findProgram: () => '/usr/bin/bwrap',
      async run({ onOutput }: Parameters<typeof host.processes.run>[0]) {
        runs++;
        onOutput(Buffer.from('warning\nbwrap: No permissions to create new namespace\n'), 'stderr');
        return { kind: 'exited', status: 1 } as const;
      },
    };
    const sandboxes = openSandboxes({ ...host, processes: broken });
    const state = {
      level: 'relaxed',
      reason: 'this machine allows no user namespaces (bwrap: No permissions to create new namespace)',
    };
    expect(await sandboxes.stateFor(artifact('x', { sandbox: undefined }))).toEqual(state);
    expect(await sandboxes.stateFor(artifact('y', { sandbox: undefined }))).toEqual(state);
    expect(runs).toBe(2);
  });
});
