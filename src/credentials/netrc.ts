import { isAbsolute, join, resolve } from 'node:path';
import { fail } from '../errors/index.js';
import type { Env, Host } from '../host/index.js';
import { lazy } from '../util/index.js';
import { encodeAuth, passwordProblem } from './auth-entry.js';
import { readAuthFile } from './auth-file.js';
import { type NetrcEntry, parseNetrc } from './parse-netrc.js';
import { CredentialProblem } from './problem.js';

/** User names and passwords by host, as curl and git find them. */
export interface Netrc {
  /**
   * The value of Authorization for a host, `example.com` or `[::1]`; undefined where the file has none. Ports do not count.
   * @throws TbuildError `credentials-invalid`
   */
  authorizationFor(hostname: string): string | undefined;
}

const OTHERS_MAY_READ = 0o044;

const canonical = (name: string): string =>
  name
    .toLowerCase()
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '');

function placeOf(env: Env): { readonly path: string; readonly isNamed: boolean } {
  const named = env.variable('NETRC');
  if (named === undefined) return { path: join(env.homeDirectory, '.netrc'), isNamed: false };
  return { path: isAbsolute(named) ? named : resolve(env.workingDirectory, named), isNamed: true };
}

function basic({ login, password }: NetrcEntry): string | undefined {
  if (login === undefined || password === undefined) return undefined;
  const problem = passwordProblem(login, password);
  if (problem !== undefined) throw new CredentialProblem(`of an entry ${problem}`);
  return `Basic ${encodeAuth(login, password)}`;
}

/**
 * The file that NETRC names, else `~/.netrc`. It is read when it is first needed, and once. The first entry with the name of
 * the host counts, else `default`. A file that others can read is used, as by curl, and warned of: the passwords in it are
 * theirs too.
 *
 * @param warn hears of that; never a secret
 */
export function openNetrc(host: Host, warn: (message: string) => void): Netrc {
  const { path, isNamed } = placeOf(host.env);
  const explained = <T>(call: () => T): T => {
    try {
      return call();
    } catch (error) {
      if (!(error instanceof CredentialProblem)) throw error;
      const message = `Cannot use ${JSON.stringify(path)} for passwords: ${error.message}`;
      throw fail('credentials-invalid', { message, details: { path } });
    }
  };
  const entries = lazy((): readonly NetrcEntry[] => {
    const bytes = readAuthFile(host.files, path);
    if (bytes === undefined && isNamed) throw new CredentialProblem('it does not exist, and NETRC names it');
    if (bytes === undefined) return [];
    const mode = host.files.stat(path)?.mode ?? 0;
    if ((mode & OTHERS_MAY_READ) !== 0) {
      warn(`others can read the passwords in ${JSON.stringify(path)}: make it private with chmod 600`);
    }
    return parseNetrc(bytes);
  });
  return {
    authorizationFor: (hostname) =>
      explained(() => {
        const wanted = canonical(hostname);
        const all = entries();
        const entry = all.find(({ machine }) => machine !== undefined && canonical(machine) === wanted);
        const found = entry ?? all.find(({ machine }) => machine === undefined);
        return found && basic(found);
      }),
  };
}
