import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { fail } from '../../src/errors/index.js';
import { createNodeHost } from '../../src/host/index.js';
import { hexOf } from '../../src/oci/index.js';
import { digestOfTree } from '../../src/tree/index.js';
import { failureOf, lay, lines, textOf } from '../inputs/support.js';
import { artifact, type Bench, onBench } from './support.js';

const layout = { 'src/a.c': 'a', 'src/build.sh!': '#!/bin/sh\n', 'src/l@': 'a.c', 'src/empty/': '', 'other.txt': 'o' };

/** What is left of builds in the cache. */
function leftovers({ directory }: Bench): string[] {
  return readdirSync(join(directory, '../cache/tmp'));
}

describe('an artifact', () => {
  it('is built once, and again when an input changes', () =>
    onBench(layout, async (bench) => {
      const declaration = artifact('cat src/a.c > "$OUT/a"; echo made', { include: ['src'], tools: ['cat'] });
      const first = await bench.build(declaration);
      expect(await textOf(first.get('a'))).toBe('a');
      const again = await bench.build(declaration);
      expect(digestOfTree(again)).toBe(digestOfTree(first));
      expect(again.get('a')).toMatchObject({ mode: 0o644, uid: 0, gid: 0 });
      expect(await textOf(again.get('a'))).toBe('a');
      expect([bench.runs(), bench.log()]).toEqual([1, 'made\n']);
      writeFileSync(join(bench.directory, 'src/a.c'), 'changed');
      expect(await textOf((await bench.build(declaration)).get('a'))).toBe('changed');
      expect(bench.runs()).toBe(2);
      expect(leftovers(bench)).toEqual([]);
    }));

  it('is built again when the cache lost a part of it', () =>
    onBench(layout, async (bench) => {
      const declaration = artifact('echo x > "$OUT/x"; echo y > "$OUT/y"');
      const output = await bench.build(declaration);
      const entry = output.get('y');
      const hex = entry?.kind === 'file' ? hexOf(entry.digest) : '';
      const blobs = join(bench.directory, '../cache');
      const blob = readdirSync(blobs, { recursive: true, encoding: 'utf8' }).find((path) => path.endsWith(hex))!;
      rmSync(join(blobs, blob));
      expect((await bench.prepare(declaration)).status).toBe('runs');
      expect(digestOfTree(await bench.build(declaration))).toBe(digestOfTree(output));
    }));

  it('sees exactly this environment', () =>
    onBench(layout, async ({ build, log }) => {
      process.env.LEAK = 'secret';
      await build(artifact(['env'], { tools: ['env'], env: { MINE: 'a b', TZ: 'Asia/Tokyo' } })).catch(() => undefined);
      delete process.env.LEAK;
      const root = /^OUT=(.*)\/out$/m.exec(log())?.[1];
      expect(log().split('\n').sort()).toEqual(
        [
          '',
          `HOME=${root}/home`,
          `IN=${root}/in`,
          'LANG=C.UTF-8',
          'LC_ALL=C.UTF-8',
          'MINE=a b',
          `OUT=${root}/out`,
          `PATH=${root}/tools`,
          'SOURCE_DATE_EPOCH=1000000000',
          `TMPDIR=${root}/tmp`,
          'TZ=Asia/Tokyo',
        ].sort(),
      );
    }));

  it('works in a private copy of what it declares, with one time everywhere', () =>
    onBench(layout, async ({ build, directory }) => {
      const script = [
        'stat -c "%n %F %a %Y" . src src/a.c src/build.sh src/l src/empty > "$OUT/stat"',
        'ls -A . "$IN" "$HOME" "$TMPDIR" > "$OUT/ls"',
        'echo spoiled > src/a.c; rm -r src/empty; echo more > new',
      ].join('\n');
      const output = await build(artifact(script, { include: ['src'], tools: ['stat', 'ls', 'rm'] }));
      expect((await textOf(output.get('stat'))).split('\n')).toEqual([
        '. directory 755 1000000000',
        'src directory 755 1000000000',
        'src/a.c regular file 644 1000000000',
        'src/build.sh regular file 755 1000000000',
        'src/l symbolic link 777 1000000000',
        'src/empty directory 755 1000000000',
        '',
      ]);
      expect(await textOf(output.get('ls'))).toMatch(/^\.:\nsrc\n\n\S+\/home:\n\n\S+\/in:\n\n\S+\/tmp:\n$/);
      expect(readFileSync(join(directory, 'src/a.c'), 'utf8')).toBe('a');
      expect([existsSync(join(directory, 'src/empty')), existsSync(join(directory, 'new'))]).toEqual([true, false]);
    }));

  it('gives the same output whatever the umask, with plain modes', () =>
    onBench(layout, async ({ build }) => {
      const script = [
        'umask > "$OUT/umask"; mkdir -p "$OUT/d/private"; echo x > "$OUT/d/x"; echo r > "$OUT/run"',
        'ln "$OUT/d/x" "$OUT/d/hard"; ln -s d/x "$OUT/soft"; ln -s /usr/bin/x "$OUT/absolute"',
        'chmod 4777 "$OUT/run"; chmod 700 "$OUT/d/private"; chmod 600 "$OUT/d/x"',
      ].join('\n');
      const before = process.umask(0o077);
      const output = await build(artifact(script, { tools: ['mkdir', 'chmod', 'ln'] })).finally(() =>
        process.umask(before),
      );
      expect(lines(output)).toEqual([
        'absolute -> /usr/bin/x',
        '755 d',
        '644 d/hard',
        '755 d/private',
        '644 d/x',
        '755 run',
        'soft -> d/x',
        '644 umask',
      ]);
      expect(await textOf(output.get('umask'))).toBe('0022\n');
      expect(output.get('d/x')?.origin).toEqual({ kind: 'artifact', label: 'artifact server', source: 'd/x' });
    }));

  it('sees the outputs of those it needs, read-only', () =>
    onBench(layout, async (bench) => {
      const base = artifact('mkdir "$OUT/d"; echo one > "$OUT/d/x"; echo > "$OUT/p"; chmod +x "$OUT/p"', {
        name: 'base',
        tools: ['mkdir', 'chmod'],
      });
      const middle = artifact('cat "$IN/b/d/x" > "$OUT/x"; stat -c "%a %Y" "$IN/b/d/x" "$IN/b/p" >> "$OUT/x"', {
        name: 'middle',
        needs: { b: 'base' },
        tools: ['cat', 'stat'],
      });
      const top = artifact('cat "$IN/m/x" "$IN/b/d/x" > "$OUT/x"', {
        needs: { m: 'middle', b: 'base' },
        tools: ['cat'],
      });
      expect((await bench.prepare(top)).status).toBe('waits');
      for (const declaration of [base, middle]) await bench.build(declaration);
      const output = await bench.build(top);
      expect(await textOf(output.get('x'))).toBe('one\n444 1000000000\n555 1000000000\none\n');
    }));

  it('runs a list without a shell, under the name of its tool', () =>
    onBench(layout, async ({ build }) => {
      const script = 'for a in "$@"; do echo "$a"; done > "$OUT/args"';
      const args = await build(artifact(['sh', '-c', script, 'sh', '$x', '*', 'a b'], { tools: ['sh'] }));
      expect(await textOf(args.get('args'))).toBe('$x\n*\na b\n');
    }));

  it('ends with all that it started', () =>
    onBench(layout, async ({ build, directory }) => {
      const beat = join(directory, 'beat');
      const script = `(while :; do echo x >> ${beat}; done) > /dev/null 2>&1 &
        while ! test -s ${beat}; do :; done; echo > "$OUT/x"`;
      await build(artifact(script));
      const { size } = statSync(beat);
      await setTimeout(200);
      expect(statSync(beat).size).toBe(size);
    }));

  it('is measured as it was taken, though a process that got away writes on', () => {
    const outside = mkdtempSync(join(tmpdir(), 'tbuild-escaped-'));
    return onBench(layout, async (bench) => {
      const script = `setsid sh -c 'exec 3>>"$OUT/x"; echo $$ > ${outside}/pid; while :; do echo y >&3; done' > /dev/null 2>&1 &
        while ! test -s ${outside}/pid; do :; done; echo first > "$OUT/first"`;
      const built = await bench.build(artifact(script, { tools: ['setsid'] })).catch((error) => error);
      process.kill(Number(readFileSync(join(outside, 'pid'), 'utf8')), 'SIGKILL');
      rmSync(outside, { recursive: true });
      // Either it was seen to change, or what was taken is consistent.
      if ('entries' in built) expect(await textOf(built.get('x'))).toMatch(/^(y\n)*y?$/);
      else expect([built.code, built.message]).toEqual(['artifact-output', expect.stringMatching(/changed while/)]);
    });
  });
});

