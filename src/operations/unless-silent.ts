import { TbuildError } from '../errors/index.js';
import type { Registries } from '../store/index.js';

/** By the registries of a run: those that did not answer, and what was said then. */
const silent = new WeakMap<Registries, Map<string, TbuildError>>();

/**
 * Asks a registry that nobody named, unless it did not answer before in the same run: many images may be there, and waiting
 * once is enough.
 *
 * @throws TbuildError what asking reports, `server-unavailable` also for the registry's earlier silence
 */
export async function unlessSilent<T>(registries: Registries, registry: string, ask: () => Promise<T>): Promise<T> {
  const known = silent.get(registries) ?? new Map<string, TbuildError>();
  silent.set(registries, known);
  const before = known.get(registry);
  if (before !== undefined) throw before;
  try {
    return await ask();
  } catch (error) {
    if (error instanceof TbuildError && error.code === 'server-unavailable') known.set(registry, error);
    throw error;
  }
}
