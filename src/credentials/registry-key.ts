import { fail } from '../errors/index.js';
import { DOCKER_HUB, isRegistryHost } from '../oci/index.js';
import { hideUserInformation } from '../util/index.js';

/** The hosts that are Docker Hub: credentials for one are for all, as in docker and podman. */
const HUB_HOSTS = [DOCKER_HUB, 'index.docker.io', 'registry-1.docker.io'];
/** What docker calls Docker Hub, in its files and to helpers. */
const HUB_SERVER = 'https://index.docker.io/v1/';

/** What follows the host in the keys of old versions of docker. */
const OLD_PATH = /^(?:\/|\/v[12]\/?)?$/;
const REPOSITORY = /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/;

/** What credentials are wanted for: a registry, or what begins with a path in it. */
export interface Target {
  /** Host and perhaps port in lower case; `docker.io` for Docker Hub under any of its names. */
  readonly registry: string;
  /** `org/app`; empty for the whole registry. */
  readonly path: string;
}

/** A registry under the name that we know it by. */
export function canonicalRegistry(host: string): string {
  const lower = host.toLowerCase();
  return HUB_HOSTS.includes(lower) ? DOCKER_HUB : lower;
}

/** How helpers are asked for a registry, and how docker calls it in its files. */
export function serverOf(registry: string): string {
  return registry === DOCKER_HUB ? HUB_SERVER : registry;
}

/** How a target is called in a file. */
export function keyOf({ registry, path }: Target): string {
  return path === '' ? serverOf(registry) : `${registry}/${path}`;
}

/**
 * What a key of a file is for; undefined where nothing can match it. A key with a scheme is an address of the registry
 * and means all of it, whatever its path, as in docker and podman. Without a scheme the path counts, as in podman.
 * Docker Hub's other addresses are not for images: docker keeps tokens of its website under them.
 */
export function parseKey(key: string): Target | undefined {
  const [, scheme, host = '', path = ''] = /^(https?:\/\/)?([^/]+)(\/.*)?$/s.exec(key) ?? [];
  if (!isRegistryHost(host)) return undefined;
  const registry = canonicalRegistry(host);
  const isOld = path !== '' && OLD_PATH.test(path) && (path.endsWith('/') || scheme !== undefined);
  if (path === '' || isOld) return { registry, path: '' };
  if (scheme !== undefined) return registry === DOCKER_HUB ? undefined : { registry, path: '' };
  return { registry, path: path.slice(1) };
}

/**
 * What a user names to log in to: `ghcr.io`, `ghcr.io/org`.
 * @throws TbuildError `reference-invalid`
 */
export function targetOf(text: string): Target {
  const slash = text.indexOf('/');
  const host = slash < 0 ? text : text.slice(0, slash);
  const path = slash < 0 ? '' : text.slice(slash + 1);
  if (isRegistryHost(host) && (slash < 0 || REPOSITORY.test(path))) return { registry: canonicalRegistry(host), path };
  const { hostname = '' } = /^https?:\/\/(?<hostname>[^/@]+)/.exec(text)?.groups ?? {};
  throw fail('reference-invalid', {
    message: `${JSON.stringify(hideUserInformation(text))} is not a registry`,
    hint: isRegistryHost(hostname)
      ? `Did you mean ${JSON.stringify(hostname)}?`
      : 'Write its host, with a port where it needs one: ghcr.io, 127.0.0.1:5000.',
  });
}

/** How exactly a key means the whole registry: docker's own key first, addresses of old versions last. */
function form(key: string, { registry }: Target): number {
  if (key === serverOf(registry)) return 0;
  if (!key.includes('/')) return 1;
  return OLD_PATH.test(key.replace(/^https?:\/\/[^/]*/, '')) ? 2 : 3;
}

function covers(found: Target | undefined, { registry, path }: Target): found is Target {
  if (found?.registry !== registry) return false;
  return found.path === '' || path === found.path || path.startsWith(`${found.path}/`);
}

/** The keys that are for the target or a parent of it, the longest path first. */
export function matchingKeys(keys: Iterable<string>, target: Target): readonly string[] {
  return [...keys]
    .map((key) => ({ key, found: parseKey(key) }))
    .filter((item): item is { key: string; found: Target } => covers(item.found, target))
    .sort((a, b) => b.found.path.length - a.found.path.length || form(a.key, target) - form(b.key, target))
    .map(({ key }) => key);
}

/** The keys that are for just this target, in any of their forms. */
export function equalKeys(keys: Iterable<string>, target: Target): readonly string[] {
  return matchingKeys(keys, target).filter((key) => parseKey(key)!.path === target.path);
}
