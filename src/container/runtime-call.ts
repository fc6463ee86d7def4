import { join } from 'node:path';
import type { Host } from '../host/index.js';
import { areCgroupsHybrid, CGROUPS, CGROUPS_UNIFIED } from './cgroups.js';
import type { ContainerRuntime } from './container.js';
import { ownIds } from './own-ids.js';

/** How runc or crun is called on this machine. */
export interface RuntimeCall {
  readonly program: string;
  /** Before those of the container. */
  readonly args: readonly string[];
  /** The ids that the user's are where the runtime is; undefined for root, whose are what they are. */
  readonly ids: { readonly uid: number; readonly gid: number } | undefined;
  /** Where the runtime tells what went wrong. */
  readonly log: string;
}

/** Shows version 2 of control groups alone, to what runs below. */
const WITH_VERSION_2 = 'mount --bind "$1" "$2" && shift 2 && exec "$@"';

function optionsOf({ name }: ContainerRuntime, isRoot: boolean): readonly string[] {
  // Nothing is limited, so no group is needed; runc does without where it may not make one.
  if (name === 'crun') return ['--cgroup-manager=disabled'];
  return isRoot ? [] : ['--rootless=true'];
}

/**
 * @param state directory for what the runtime remembers
 * Throws errno errors where this process cannot be asked for its ids.
 */
export function runtimeCall(runtime: ContainerRuntime, state: string, { env, files, processes }: Host): RuntimeCall {
  const isRoot = env.userId === 0;
  const log = join(state, 'log');
  const [place, format] = runtime.name === 'crun' ? [`file:${log}`, 'json'] : [log, 'json'];
  const args = ['--root', join(state, 'state'), '--log', place, '--log-format', format, ...optionsOf(runtime, isRoot)];
  const unshare = runtime.name === 'crun' && areCgroupsHybrid(files) ? processes.findProgram('unshare') : undefined;
  if (unshare === undefined) {
    return { program: runtime.program, args, ids: isRoot ? undefined : ownIds(files), log };
  }
  const namespaces = isRoot ? ['--mount'] : ['--user', '--map-root-user', '--mount'];
  const shell = ['/bin/sh', '-c', WITH_VERSION_2, '/bin/sh', CGROUPS_UNIFIED, CGROUPS];
  return {
    program: unshare,
    args: [...namespaces, ...shell, runtime.program, ...args],
    ids: isRoot ? undefined : { uid: 0, gid: 0 },
    log,
  };
}
