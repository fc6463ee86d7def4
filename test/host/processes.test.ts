import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Command, createNodeHost, errnoOf, type ProcessFacts, type ProcessFamily } from '../../src/host/index.js';

const { processes } = createNodeHost();
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'tbuild-processes-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function shell(script: string, more: Partial<Command> = {}) {
  const output: Buffer[] = [];
  const ending = await processes.run({
    program: '/bin/sh',
    args: ['-c', script],
    workingDirectory: directory,
    env: { PATH: '/usr/bin:/bin' },
    onOutput: (chunk) => output.push(Buffer.from(chunk)),
    interruption: new AbortController().signal,
    ...more,
  });
  return { ending, output: Buffer.concat(output).toString() };
}

describe('a program', () => {
  it('gets the environment that it is given, the umask, and nothing to read', async () => {
    const { output } = await shell('umask; cat; env | cut -d= -f1 | sort | tr "\\n" " "', { umask: 0o027 });
    expect(output).toBe('0027\nPATH PWD ');
  });

  it('reads its standard input to the end, and no more', async () => {
    const input = new Uint8Array(300_000).fill(0x61);
    expect((await shell('wc -c', { input })).output.trim()).toBe('300000');
    expect((await shell('wc -c', { input: new Uint8Array() })).output.trim()).toBe('0');
  });

  it('need not read its standard input, nor may what it leaves behind hold that up', async () => {
    const input = new Uint8Array(3_000_000);
    expect((await shell('exit 3', { input })).ending).toEqual({ kind: 'exited', status: 3 });
    expect((await shell('exec <&-; sleep 0.1; exit 4', { input })).ending).toEqual({ kind: 'exited', status: 4 });
    const { ending } = await shell('setsid sleep 5 <&0 & exit 5', { input });
    expect(ending).toEqual({ kind: 'exited', status: 5 });
  });

  it('that cannot start does not read its standard input either', async () => {
    const error = await shell('', { program: join(directory, 'nothing'), input: new Uint8Array(3_000_000) }).catch(
      (thrown: unknown) => thrown,
    );
    expect(errnoOf(error)).toBe('ENOENT');
  });

  it('says on which stream it writes', async () => {
    const heard: Record<string, string> = { stdout: '', stderr: '' };
    await shell('echo a; echo b >&2; echo c', {
      onOutput: (chunk, stream) => {
        heard[stream] += Buffer.from(chunk).toString();
      },
    });
    expect(heard).toEqual({ stdout: 'a\nc\n', stderr: 'b\n' });
  });

  it('ends with a status or by a signal', async () => {
    expect((await shell('exit 7')).ending).toEqual({ kind: 'exited', status: 7 });
    expect((await shell('kill -TERM $$')).ending).toEqual({ kind: 'signalled', signal: 'SIGTERM' });
  });

  it('takes with it what it left in the background', async () => {
    const { output } = await shell('sleep 300 & echo $!');
    // The kernel may take a moment to let go of it.
    for (let tries = 0; processes.isAlive(Number(output)) && tries < 50; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(processes.isAlive(Number(output))).toBe(false);
  });

  it('ends with all its children on an interruption, whose reason is the error', async () => {
    const controller = new AbortController();
    const running = shell('sleep 300 & echo started; wait', {
      onOutput: () => controller.abort(new Error('enough')),
      interruption: controller.signal,
    });
    await expect(running).rejects.toThrow('enough');
  });

  it('that cannot start is an error with its errno', async () => {
    const error = await shell('', { program: join(directory, 'nothing') }).catch((thrown: unknown) => thrown);
    expect(errnoOf(error)).toBe('ENOENT');
  });

  it('reads and writes on descriptors of its own, and has no others', async () => {
    const heard: Buffer[] = [];
    const channels = [new Uint8Array(300_000).fill(0x61), (chunk: Uint8Array) => heard.push(Buffer.from(chunk))];
    const { output } = await shell('wc -c <&3; echo told >&4; exec 3<&- 4>&-; ls /proc/self/fd', { channels });
    expect(output.trim().split(/\s+/)).toEqual(expect.arrayContaining(['300000', '0', '1', '2']));
    expect(Buffer.concat(heard).toString()).toBe('told\n');
  });

  it('need not read what it is given, nor stop writing when it ends', async () => {
    const channels = [new Uint8Array(3_000_000), () => undefined];
    expect((await shell('exit 3', { channels })).ending).toEqual({ kind: 'exited', status: 3 });
    const refused = shell('echo x >&4; sleep 300', {
      channels: [
        new Uint8Array(),
        () => {
          throw new Error('enough');
        },
      ],
    });
    await expect(refused).rejects.toThrow('enough');
  });

  it('is found on PATH only in absolute directories, and only where it can be run', () => {
    const before = process.env.PATH;
    mkdirSync(join(directory, 'a'));
    mkdirSync(join(directory, 'b/tool'), { recursive: true });
    writeFileSync(join(directory, 'a/tool'), '');
    mkdirSync(join(directory, 'c'));
    writeFileSync(join(directory, 'c/tool'), '');
    chmodSync(join(directory, 'c/tool'), 0o755);
    try {
      process.env.PATH = ['', '.', 'bin', join(directory, 'a'), join(directory, 'b'), join(directory, 'c')].join(':');
      expect(processes.findProgram('tool')).toBe(join(directory, 'c/tool'));
      expect(processes.findProgram('none')).toBeUndefined();
      expect(processes.findProgram('../c/tool')).toBeUndefined();
      expect(processes.findProgram('')).toBeUndefined();
    } finally {
      process.env.PATH = before;
    }
  });
});

describe.skipIf(process.platform !== 'linux')('the family of a program', () => {
  const mark = 'TBUILD_MARK=of-this-test';

  /** Runs the script, and looks at its family when it says so. */
  async function followed(script: string, look: (family: ProcessFamily) => void, options: { mark?: string } = {}) {
    let family: ProcessFamily | undefined;
    await shell(script, {
      env: { PATH: '/usr/bin:/bin', TBUILD_MARK: 'of-this-test' },
      onStart: (leader) => {
        family = processes.follow({ leader, ...options });
      },
      onOutput: (chunk) => {
        if (Buffer.from(chunk).includes('look')) look(family!);
      },
    });
    return family!;
  }

  it('has all that came from it, with their threads and memory', async () => {
    let seen: readonly ProcessFacts[] = [];
    const family = await followed('sleep 300 & (sleep 300; true) & sleep 0.2; echo look; sleep 0.2', (one) => {
      seen = one.members();
      expect(one.exactMemory()).toBeGreaterThan(0);
      expect(one.exactMemory()).toBeLessThanOrEqual(seen.reduce((sum, { memory }) => sum + memory, 0));
    });
    expect(seen.length).toBeGreaterThanOrEqual(4);
    for (const { threads, memory } of seen) expect([threads, memory > 0]).toEqual([1, true]);
    expect(family.members()).toEqual([]);
  });

  it('is known by its mark also where it left and nobody looked meanwhile, and can be ended', async () => {
    const family = await followed('setsid -f setsid -f sleep 300; exit 0', () => undefined, { mark });
    for (let tries = 0; family.kill() > 0 && tries < 100; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(family.members()).toEqual([]);
  });

  it('without a mark is not known by what only others have', async () => {
    const other = await followed('setsid -f setsid -f sleep 300; exit 0', () => undefined);
    expect(other.members()).toEqual([]);
    const family = await followed('exit 0', () => undefined, { mark });
    // Those of the run before began earlier than this one, and are not its own.
    expect(family.members()).toEqual([]);
    const cleaning = processes.follow({ leader: process.pid, mark });
    for (let tries = 0; tries < 100 && cleaning.members().some(({ id }) => id !== process.pid); tries++) {
      for (const { id } of cleaning.members()) if (id !== process.pid) process.kill(id, 'SIGKILL');
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  });
});
