import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Outcome, run } from '../support/run.js';
import { neutralEnv, program } from '../support/tbuild.js';
import type { Project } from './pinned-world.js';

/** Whatever changes what is at a path. */
const CHANGING = [
  ...['creat', 'mkdir', 'mkdirat', 'mknod', 'mknodat', 'rmdir', 'unlink', 'unlinkat', 'truncate'],
  ...['rename', 'renameat', 'renameat2', 'link', 'linkat', 'symlink', 'symlinkat'],
  ...['chmod', 'fchmodat', 'chown', 'lchown', 'fchownat', 'utime', 'utimes', 'futimesat', 'utimensat'],
  ...['setxattr', 'lsetxattr', 'removexattr', 'lremovexattr', 'mount', 'umount2', 'chroot', 'pivot_root'],
];
const OPENING = ['open', 'openat', 'openat2'];
const STARTING = ['execve', 'execveat', 'fork', 'vfork', 'clone', 'clone3'];
/** With it the other calls could be made unseen. */
const HIDING = ['io_uring_setup'];

/** The path after the directory that it is relative to, as strace -y shows both. */
const PATH = /(?:(?:AT_FDCWD|\d+)<([^>]*)>, )?"((?:[^"\\]|\\.)*)"/g;
const IS_FOR_WRITING = /O_WRONLY|O_RDWR|O_CREAT|O_TRUNC|O_APPEND|O_TMPFILE/;

export interface Trace extends Outcome {
  /** `openat /path`, once each, also where it failed: paths opened for writing, created, changed or removed. */
  readonly changes: readonly string[];
  /** Programs that were started, the first one too. */
  readonly programs: readonly string[];
  /** Calls that start a process which is not a thread, or hide what they do. */
  readonly processes: readonly string[];
}

interface Call {
  readonly name: string;
  readonly rest: string;
}

function callsIn(log: string): readonly Call[] {
  return log.split('\n').flatMap((line) => {
    // The end of a call that was interrupted has no paths any more.
    const match = /^(?:\d+ +)?(\w+)\((.*)$/.exec(line);
    return match === null ? [] : [{ name: match[1]!, rest: match[2]! }];
  });
}

const pathsIn = ({ rest }: Call, directory: string): readonly string[] =>
  [...rest.matchAll(PATH)].map(([, base, path]) => resolve(base ?? directory, path!));

/** Runs tbuild in a project as `run` of it does, and remembers what it does to the file system. */
export async function tracedRun(project: Project, ...args: readonly string[]): Promise<Trace> {
  const { directory, cache } = project;
  const log = `${directory}-${args[0]}.trace`;
  const calls = [...CHANGING, ...OPENING, ...STARTING, ...HIDING].map((name) => `?${name}`).join(',');
  const strace = ['-f', '-qq', '-y', '-s', '4096', '--seccomp-bpf', '-o', log, '-e', `trace=${calls}`];
  const tbuild = [process.execPath, program, ...args, '--cache', cache, '--json'];
  const env = { ...neutralEnv, HOME: project.path('home') };
  const outcome = await run('strace', [...strace, ...tbuild], { cwd: directory, env });
  const made = callsIn(readFileSync(log, 'utf8'));
  const changing = made.filter(
    ({ name, rest }) => CHANGING.includes(name) || (OPENING.includes(name) && IS_FOR_WRITING.test(rest)),
  );
  const programs = made.filter(({ name }) => name.startsWith('execve'));
  const processes = made.filter(
    ({ name, rest }) => HIDING.includes(name) || (/fork|clone/.test(name) && !rest.includes('CLONE_THREAD')),
  );
  return {
    ...outcome,
    changes: [...new Set(changing.flatMap((call) => pathsIn(call, directory).map((path) => `${call.name} ${path}`)))],
    programs: programs.map((call) => pathsIn(call, directory)[0]!),
    processes: processes.map(({ name }) => name),
  };
}
