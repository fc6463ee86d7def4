import { errnoOf, reasonOf } from '../host/index.js';
import type { ContainerContext, ContainerImage, Containers } from './container.js';
import { openBundles } from './open-bundles.js';
import { openPodman } from './open-podman.js';
import { runtimeFailed } from './runtime-failed.js';

/**
 * Prepares to run an image with a runtime of this machine: without a daemon, without root where the user is not root,
 * without the settings and the storage of the user, and without anything that stays behind.
 * @throws TbuildError `runtime-failed`, and what reading the image reports
 */
export async function openContainers(image: ContainerImage, context: ContainerContext): Promise<Containers> {
  const { host, runtime } = context;
  const inWords = (error: unknown): never => {
    if (errnoOf(error) === undefined) throw error;
    throw runtimeFailed({ image, runtime: runtime.name, said: reasonOf(error) }, host);
  };
  try {
    const containers = await (runtime.name === 'podman' ? openPodman(image, context) : openBundles(image, context));
    return {
      create: (process) => containers.create(process).catch(inWords),
      close: () => containers.close(),
    };
  } catch (error) {
    return inWords(error);
  }
}
