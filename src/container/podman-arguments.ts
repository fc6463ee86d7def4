import type { Host } from '../host/index.js';
import { areCgroupsHybrid } from './cgroups.js';
import type { ContainerProcess } from './container.js';
import { findRuntimes } from './find-runtime.js';
import { ownLimits } from './own-ids.js';

/** Where the image is, from the directory that podman works in: it makes a name of the path, and knows no upper case. */
export const IMAGE = 'image';

/** crun, which podman prefers, cannot run where both versions of control groups are. */
export function runtimeArguments(host: Host): readonly string[] {
  const [runc] = areCgroupsHybrid(host.files) ? findRuntimes(host, 'runc') : [];
  return runc === undefined ? [] : ['--runtime', runc.program];
}

export interface PodmanContainer {
  readonly name: string;
  /** Where podman writes the id of the process that watches the container. */
  readonly monitorFile: string;
  readonly wanted: ContainerProcess;
  readonly commandLine: readonly string[];
  /** Other ids than the image says. */
  readonly user: string | undefined;
  /** A directory to be made in the container for the program to begin in, free of links; undefined where the image has it. */
  readonly newDirectory: string | undefined;
}

/** Arguments that make a container; nothing of it is to outlive the container. Throws errno errors. */
export function createArguments(
  { name, monitorFile, wanted, commandLine, user, newDirectory }: PodmanContainer,
  { env, files }: Host,
): readonly string[] {
  const limits = ownLimits(files);
  // Root's podman makes groups that nobody removes, one for all containers and one for those who watch.
  const groups = env.userId === 0 ? ['--cgroups=no-conmon', '--cgroup-parent=/'] : [];
  return [
    'create',
    '--quiet',
    `--name=${name}`,
    `--conmon-pidfile=${monitorFile}`,
    ...groups,
    `--network=${wanted.network ? 'host' : 'none'}`,
    '--hostname=tbuild',
    '--security-opt=no-new-privileges',
    // More than this process has is not to be had.
    `--ulimit=nofile=${limits.files}:${limits.files}`,
    `--ulimit=nproc=${limits.processes}:${limits.processes}`,
    '--http-proxy=false',
    '--no-healthcheck',
    '--sdnotify=ignore',
    '--systemd=false',
    ...(user === undefined ? [] : [`--user=${user}`]),
    ...Object.entries(wanted.env).map(([variable, value]) => `--env=${variable}=${value}`),
    ...(newDirectory === undefined
      ? []
      : [`--workdir=${newDirectory}`, `--tmpfs=${newDirectory}:rw,exec,suid,dev,mode=0755`]),
    // All of the command line follows the image.
    '--entrypoint=',
    `dir:${IMAGE}`,
    ...commandLine,
  ];
}
