import type { Host } from '../host/index.js';
import { identityTokenOf, passwordOf, type Secret } from './auth-entry.js';
import { type JsonObject, parseObject } from './auth-file.js';
import { CredentialProblem, wordsOf } from './problem.js';
import { canonicalRegistry, parseKey, serverOf } from './registry-key.js';
import { programOf, runHelper } from './run-helper.js';

/** In place of a user name: the secret is an identity token (docker's "tokenUsername"). */
const TOKEN_USER = '<token>';

function memberOf(answer: JsonObject, name: string): string {
  const value = answer[name] ?? '';
  if (typeof value !== 'string') throw new CredentialProblem(`its "${name}" is not a text`);
  return value;
}

/** Helpers may leave out for which server they answer, or call it by another of its names. */
function checkServer(answer: JsonObject, registry: string): void {
  const server = memberOf(answer, 'ServerURL');
  if (server === '' || server === serverOf(registry)) return;
  if (parseKey(server)?.registry !== canonicalRegistry(registry)) {
    throw new CredentialProblem('it is for another server');
  }
}

function parseAnswer(bytes: Uint8Array, registry: string): Secret | undefined {
  const answer = parseObject(bytes);
  checkServer(answer, registry);
  const [username, secret] = [memberOf(answer, 'Username'), memberOf(answer, 'Secret')];
  if (username === '' && secret === '') return undefined;
  return username === TOKEN_USER ? identityTokenOf(secret) : passwordOf(username, secret);
}

/**
 * What a helper has for a registry; undefined where it has nothing.
 * @throws CredentialProblem; the reason of an interruption
 */
export async function askHelper(host: Host, helper: string, registry: string): Promise<Secret | undefined> {
  const bytes = await runHelper(host, { helper, action: 'get', input: serverOf(registry) });
  if (bytes === undefined) return undefined;
  try {
    return parseAnswer(bytes, registry);
  } catch (error) {
    throw new CredentialProblem(`the answer of ${programOf(helper)} is not usable: ${wordsOf(error)}`);
  }
}
