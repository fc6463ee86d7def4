import type { Credentials } from '../../credentials/index.js';
import type { Host } from '../../host/index.js';
import { openContext } from './context.js';
import { apiHost } from './endpoint.js';
import type { RegistrySettings } from './registries.js';
import { refusalOf } from './registry-errors.js';
import { NO_SCOPES } from './scopes.js';
import { sendAuthorised } from './visitor.js';

/**
 * Finds out whether a registry accepts credentials, before they are kept. One that wants none accepts any.
 * @throws TbuildError `registry-unauthorised`; `server-unavailable`, `server-invalid`, `registry-refused`
 */
export async function verifyLogin(
  host: Host,
  settings: RegistrySettings,
  registry: string,
  credentials: Credentials,
): Promise<void> {
  const context = openContext(host, settings);
  const task = `Cannot log in to ${JSON.stringify(registry)}`;
  try {
    context.admit(registry);
    const origin = await context.network().originOf(apiHost(registry), task);
    const found = async () => ({ credentials, problems: [] });
    const url = new URL('/v2/', origin);
    const request = { method: 'GET', url, repeat: 'safely', task } as const;
    const visitor = { context, registry, origin, found };
    const answer = await sendAuthorised(visitor, { request, scopes: NO_SCOPES, isReading: true });
    if (answer.status >= 400) throw await refusalOf(answer, task);
    await answer.discard();
  } finally {
    await context.close();
  }
}
