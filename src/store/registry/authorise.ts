import type { FoundCredentials } from '../../credentials/index.js';
import { fail, TbuildError } from '../../errors/index.js';
import { checkPrivate } from '../../network/index.js';
import type { Challenge } from './challenge.js';
import { realmOf } from './realm.js';
import { basicAuthorization, shownCredentials, type Tokens } from './tokens.js';

/** The challenge that is answered: a token where tokens are given, since it proves less to fewer. */
export function chooseChallenge(challenges: readonly Challenge[]): Challenge | undefined {
  const bearer = challenges.find(({ scheme, parameters }) => scheme === 'bearer' && parameters.get('realm'));
  return bearer ?? challenges.find(({ scheme }) => scheme === 'basic');
}

export interface Authorization {
  /** Of the header. */
  readonly value: string;
  /** A bearer token that can be had anew. */
  readonly token?: string;
  /** True where asking for another would give nothing else. */
  readonly isFinal: boolean;
}

export interface Asker {
  readonly registry: string;
  readonly origin: URL;
  readonly found: FoundCredentials;
  readonly isReading: boolean;
  readonly task: string;
}

/** What to do where access is denied, and what went wrong before, which was of no importance until now. */
export function hintOfDenial({ registry, found, isReading }: Omit<Asker, 'origin' | 'task'>): string {
  const { credentials, problems } = found;
  if (credentials !== undefined) return `The registry was asked with ${shownCredentials(credentials)}.`;
  const before = problems.map((problem) => `${problem.replace(/\.$/, '')}. `).join('');
  const perhaps = isReading ? 'The repository may be private, or not exist.' : 'Writing needs credentials.';
  return `${before}No credentials were found for ${registry}: log in with "tbuild login ${registry} -u USER --password-stdin". ${perhaps}`;
}

/**
 * What the challenge is answered with.
 * @throws TbuildError `registry-unauthorised` (there is nothing to answer with, it is not accepted, or anybody may have
 * written the challenge), and as `Tokens.get` and `realmOf`
 */
export async function authorise(
  challenge: Challenge,
  asker: Asker,
  { tokens, scopes }: { readonly tokens: Tokens; readonly scopes: readonly string[] },
): Promise<Authorization> {
  const { credentials } = asker.found;
  const { task } = asker;
  // Not only would the answer be read: who can write the challenge can name any realm, to which the password would go.
  checkPrivate(asker.origin, task);
  if (credentials?.kind === 'registry-token') return { value: `Bearer ${credentials.token}`, isFinal: true };
  if (challenge.scheme === 'basic') {
    if (credentials?.kind === 'password') {
      return { value: basicAuthorization(credentials.username, credentials.password), isFinal: true };
    }
    const problem =
      credentials === undefined
        ? 'the registry wants a name and a password'
        : `the registry wants a name and a password, and an identity token is all that ${credentials.from} has`;
    throw fail('registry-unauthorised', { message: `${task}: ${problem}`, hint: hintOfDenial(asker) });
  }
  const realm = realmOf(asker.origin, challenge.parameters.get('realm')!, task);
  const service = challenge.parameters.get('service');
  try {
    const { value, isFresh } = await tokens.get({ registry: asker.origin, realm, service, scopes, credentials, task });
    return { value: `Bearer ${value}`, token: value, isFinal: isFresh };
  } catch (error) {
    if (!(error instanceof TbuildError) || error.code !== 'registry-unauthorised') throw error;
    if (error.hint !== undefined || credentials !== undefined) throw error;
    const { message, details } = error;
    throw fail('registry-unauthorised', { message, details, hint: hintOfDenial(asker) });
  }
}
