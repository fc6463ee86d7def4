import type { ContainerRuntime } from '../container/index.js';
import { TbuildError } from '../errors/index.js';

/** Whose fault it is that a container did not run to its end; undefined for any other error. */
export function faultOf(error: unknown): 'image' | 'machine' | undefined {
  if (!(error instanceof TbuildError) || error.code !== 'runtime-failed') return undefined;
  return error.details.fault === 'image' ? 'image' : 'machine';
}

/**
 * Does the work with the first of the runtimes that this machine lets run a container: where podman cannot, as in some containers,
 * runc or crun often can.
 * @param hasBegun true once a program ran, which is not to run twice
 * @throws the error of the first where none can
 */
export async function withFirstRuntime<T>(
  runtimes: readonly ContainerRuntime[],
  hasBegun: () => boolean,
  work: (runtime: ContainerRuntime) => Promise<T>,
): Promise<T> {
  const failures: unknown[] = [];
  for (const runtime of runtimes) {
    try {
      return await work(runtime);
    } catch (error) {
      if (faultOf(error) !== 'machine' || hasBegun()) throw error;
      failures.push(error);
    }
  }
  throw failures[0];
}
