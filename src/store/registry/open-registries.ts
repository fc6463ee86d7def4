import type { Host } from '../../host/index.js';
import { lazy } from '../../util/index.js';
import { openContext } from './context.js';
import { openEndpoint } from './endpoint.js';
import { openRepository } from './open-repository.js';
import type { Registries, RegistrySettings } from './registries.js';
import { openRegistrySink } from './sink.js';

/** Milliseconds. */
const HURRIED_CONNECT_MS = 3_000;
const HURRIED_ANSWER_MS = 10_000;

function hurriedSettings(settings: RegistrySettings): RegistrySettings {
  const { network } = settings;
  const timeoutMs = Math.min(network.timeoutMs ?? HURRIED_ANSWER_MS, HURRIED_ANSWER_MS);
  return { ...settings, network: { ...network, timeoutMs, connectMs: HURRIED_CONNECT_MS, attempts: 1 } };
}

/** Nothing is read, opened or asked before it is needed. */
export function openRegistries(host: Host, settings: RegistrySettings): Registries {
  const context = openContext(host, settings);
  const { chunkBytes, sessions } = settings;
  const opened: Registries[] = [];
  const hurried = lazy(() => {
    const registries = openRegistries(host, hurriedSettings(settings));
    opened.push(registries);
    return registries;
  });
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
    hurried,
    async close() {
      await Promise.all([context, ...opened].map((part) => part.close()));
    },
  };
}
