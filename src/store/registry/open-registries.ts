import type { Host } from '../../host/index.js';
import { openContext } from './context.js';
import { openEndpoint } from './endpoint.js';
import { openRepository } from './open-repository.js';
import type { Registries, RegistrySettings } from './registries.js';
import { openRegistrySink } from './sink.js';

/** Nothing is read, opened or asked before it is needed. */
export function openRegistries(host: Host, settings: RegistrySettings): Registries {
  const context = openContext(host, settings);
  const { chunkBytes, sessions } = settings;
  return {
    repository: (reference) => openRepository(reference, context),
    sink: (reference) =>
      openRegistrySink(openEndpoint(reference, context), {
        chunkBytes,
        sessions,
        clock: host.clock,
      }),
    isVouchedFor: async (reference) => {
      const origin = await openEndpoint(reference, context).origin();
      return context.network().isVouchedFor(origin);
    },
    get traffic() {
      return context.traffic;
    },
    close: context.close,
  };
}
