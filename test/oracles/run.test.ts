import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ErrorDetails, fail } from '../../src/errors/index.js';
import { createNodeHost, type Host } from '../../src/host/index.js';
import { parseReference } from '../../src/oci/index.js';
import { applyImage, type RunRequest, runImage } from '../../src/operations/index.js';
import { failureOf } from '../support/failure-of.js';
import { makeTree } from '../support/make-tree.js';
import { need } from '../support/programs.js';
import { needRoot } from '../support/root.js';
import { type Outcome, run } from '../support/run.js';
import { copyProgram, neutralEnv } from '../support/tbuild.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const RUNTIMES = ['podman', 'runc', 'crun'] as const;
const programs = ['busybox', 'unshare', 'mount', ...RUNTIMES];

const MANIFEST = `version: 1
created: 0
base: scratch
layers:
  - name: system
    contents:
      - { files: ./busybox, to: /bin/busybox }
      - { symlink: busybox, to: /bin/sh }
      - { text: "root:x:0:0::/root:/bin/sh\\napp:x:1000:50::/srv/app:/bin/sh\\n", to: /etc/passwd }
      - { text: "root:x:0:\\nstaff:x:50:\\n", to: /etc/group }
      - { directory: /tmp, mode: "1777" }
      - { directory: /closed, mode: "0700", owner: "1000:50" }
config:
  user: USER
  entrypoint: [/bin/sh, -c]
  cmd: ["echo the cmd"]
  env: { GREETING: hello }
  workdir: /srv/app
  volumes: [/data]
`;

/** A text that all that belongs to a run of these tests carries: directories, and the environment of processes. */
const mark = `run-${process.pid}`;
/** Short, as podman wants it. */
const temporary = join(tmpdir(), mark);

