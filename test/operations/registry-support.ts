import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { OperationOptions } from '../../src/operations/index.js';
import type { TreeItem } from '../support/make-tree.js';
import { type RegistryOptions, startRegistry, type TestRegistry } from '../support/registry/registry.js';
import { type Workspace, workspace } from './support.js';

const opened: TestRegistry[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((registry) => registry.close()));
});

/** Closed after the test. */
export async function openRegistry(options: RegistryOptions = {}): Promise<TestRegistry> {
  const registry = await startRegistry(options);
  opened.push(registry);
  return registry;
}

/** `GET base/blobs/…`: the requests since the last call, digests left out. */
export function requestsOf(registry: TestRegistry): readonly string[] {
  const seen = registry.requests.splice(0);
  return seen.map(({ method, path }) =>
    `${method} ${path.replace(/^\/v2\//, '')}`.replace(/sha256:[0-9a-f]{64}/, '…').replace(/uploads\/.+$/, 'uploads/…'),
  );
}

/** A workspace that knows no credentials of the user who runs the tests. */
export function strangerWorkspace(
  items: Readonly<Record<string, TreeItem>>,
): Workspace & { readonly options: OperationOptions } {
  const made = workspace({ ...items, 'auth.json': '{}' });
  const network = { authFile: made.path('auth.json') };
  const options = { cacheDirectory: made.request.cacheDirectory, network };
  return { ...made, request: { ...made.request, network } as Workspace['request'], options };
}

/** The file of a blob in the cache. */
export function cachedBlob({ cacheDirectory }: { readonly cacheDirectory: string }, digest: string): string {
  return join(cacheDirectory, 'blobs', 'sha256', digest.slice('sha256:'.length));
}
