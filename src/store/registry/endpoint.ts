import { TbuildError } from '../../errors/index.js';
import type { NetworkRequest, NetworkResponse, Patience, RequestBody } from '../../network/index.js';
import { DOCKER_HUB, type RegistryReference, renderRegistryReference } from '../../oci/index.js';
import { lazy } from '../../util/index.js';
import type { RegistryContext } from './context.js';
import { type Access, openScopes, type Scopes, withSource } from './scopes.js';
import { sendAuthorised, type Visit, type Visitor } from './visitor.js';

/** A request to the API of a registry: OCI distribution-spec, "API". */
export interface ApiRequest {
  readonly method: string;
  /** Below `/v2/<repository>/`: `blobs/sha256:…`. */
  readonly path?: string;
  /**
   * Instead of a path: a Location or Link that went through `checkFollowUp`. The token goes along only where it is of
   * the registry's origin.
   */
  readonly url?: URL;
  /** Lower-case names. Not `authorization`. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: RequestBody;
  /** What the token must allow. */
  readonly access: Access;
  /** Another repository of the same registry that must be readable too. */
  readonly mountFrom?: string;
  readonly repeat: NetworkRequest['repeat'];
  readonly redirects?: NetworkRequest['redirects'];
  /** Begins every message: `Cannot push layer sha256:ab… to "docker://ghcr.io/a/b"`. */
  readonly task: string;
}

/** The API of one repository, with all that proves who asks. */
export interface Endpoint {
  readonly reference: RegistryReference;
  origin(task?: string): Promise<URL>;
  /**
   * Any answer but 401 and 403, which are thrown where new credentials do not help. A successful one is not compressed.
   * @throws TbuildError `registry-unauthorised`, `server-unavailable`, `server-invalid`
   */
  send(request: ApiRequest): Promise<NetworkResponse>;
  /** Waits for those who begin again by themselves: after an answer that was cut off. */
  patience(): Patience;
}

/** Where the API is: for Docker Hub not where the name says. */
export function apiHost(registry: string): string {
  return registry === DOCKER_HUB ? 'registry-1.docker.io' : registry;
}

function networkRequest(request: ApiRequest, url: URL): NetworkRequest {
  const { method, headers, body, repeat, redirects, task } = request;
  const always = { method, url, headers: { 'accept-encoding': 'identity', ...headers }, repeat, task };
  return { ...always, ...(body && { body }), ...(redirects && { redirects }) };
}

/** Finds out what the registry wants to see, with a request that costs nothing. What it denies, the true request tells. */
async function greet(visitor: Visitor, visit: Visit): Promise<void> {
  const url = new URL('/v2/', visitor.origin);
  const greeting: Visit = { ...visit, request: { method: 'GET', url, repeat: 'safely', task: visit.request.task } };
  try {
    await (await sendAuthorised(visitor, greeting)).discard();
  } catch (error) {
    if (!(error instanceof TbuildError) || error.code !== 'registry-unauthorised') throw error;
  }
}

/**
 * Runs the first exchange with an origin before all others, so that these know what the registry wants to see. A body
 * is not sent before that is known.
 */
async function afterFirstContact(visitor: Visitor, visit: Visit): Promise<NetworkResponse> {
  const { contacts } = visitor.context;
  const { origin } = visitor.origin;
  const before = contacts.get(origin);
  if (before !== undefined) {
    await before;
    return sendAuthorised(visitor, visit);
  }
  let settle = (): void => undefined;
  const settled = new Promise<void>((resolve) => {
    settle = resolve;
  });
  contacts.set(origin, settled);
  try {
    if (visit.request.body === undefined) return await sendAuthorised(visitor, visit);
    await greet(visitor, visit);
  } finally {
    settle();
  }
  return sendAuthorised(visitor, visit);
}

/** Nothing is asked before the first `send`. */
export function openEndpoint(reference: RegistryReference, context: RegistryContext): Endpoint {
  const { registry, repository } = reference;
  const found = lazy(() => context.keychain().find(registry, repository));
  const admitted = lazy(() => context.admit(registry, renderRegistryReference(reference)));
  const origin = async (task?: string): Promise<URL> => {
    admitted();
    return context.network().originOf(apiHost(registry), task);
  };
  const scopes: Readonly<Record<Access, Scopes>> = {
    pull: openScopes(reference, 'pull'),
    push: openScopes(reference, 'push'),
    delete: openScopes(reference, 'delete'),
  };
  return {
    reference,
    origin,
    patience: () => context.network().patience(),
    async send(request) {
      const visitor: Visitor = { context, registry, origin: await origin(request.task), found };
      const url = request.url ?? new URL(`/v2/${repository}/${request.path ?? ''}`, visitor.origin);
      const visit: Visit = {
        request: networkRequest(request, url),
        scopes: withSource(scopes[request.access], request.mountFrom),
        isReading: request.access === 'pull',
      };
      return afterFirstContact(visitor, visit);
    },
  };
}
