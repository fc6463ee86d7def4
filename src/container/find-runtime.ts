import { join } from 'node:path';
import { fail, type TbuildError } from '../errors/index.js';
import type { Host } from '../host/index.js';
import { type ContainerRuntime, RUNTIMES, type RuntimeName } from './container.js';

/** Where systems keep programs for administrators, which users may run but do not always have on PATH. */
const BESIDES_PATH = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

function findProgram(name: RuntimeName, { files, processes }: Host): string | undefined {
  const isThere = (path: string): boolean => {
    const stat = files.stat(path);
    return stat?.kind === 'file' && (stat.mode & 0o111) !== 0;
  };
  return processes.findProgram(name) ?? BESIDES_PATH.map((directory) => join(directory, name)).find(isThere);
}

/** The runtime that is wanted, else all that are there, in the order in which to try them. */
export function findRuntimes(host: Host, wanted?: RuntimeName): readonly ContainerRuntime[] {
  return (wanted === undefined ? RUNTIMES : [wanted]).flatMap((name) => {
    const program = findProgram(name, host);
    return program === undefined ? [] : [{ name, program }];
  });
}

/** The failure to find one. */
export function runtimeMissing(wanted: RuntimeName | undefined): TbuildError {
  if (wanted === undefined) {
    return fail('runtime-missing', {
      message: 'None of podman, runc and crun is installed',
      hint: 'Install one of them, for example: apt-get install podman. None needs root or a daemon.',
    });
  }
  return fail('runtime-missing', {
    message: `${JSON.stringify(wanted)} is not installed`,
    hint: `Install it, for example: apt-get install ${wanted}. Or choose another one of ${RUNTIMES.join(', ')}.`,
  });
}
