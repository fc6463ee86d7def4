import type { Files } from '../host/index.js';

/** Where control groups are, by custom (cgroups(7)). */
export const CGROUPS = '/sys/fs/cgroup';
/** Where version 2 of them is on a machine that also has version 1. */
export const CGROUPS_UNIFIED = `${CGROUPS}/unified`;

/** True where both versions of control groups are there, which crun refuses. */
export function areCgroupsHybrid(files: Files): boolean {
  const isVersion2 = (path: string): boolean => files.stat(`${path}/cgroup.controllers`) !== undefined;
  return !isVersion2(CGROUPS) && isVersion2(CGROUPS_UNIFIED);
}
