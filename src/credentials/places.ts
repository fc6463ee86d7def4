import { isAbsolute, join, resolve } from 'node:path';
import type { Env, Host } from '../host/index.js';
import type { CredentialSettings } from './credentials.js';

/** A file that may hold credentials. */
export interface AuthPlace {
  readonly path: string;
  /** Who uses it: `docker` its own, `podman` (and skopeo, buildah) theirs. Undefined for one that the user names. */
  readonly owner: 'docker' | 'podman' | undefined;
}

/** An absolute path in a variable; the XDG base directory specification has relative ones ignored. */
function directoryOf(env: Env, name: string): string | undefined {
  const value = env.variable(name);
  return value !== undefined && isAbsolute(value) ? value : undefined;
}

/** Podman's file for as long as the user is logged in to the machine. For root, who has no such directory, it has one. */
function runtimeFile(env: Env): string | undefined {
  const directory = directoryOf(env, 'XDG_RUNTIME_DIR');
  if (directory !== undefined) return join(directory, 'containers/auth.json');
  return env.userId === 0 ? '/run/containers/0/auth.json' : undefined;
}

/** Podman's file that stays. */
export function podmanFile(env: Env): string {
  return join(directoryOf(env, 'XDG_CONFIG_HOME') ?? join(env.homeDirectory, '.config'), 'containers/auth.json');
}

export function dockerFile(env: Env): string {
  const named = env.variable('DOCKER_CONFIG');
  const directory = named === undefined ? join(env.homeDirectory, '.docker') : absolute(env, named);
  return join(directory, 'config.json');
}

/** A path in a variable that docker and podman take as it is, relative to the working directory. */
function absolute(env: Env, path: string): string {
  return isAbsolute(path) ? path : resolve(env.workingDirectory, path);
}

/** The files to look into, in order, each once: containers-auth.json(5), and last docker's own. */
export function authPlaces({ env }: Host, { authFile }: CredentialSettings): readonly AuthPlace[] {
  if (authFile !== undefined) return [{ path: authFile, owner: undefined }];
  const named = env.variable('REGISTRY_AUTH_FILE');
  const runtime = runtimeFile(env);
  const places: readonly AuthPlace[] = [
    ...(named === undefined ? [] : [{ path: absolute(env, named), owner: undefined }]),
    ...(runtime === undefined ? [] : [{ path: runtime, owner: 'podman' as const }]),
    { path: podmanFile(env), owner: 'podman' },
    { path: dockerFile(env), owner: 'docker' },
  ];
  return places.filter(({ path }, i) => places.findIndex((other) => other.path === path) === i);
}
