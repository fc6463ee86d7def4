import { eraseCredentials, openKeychain, targetOf } from '../credentials/index.js';
import type { Host } from '../host/index.js';
import { settingsOf } from './registries.js';
import type { LogoutRequest, LogoutResult } from './transfer-requests.js';

/**
 * Removes the credentials for a registry from wherever docker, podman or `logIn` put them.
 * @throws TbuildError `reference-invalid`, `credentials-failed` where some may be left
 */
export async function logOut(host: Host, request: LogoutRequest): Promise<LogoutResult> {
  const { registry, report } = request;
  const { registry: name, path } = targetOf(registry);
  const { credentials: settings, note } = settingsOf(host, request, undefined);
  const places = await eraseCredentials(host, settings, registry);
  const keychain = openKeychain(host, settings, (message) => note?.('auth', message));
  const { credentials } = await keychain.find(name, path);
  if (credentials !== undefined) {
    report?.({
      kind: 'warning',
      message: `Credentials for ${JSON.stringify(registry)} are still in ${credentials.from}`,
    });
  }
  return { registry, where: places.map(({ where }) => where) };
}
