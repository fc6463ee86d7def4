import { errnoOf, type Host } from '../../host/index.js';

const MOUNTS_BYTES_MAX = 4 * 1024 * 1024;

/** What is mounted where, the last word for each place (proc_pid_mounts(5)): kind and options. */
function mounts({ files }: Host): ReadonlyMap<string, { readonly kind: string; readonly options: readonly string[] }> {
  try {
    const lines = Buffer.from(files.readFile('/proc/self/mounts', MOUNTS_BYTES_MAX)).toString('latin1').split('\n');
    const fields = lines.map((line) => line.split(' '));
    return new Map(fields.map(([, at = '', kind = '', options = '']) => [at, { kind, options: options.split(',') }]));
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return new Map();
  }
}

/**
 * A directory for temporary files in which names are listed in the order in which they came, or the reverse: the root of
 * a tmpfs. Undefined where there is none in which programs may be run.
 */
export function findUnordered(host: Host): string | undefined {
  const mounted = mounts(host);
  const places = ['/dev/shm', host.env.variable('XDG_RUNTIME_DIR') ?? '', host.env.temporaryDirectory];
  return places.find((place) => {
    const mount = mounted.get(place);
    return mount?.kind === 'tmpfs' && !mount.options.includes('noexec') && mount.options.includes('rw');
  });
}
