import { type ContainerProcess, findRuntimes, runtimeMissing } from '../container/index.js';
import { fail } from '../errors/index.js';
import type { Host } from '../host/index.js';
import { renderPlatform, renderReference, samePlatform } from '../oci/index.js';
import type { ContentStore } from '../store/index.js';
import { withStore } from './build-context.js';
import { cachedSource } from './cached-source.js';
import { containerImage } from './container-image.js';
import { type OpenedImage, withExistingImage } from './images.js';
import { LayerContents } from './layer-contents.js';
import { type LayerReading, readImageTree } from './layer-trees.js';
import type { RunRequest, RunResult } from './requests.js';
import type { FoundImage } from './select-image.js';
import { Steps } from './steps.js';
import { withContainers } from './with-containers.js';
import { withFirstRuntime } from './with-first-runtime.js';

/** The image for this machine, or the only one that there is. */
function imageFor({ images }: OpenedImage, { reference }: RunRequest, { env }: Host): FoundImage {
  const machine = { os: 'linux', architecture: env.architecture };
  const [only, ...others] = images;
  const image = images.find(({ platform }) => samePlatform(platform, machine)) ?? only!;
  if (others.length === 0 || samePlatform(image.platform, machine)) return image;
  throw fail('image-missing', {
    message: `${renderReference(reference)} holds no image for ${renderPlatform(machine)}`,
    hint: `It has: ${images.map(({ platform }) => renderPlatform(platform)).join(', ')}. Choose one with --platform.`,
  });
}

function readable(opened: OpenedImage, request: RunRequest, known: { host: Host; store: ContentStore; steps: Steps }) {
  const { host, store, steps } = known;
  // What a registry has is read more than once: for the listing, and for the files.
  const far =
    request.reference.transport === 'docker'
      ? cachedSource(opened.source, { host, caches: [store], keepIn: store, steps })
      : undefined;
  const blobs = far ?? opened.source;
  const name = renderReference(request.reference);
  const image = imageFor(opened, request, host);
  const contents = new LayerContents(known);
  const reading: LayerReading = { host, source: blobs, records: store.records, steps, name, contents };
  const tree = async () => {
    await far?.fetch(image.manifest.layers);
    return readImageTree(image, reading);
  };
  return { name, image, blobs, tree };
}

/**
 * Runs an image with the first runtime of this machine that can and waits for its end. Nothing of it stays behind. Of several images it
 * is the one for this machine.
 * @throws TbuildError `runtime-missing`; `runtime-failed` in the words of the runtime; what reading an image reports
 */
export async function runImage(host: Host, request: RunRequest): Promise<RunResult> {
  const runtimes = findRuntimes(host, request.runtime);
  if (runtimes.length === 0) throw runtimeMissing(request.runtime);
  const { args, env = {}, hasNetwork: network = false } = request;
  let hasBegun = false;
  const onOutput: RunRequest['onOutput'] = (chunk, stream) => {
    hasBegun = true;
    request.onOutput(chunk, stream);
  };
  const process: ContainerProcess = { args, env, network, onOutput, interruption: host.interruption };
  const preferred = { os: 'linux', architecture: host.env.architecture };
  const steps = new Steps(request.report);
  return withStore(host, request, (store) =>
    withExistingImage(host, { ...request, store, preferred }, (opened) => {
      const image = containerImage(readable(opened, request, { host, store, steps }), {
        host,
        registries: opened.registries,
      });
      return withFirstRuntime(
        runtimes,
        () => hasBegun,
        (runtime) =>
          withContainers(image, { host, store, steps, runtime }, async (containers) => {
            const container = await containers.create(process);
            return { runtime: runtime.name, status: await container.run() };
          }),
      );
    }),
  );
}
