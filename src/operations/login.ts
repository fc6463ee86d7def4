import { type Credentials, openKeychain, passwordProblem, storeCredentials, targetOf } from '../credentials/index.js';
import { fail } from '../errors/index.js';
import type { Host } from '../host/index.js';
import { verifyLogin } from '../store/index.js';
import { settingsOf } from './registries.js';
import type { LoginRequest, LoginResult } from './transfer-requests.js';

function checkSecret({ username, password }: LoginRequest): void {
  const problem = password === '' ? 'the password is empty' : passwordProblem(username, password);
  if (problem !== undefined) throw fail('usage', { message: `Cannot log in: ${problem}` });
}

/** Says which credentials will be used instead of those that were stored: a variable comes before every file. */
function foundInstead(found: Credentials | undefined, { username, password }: LoginRequest): string | undefined {
  if (found === undefined) return 'The credentials that were stored are not found again';
  if (found.kind === 'password' && found.username === username && found.password === password) return undefined;
  return `Not the credentials that were stored will be used, but those of ${found.from}`;
}

/**
 * Asks the registry whether it takes the user name and password, and only then keeps them where docker and podman find
 * them too.
 * @throws TbuildError `usage`, `reference-invalid`, `credentials-failed`, `credentials-invalid`, `registry-unauthorised`, and
 * what every request to a registry throws
 */
export async function logIn(host: Host, request: LoginRequest): Promise<LoginResult> {
  const { registry, username, password, report } = request;
  const target = targetOf(registry);
  checkSecret(request);
  const settings = settingsOf(host, request, undefined);
  await verifyLogin(host, settings, target.registry, { kind: 'password', username, password, from: 'this login' });
  const place = await storeCredentials(host, settings.credentials, { registry, username, password });
  const keychain = openKeychain(host, settings.credentials, (message) => settings.note?.('auth', message));
  const { credentials } = await keychain.find(target.registry, target.path);
  const message = foundInstead(credentials, request);
  if (message !== undefined) report?.({ kind: 'warning', message });
  return { registry, username, ...place };
}
