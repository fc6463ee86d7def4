import { resolve } from 'node:path';
import type { Host } from '../host/index.js';
import { type ContentStore, openRegistries, type Registries, type RegistrySettings } from '../store/index.js';
import type { OperationOptions } from './requests.js';

/** Uploads that did not end are remembered in the cache, so that a later run goes on where one was cut. */
function sessionsOf({ records }: ContentStore): NonNullable<RegistrySettings['sessions']> {
  return {
    read: (key) => records.read('upload', key),
    write: (key, text) => records.write('upload', key, text),
    remove: (key) => records.remove('upload', key),
  };
}

/** What the options of an operation say of registries. */
export function settingsOf(host: Host, options: OperationOptions, store: ContentStore | undefined): RegistrySettings {
  const { insecure = [], certificateDirectory, authFile, timeoutMs, chunkBytes } = options.network ?? {};
  const absolute = (path: string | undefined): string | undefined =>
    path === undefined ? undefined : resolve(host.env.workingDirectory, path);
  return {
    network: { insecure, certificateDirectory: absolute(certificateDirectory), timeoutMs },
    credentials: { authFile: absolute(authFile) },
    chunkBytes,
    note: (topic, message) => options.report?.({ kind: topic === 'auth' ? 'auth-note' : 'warning', message }),
    sessions: store && sessionsOf(store),
  };
}

/**
 * Does the work with the registries of the request at hand, and closes their connections, whatever happens. Nothing is
 * read and nothing connected before a registry is asked for something.
 * @param store remembers uploads that did not end
 */
export async function withRegistries<T>(
  host: Host,
  options: OperationOptions,
  store: ContentStore | undefined,
  work: (registries: Registries) => Promise<T>,
): Promise<T> {
  const registries = openRegistries(host, settingsOf(host, options, store));
  try {
    return await work(registries);
  } finally {
    await registries.close();
  }
}
