import { USER_ID } from './etc-files.js';
import { type LaunchOptions, wholeEnvironment } from './launch-options.js';
import type { Bubblewrap } from './sandboxes.js';

/** What programs may share in memory under names; it is nobody's memory, so it has a size of its own. */
const SHARED_MEMORY_BYTES = 64 * 1024 ** 2;

/** bubblewrap's arguments for a strict command, all but its command line. */
export function bubblewrapArguments(options: LaunchOptions, { isolation }: Bubblewrap): readonly string[] {
  const { workspace, declaration } = options;
  const { here, seen, strict, workingDirectory } = workspace;
  if (strict === undefined) throw new RangeError('the workspace is not for a strict command');
  const environment = Object.entries(wholeEnvironment(options)).flatMap(([name, value]) => ['--setenv', name, value]);
  const id = String(USER_ID);
  const writable = (['source', 'out', 'home', 'temporary'] as const).flatMap((name) => [
    '--bind',
    here[name],
    seen[name],
  ]);
  const readOnly = (['in', 'tools'] as const).flatMap((name) => ['--ro-bind', here[name], seen[name]]);
  return [
    ...isolation,
    ...(declaration.network ? [] : ['--unshare-net']),
    ...['--uid', id, '--gid', id, '--hostname', 'tbuild', '--clearenv', ...environment],
    ...['--bind', strict.directory, '/', '--proc', '/proc', '--dev', '/dev'],
    ...[
      '--perms',
      '1777',
      '--size',
      String(SHARED_MEMORY_BYTES),
      '--tmpfs',
      '/dev/shm',
      '--remount-ro',
      '/dev',
      '--remount-ro',
      '/proc',
    ],
    ...writable,
    ...readOnly,
    ...strict.shown.flatMap((path) => ['--ro-bind', path, path]),
    ...['--remount-ro', '/', '--chdir', workingDirectory],
  ];
}
