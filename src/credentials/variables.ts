import type { Env } from '../host/index.js';
import { passwordOf } from './auth-entry.js';
import type { Credentials } from './credentials.js';
import { CredentialProblem } from './problem.js';
import { matchingKeys, parseKey, type Target } from './registry-key.js';

/**
 * The credentials of TBUILD_REGISTRY, TBUILD_USERNAME and TBUILD_PASSWORD: for this registry, or this path in it, and
 * for no other. Undefined where they are for something else, or not set.
 * @throws CredentialProblem where one of them is missing
 */
export function credentialsOfVariables(env: Env, target: Target): Credentials | undefined {
  const [registry, username, password] = ['TBUILD_REGISTRY', 'TBUILD_USERNAME', 'TBUILD_PASSWORD'].map((name) =>
    env.variable(name),
  );
  if (registry === undefined && username === undefined && password === undefined) return undefined;
  if (registry === undefined) throw new CredentialProblem('TBUILD_REGISTRY is not set, which says what they are for');
  if (parseKey(registry) === undefined) throw new CredentialProblem('TBUILD_REGISTRY does not name a registry');
  if (matchingKeys([registry], target).length === 0) return undefined;
  if (username === undefined || password === undefined) {
    throw new CredentialProblem(`${username === undefined ? 'TBUILD_USERNAME' : 'TBUILD_PASSWORD'} is not set`);
  }
  return { ...passwordOf(username, password), from: 'TBUILD_USERNAME and TBUILD_PASSWORD' };
}