describe('an artifact that fails', () => {
  const cases: readonly [title: string, script: string, code: string, message: RegExp, hint: RegExp | undefined][] = [
    ['exits with a status', 'echo why >&2; exit 3', 'artifact-failed', /"server" exited with status 3$/, undefined],
    ['fails in the middle', 'false; echo x > "$OUT/x"', 'artifact-failed', /status 1$/, undefined],
    ['uses a variable that is not set', 'echo "$NOT_SET"', 'artifact-failed', /status [12]/, undefined],
    ['is ended by a signal', 'kill -TERM $$', 'artifact-failed', /was ended by SIGTERM$/, undefined],
    ['calls what is not a tool', 'tar --version', 'artifact-failed', /status 127$/, /add "tar" to "tools"/],
    ['writes nothing', 'true', 'artifact-output', /is empty$/, /"\$OUT"/],
    ['removes its output', 'rmdir "$OUT"', 'artifact-output', /no directory any more$/, undefined],
    ['replaces its output', 'rmdir "$OUT"; ln -s / "$OUT"', 'artifact-output', /no directory any more$/, undefined],
    ['makes a fifo', 'mkfifo "$OUT/p"', 'artifact-output', /"\$OUT\/p" is a socket, fifo or device/, undefined],
    [
      'makes a name that is not UTF-8',
      'echo > "$OUT/$(printf "\\377")"',
      'artifact-output',
      /"\$OUT\/\\xff" is not UTF-8/,
      undefined,
    ],
    ['makes the name of a removal', 'echo > "$OUT/.wh.x"', 'artifact-output', /\.wh\./, undefined],
    [
      'links into the build directory',
      'ln -s "$IN" "$OUT/l"',
      'artifact-output',
      /holds the symlink "l" into the build directory/,
      undefined,
    ],
  ];
  it.each(cases)('because it %s', (_title, script, code, message, hint) =>
    onBench(layout, async (bench) => {
      const declaration = artifact(script, { tools: ['rmdir', 'ln', 'mkfifo'] });
      const error = await failureOf(() => bench.build(declaration));
      expect(error.code).toBe(code);
      expect(error.message).toMatch(message);
      if (hint !== undefined) expect(error.hint).toMatch(hint);
      expect(error.exit).toBe(5);
      expect((await bench.prepare(declaration)).status).toBe('runs');
      expect(leftovers(bench)).toEqual([]);
    }),
  );

  it('shows the end of its log, without what steers a terminal', () =>
    onBench(layout, async ({ build }) => {
      const script =
        'i=0; while [ $i -lt 50 ]; do i=$((i+1)); printf "line \\033[31m%s\\033[0m\\r\\n" $i; done; printf end; exit 1';
      const { details } = await failureOf(() => build(artifact(script)));
      const expected = [...Array.from({ length: 19 }, (_, i) => `line ${i + 32}`), 'end'];
      expect(details).toMatchObject({ artifact: 'server', status: 1, log: expected });
    }));

  it('cannot flood the log with one line', () =>
    onBench(layout, async ({ build, log }) => {
      const error = await failureOf(() =>
        build(artifact('head -c 1000000 /dev/zero; echo; echo next; exit 1', { tools: ['head'] })),
      );
      expect(log()).toHaveLength(64 * 1024 + '\nnext\n'.length);
      expect(error.details.log).toEqual(['', 'next']);
    }));

  it('cannot start, because its sandbox cannot be made', () =>
    onBench(
      layout,
      async ({ build }) => {
        const error = await failureOf(() => build(artifact('echo > "$OUT/x"', { sandbox: 'strict' })));
        expect([error.code, error.message]).toEqual([
          'artifact-failed',
          'The command of artifact "server" cannot start: bubblewrap ended without a word',
        ]);
      },
      {
        sandboxes: {
          stateFor: async () => ({ level: 'strict' }),
          lacks: async () => undefined,
          bubblewrap: async () => ({ program: '/bin/false', isolation: [] }),
        },
      },
    ));

  it('because its inputs changed after they were looked at', () =>
    onBench(layout, async (bench) => {
      const declaration = artifact('echo > "$OUT/x"', { include: ['src'] });
      const prepared = await bench.prepare(declaration);
      writeFileSync(join(bench.directory, 'src/a.c'), 'other');
      const { runArtifact } = await import('../../src/artifact/index.js');
      const platform = { os: 'linux', architecture: 'amd64' };
      const error = await failureOf(() => runArtifact(prepared, declaration, platform, bench.context, bench.outputs));
      expect(error.code).toBe('input-changed');
    }));

  it('because a tool was replaced while the command ran', () =>
    onBench({ ...layout, 'bin/tool!': '#!/bin/sh\necho old\n' }, async (bench) => {
      const bin = join(bench.directory, 'bin');
      const before = process.env.PATH;
      process.env.PATH = `${bin}:${before}`;
      const script = `echo '#!/bin/sh' > ${bin}/new; echo 'echo new' >> ${bin}/new; chmod +x ${bin}/new; mv ${bin}/new ${bin}/tool
        tool > "$OUT/x"`;
      const declaration = artifact(script, { tools: ['tool', 'mv', 'chmod'] });
      const error = await failureOf(() => bench.build(declaration)).finally(() => {
        process.env.PATH = before;
      });
      expect([error.code, error.message]).toEqual([
        'input-changed',
        'The tools of artifact "server" changed since its command began',
      ]);
    }));

  it.each([
    ['makeDirectory', 'ENOSPC'],
    ['symlink', 'EDQUOT'],
    ['setModified', 'EIO'],
  ] as const)('because the cache has no place to build in: %s gives %s', (method, code) => {
    const host = createNodeHost();
    const refuse = (): never => {
      throw Object.assign(new Error(code), { code });
    };
    return onBench(
      layout,
      async (bench) => {
        const root = bench.context.store.temporaryDirectory();
        const store = { ...bench.context.store, temporaryDirectory: () => root };
        Object.assign(bench.context, { store, host: { ...host, files: { ...host.files, [method]: refuse } } });
        const error = await failureOf(() => bench.build(artifact('echo > "$OUT/x"', { include: ['src'] })));
        expect([error.code, error.message]).toEqual(['cache-failed', expect.stringContaining(code)]);
      },
      { host },
    );
  });

  it('and leaves nothing behind when it is interrupted', () => {
    const controller = new AbortController();
    const host = createNodeHost({ interruption: controller.signal });
    return onBench(
      layout,
      async (bench) => {
        const declaration = artifact('echo > "$OUT/x"; echo started; sleep 1000', { tools: ['sleep'] });
        const onOutput = () => controller.abort(fail('interrupted', { message: 'Interrupted by SIGINT' }));
        Object.assign(bench.context, { onOutput });
        expect((await failureOf(() => bench.build(declaration))).code).toBe('interrupted');
        expect((await bench.prepare(declaration)).status).toBe('runs');
        expect(leftovers(bench)).toEqual([]);
      },
      { host },
    );
  });

  it('does not touch what lies beside its inputs', () =>
    onBench(layout, async (bench) => {
      lay(bench.directory, { 'secret.txt': 's' });
      const output = await bench.build(artifact('ls > "$OUT/ls"', { include: ['src/*.c'], tools: ['ls'] }));
      expect(await textOf(output.get('ls'))).toBe('src\n');
    }));
});
