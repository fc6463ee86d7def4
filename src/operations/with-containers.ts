import { type ContainerImage, type ContainerRuntime, type Containers, openContainers } from '../container/index.js';
import type { Host } from '../host/index.js';
import type { ContentStore } from '../store/index.js';
import type { Step, Steps } from './steps.js';

interface ContainerWork {
  readonly host: Host;
  readonly store: ContentStore;
  readonly steps: Steps;
  readonly runtime: ContainerRuntime;
}

/** Prepares containers of an image, each as a step, and does the work; nothing stays behind, whatever happens. */
export async function withContainers<T>(
  image: ContainerImage,
  { host, store, steps, runtime }: ContainerWork,
  work: (containers: Pick<Containers, 'create'>) => Promise<T>,
): Promise<T> {
  const directory = store.temporaryDirectory();
  let step: Step | undefined;
  const context = {
    host,
    runtime,
    directory,
    progress: (bytes: number, files: number): void => step?.advance(bytes, files),
    warn: (message: string): void => steps.report({ kind: 'warning', message }),
  };
  const prepare = <R>(title: string, prepared: () => Promise<R>): Promise<R> =>
    steps.run(title, (begun) => {
      step = begun;
      return prepared();
    });
  try {
    const containers = await prepare(`prepare ${runtime.name}`, () => openContainers(image, context));
    try {
      return await work({ create: (process) => prepare('prepare container', () => containers.create(process)) });
    } finally {
      await containers.close();
    }
  } finally {
    host.files.removeTree(directory);
  }
}
