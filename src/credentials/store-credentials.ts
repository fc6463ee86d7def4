import { dirname, join } from 'node:path';
import { fail } from '../errors/index.js';
import { errnoOf, type Host } from '../host/index.js';
import { encodeAuth } from './auth-entry.js';
import { type AuthFile, helperFor, parseAuthFile, readAuthFile } from './auth-file.js';
import type { CredentialPlace, CredentialSettings } from './credentials.js';
import { editAuthFile } from './edit-auth-file.js';
import { type AuthPlace, authPlaces, dockerFile, podmanFile } from './places.js';
import { CredentialProblem } from './problem.js';
import { equalKeys, keyOf, serverOf, type Target, targetOf } from './registry-key.js';
import { programOf, runHelper } from './run-helper.js';

export interface StoredEntry {
  /** `ghcr.io`, or a path in it: `ghcr.io/org`. */
  readonly registry: string;
  readonly username: string;
  readonly password: string;
}

/** Where an entry goes: to a helper that a file names, or into a file. */
interface Destination {
  readonly path: string;
  readonly helper?: string;
}

/** The file; undefined also where it is of no use, as it is for who looks for credentials. */
function readUsable(host: Host, path: string): AuthFile | undefined {
  try {
    const bytes = readAuthFile(host.files, path);
    return bytes && parseAuthFile(bytes);
  } catch (error) {
    if (error instanceof CredentialProblem) return undefined;
    throw error;
  }
}

function isThere(host: Host, path: string): boolean {
  try {
    return host.files.stat(path) !== undefined;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return false;
  }
}

/** The file of podman that lasts as long as the session, where its directory is there and lets us in. */
function usableRuntimeFile({ files, env }: Host): string | undefined {
  const directory = env.variable('XDG_RUNTIME_DIR');
  if (directory === undefined || !directory.startsWith('/')) return undefined;
  const path = join(directory, 'containers/auth.json');
  try {
    if (files.stat(directory) === undefined) return undefined; // not for us to make
    files.makeDirectory(dirname(path), 0o700);
    return path;
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}

/**
 * Where no file says anything of the registry: docker's file where the user has one, which everybody reads, else podman's.
 * Docker takes what podman means for a path for the whole registry, so such an entry never goes into docker's file.
 */
function usualFile(host: Host, { path }: Target): string {
  const docker = dockerFile(host.env);
  if (path === '' && isThere(host, docker)) return docker;
  return usableRuntimeFile(host) ?? podmanFile(host.env);
}

/**
 * The first place that decides about the registry when credentials are looked for, so that what is stored is what is
 * found: a helper, or a file with such an entry. A file that the user names is it in any case.
 */
function destinationOf(host: Host, settings: CredentialSettings, target: Target): Destination {
  const decides = ({ path, owner }: AuthPlace): Destination | undefined => {
    const file = readUsable(host, path);
    const helper = target.path === '' && file !== undefined ? helperFor(file, target.registry)?.name : undefined;
    if (helper !== undefined) return { path, helper };
    const hasEntry = file !== undefined && equalKeys(file.auths.keys(), target).length > 0;
    return hasEntry || owner === undefined ? { path } : undefined;
  };
  for (const place of authPlaces(host, settings)) {
    const destination = decides(place);
    if (destination !== undefined) return destination;
  }
  return { path: usualFile(host, target) };
}

/** Sets the entry under the key that docker and podman both find, and removes it from under all others. */
function writeEntry(host: Host, path: string, { target, auth }: { target: Target; auth: string }): void {
  editAuthFile(host, path, (auths) => {
    const key = keyOf(target);
    for (const other of equalKeys(Object.keys(auths), target)) if (other !== key) delete auths[other];
    auths[key] = { auth };
    return true;
  });
}

/** Plain text that a helper now keeps must not stay; docker leaves an empty entry too. */
function emptyEntries(host: Host, path: string, target: Target): void {
  editAuthFile(host, path, (auths) => {
    const full = equalKeys(Object.keys(auths), target).filter((key) => JSON.stringify(auths[key]) !== '{}');
    for (const key of full) auths[key] = {};
    return full.length > 0;
  });
}

async function storeWithHelper(host: Host, { path, helper }: Required<Destination>, entry: StoredEntry): Promise<void> {
  const { registry, username, password } = entry;
  const server = serverOf(targetOf(registry).registry);
  const input = JSON.stringify({ ServerURL: server, Username: username, Secret: password });
  try {
    await runHelper(host, { helper, action: 'store', input, secrets: [password, encodeAuth(username, password)] });
  } catch (error) {
    if (!(error instanceof CredentialProblem)) throw error;
    throw fail('credentials-failed', {
      message: `Cannot store the credentials for ${JSON.stringify(registry)}: ${error.message}`,
      hint: `${JSON.stringify(path)} names the helper; --authfile names another file to write to.`,
    });
  }
}

/**
 * Keeps user name and password for later: with the helper that the user configured for the registry, else in a file.
 * @throws TbuildError `reference-invalid`, `credentials-failed`, `credentials-invalid` (a file that cannot be changed)
 */
export async function storeCredentials(
  host: Host,
  settings: CredentialSettings,
  entry: StoredEntry,
): Promise<CredentialPlace> {
  const target = targetOf(entry.registry);
  const { path, helper } = destinationOf(host, settings, target);
  if (helper === undefined) {
    writeEntry(host, path, { target, auth: encodeAuth(entry.username, entry.password) });
    return { where: path, isPlainText: true };
  }
  await storeWithHelper(host, { path, helper }, entry);
  emptyEntries(host, path, target);
  return { where: programOf(helper), isPlainText: false };
}
