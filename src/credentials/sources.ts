import type { Host } from '../host/index.js';
import { type AuthFile, parseAuthFile, readAuthFile } from './auth-file.js';
import type { CredentialSettings } from './credentials.js';
import { authPlaces } from './places.js';
import { CredentialProblem } from './problem.js';

/** A place with entries, read when it is first looked into, and once. */
export interface Source {
  readonly where: string;
  /** Undefined where it is not there. @throws CredentialProblem, also where it is not there but the user named it */
  read(): AuthFile | undefined;
}

/** Calls once and remembers what came of it, also a failure. */
function once<T>(call: () => T): () => T {
  let outcome: (() => T) | undefined;
  const settle = (): (() => T) => {
    try {
      const value = call();
      return () => value;
    } catch (error) {
      return () => {
        throw error;
      };
    }
  };
  return () => {
    outcome ??= settle();
    return outcome();
  };
}

/** Where to look, in order. GitLab gives jobs a whole file in DOCKER_AUTH_CONFIG; docker reads it before its own. */
export function sourcesOf(host: Host, settings: CredentialSettings): readonly Source[] {
  const files = authPlaces(host, settings).map(({ path, owner }) => ({
    where: path,
    read: once(() => {
      const bytes = readAuthFile(host.files, path);
      if (bytes === undefined && owner === undefined) throw new CredentialProblem('it does not exist');
      return bytes && parseAuthFile(bytes);
    }),
  }));
  const text = host.env.variable('DOCKER_AUTH_CONFIG');
  if (text === undefined || settings.authFile !== undefined) return files;
  return [{ where: 'DOCKER_AUTH_CONFIG', read: once(() => parseAuthFile(Buffer.from(text))) }, ...files];
}