/** A fact of a process; nothing where it has ended meanwhile. */
function factOf(id: string, fact: 'cmdline' | 'environ'): string {
  try {
    return readFileSync(`/proc/${id}/${fact}`, 'latin1').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

/** What stays behind of a run: processes, mounts, directories; and groups that podman makes for all its containers. */
function traces(): readonly string[] {
  const isMarked = (text: string): boolean => text.includes(mark);
  const processes = readdirSync('/proc').filter((id) => /^\d+$/.test(id) && Number(id) !== process.pid);
  const groups = readdirSync('/sys/fs/cgroup', { recursive: true, encoding: 'utf8' });
  return [
    ...processes.filter((id) => isMarked(factOf(id, 'environ'))).map((id) => factOf(id, 'cmdline')),
    ...readFileSync('/proc/mounts', 'utf8').split('\n').filter(isMarked),
    ...readdirSync(temporary),
    ...groups.filter((group) => /(?:^|\/)(?:libpod_parent|conmon)$/.test(group)),
  ];
}

/** The real machine, with a directory for what is temporary that nobody else uses. */
function machine(interruption?: AbortSignal): Host {
  const host = createNodeHost({ interruption });
  return { ...host, env: { ...host.env, temporaryDirectory: temporary } };
}

describe.skipIf(!needRoot() || !need(...programs))('run', () => {
  const workspace = temporaryDirectory();
  const layout = (user: string): string => `oci:${workspace.path}/layout:${user}`;
  afterAll(() => rmSync(temporary, { recursive: true, force: true }));
  beforeAll(async () => {
    mkdirSync(temporary);
    chmodSync(temporary, 0o777);
    const manifests = {
      root: MANIFEST.replace('USER', 'root'),
      app: MANIFEST.replace('USER', 'app'),
      broken: MANIFEST.replace('USER', 'root').replace('[/bin/sh, -c]', '[/bin/none]'),
    };
    for (const [name, manifest] of Object.entries(manifests)) {
      const source = join(workspace.path, name);
      const busybox = { content: readFileSync('/bin/busybox'), mode: 0o755 };
      makeTree(source, { 'image.yaml': manifest, busybox });
      const request = { file: source, cacheDirectory: join(workspace.path, 'cache'), frozen: false };
      await applyImage(createNodeHost(), { ...request, destinations: [parseReference(layout(name))] });
    }
  });

  async function runAsRoot(runtime: (typeof RUNTIMES)[number], user: string, more: Partial<RunRequest>) {
    const said = { stdout: '', stderr: '' };
    const warnings: string[] = [];
    const result = await runImage(machine(), {
      reference: parseReference(layout(user)),
      runtime,
      args: [],
      cacheDirectory: join(workspace.path, 'cache'),
      onOutput: (chunk, stream) => {
        said[stream] += Buffer.from(chunk).toString();
      },
      report: (event) => event.kind === 'warning' && warnings.push(event.message),
      ...more,
      env: { ...more.env, MARK: mark },
    });
    return { ...result, ...said, warnings };
  }

  describe.each(RUNTIMES)('with %s as root', (runtime) => {
    it('passes on output and exit status, and leaves nothing behind', async () => {
      const before = traces();
      const script = 'echo out; echo err >&2; cat; exit 42';
      const result = await runAsRoot(runtime, 'root', { args: [script] });
      expect(result).toEqual({ runtime, status: 42, stdout: 'out\n', stderr: 'err\n', warnings: [] });
      expect(traces()).toEqual(before);
    });

    it('runs what the image says as whom it says', async () => {
      expect((await runAsRoot(runtime, 'root', {})).stdout).toBe('the cmd\n');
      const script =
        'id -u; id -g; pwd; echo $GREETING $MORE $HOME; ls -d /data; cd /closed && echo in; touch /closed/x';
      const result = await runAsRoot(runtime, 'app', { args: [script], env: { MORE: 'a=b c' } });
      expect(result.stdout).toBe('1000\n50\n/srv/app\nhello a=b c /srv/app\n/data\nin\n');
      expect([result.stderr, result.status]).toEqual(['', 0]);
    });

    it('has no network but the loop, and no way to more rights', async () => {
      const script =
        'ip -o link | cut -d: -f2; grep NoNewPrivs /proc/self/status; mknod /tmp/d b 8 0 2>/dev/null; ls /tmp';
      const { stdout } = await runAsRoot(runtime, 'app', { args: [script] });
      expect(stdout.split('\n').map((line) => line.trim())).toEqual(['lo', 'NoNewPrivs:\t1', '']);
    });

    it('tells in the words of the runtime why it cannot start, and nothing else', async () => {
      let said = '';
      const onOutput = (chunk: Uint8Array): void => {
        said += Buffer.from(chunk).toString();
      };
      const failure = await failureOf(runAsRoot(runtime, 'broken', { onOutput }));
      expect([failure.code, failure.details, said]).toEqual(['runtime-failed', { runtime, fault: 'image' }, '']);
      expect(failure.message).toMatch(/\/bin\/none/);
    });

    it.each<[string, string]>([
      ['a program that minds', 'trap "echo bye; exit 9" TERM; echo up; while :; do sleep 0.1; done'],
      ['one that does not', 'trap "" TERM; echo up; while :; do sleep 0.1; done'],
    ])('an interruption ends %s and leaves nothing behind', async (_, script) => {
      const before = traces();
      const interruption = new AbortController();
      const details: ErrorDetails = { signal: 'SIGTERM' };
      const host = machine(interruption.signal);
      let said = '';
      const running = runImage(host, {
        reference: parseReference(layout('root')),
        runtime,
        args: [script],
        env: { MARK: mark },
        cacheDirectory: join(workspace.path, 'cache'),
        onOutput: (chunk) => {
          said += Buffer.from(chunk).toString();
          if (said === 'up\n') interruption.abort(fail('interrupted', { message: 'Interrupted by SIGTERM', details }));
        },
      });
      expect((await failureOf(running)).code).toBe('interrupted');
      expect(traces()).toEqual(before);
    });
  });

  describe.each(RUNTIMES)('with %s as a user with nothing', (runtime) => {
    const home = (): string => join(workspace.path, 'nobody');
    function runAsNobody(user: string, script: string): Promise<Outcome> {
      const program = join(workspace.path, 'program', 'main.js');
      if (!existsSync(program)) copyProgram(join(workspace.path, 'program'));
      mkdirSync(home(), { recursive: true });
      chmodSync(home(), 0o777);
      const nobody = ['--reuid=nobody', '--regid=nogroup', '--clear-groups', process.execPath, program];
      const args = [
        '--cache',
        join(home(), 'cache'),
        'run',
        '--env',
        `MARK=${mark}`,
        '--runtime',
        runtime,
        layout(user),
        '--',
        script,
      ];
      const env = {
        ...neutralEnv,
        HOME: home(),
        TMPDIR: temporary,
        XDG_RUNTIME_DIR: undefined,
        XDG_CACHE_HOME: undefined,
      };
      return run('setpriv', [...nobody, ...args], { cwd: '/', env });
    }

    it('passes on output and exit status, and leaves nothing behind', async () => {
      const before = traces();
      const { status, stdout, stderr } = await runAsNobody(
        'root',
        'id -u; echo err >&2; touch /tmp/x /closed/x; exit 7',
      );
      expect([status, stdout]).toEqual([7, '0\n']);
      expect(stderr).toContain('err\n');
      expect(traces()).toEqual(before);
      expect(readdirSync(join(home(), 'cache', 'tmp'))).toEqual([]);
    });

    it('runs as whom the image says, or says that it cannot', async () => {
      const { status, stdout, stderr } = await runAsNobody('app', 'id -u; id -g; cd /closed && touch x && echo in');
      expect(status).toBe(0);
      expect(stdout).toBe(runtime === 'crun' ? '1000\n50\nin\n' : '0\n0\nin\n');
      expect(stderr.includes('instead of "app"')).toBe(runtime !== 'crun');
    });
  });
});
