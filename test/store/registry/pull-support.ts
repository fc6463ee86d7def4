import type { Host } from '../../../src/host/index.js';
import { parseRegistryReference } from '../../../src/oci/index.js';
import { openRegistries } from '../../../src/store/registry/open-registries.js';
import type { Registries, Repository } from '../../../src/store/registry/registries.js';
import { hurriedHost } from './push-support.js';

export interface PullOptions {
  readonly host?: Host;
  /** Environment variables; those of credentials and registries.conf are only there if they are here. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly insecure?: readonly string[];
  readonly timeoutMs?: number;
  readonly certificateDirectory?: string | undefined;
}

export interface Pulling extends Registries {
  /** What users were told: `warning: …`. */
  readonly notes: string[];
  /** `127.0.0.1:5000/a/b:1` */
  at(name: string): Repository;
}

const OURS = /^(?:TBUILD_|DOCKER_|REGISTRY_AUTH_FILE$|CONTAINERS_REGISTRIES_CONF$|XDG_)/;

/** The host with only these variables of those that matter, and a home that is nowhere. */
export function hostWithVariables(variables: Readonly<Record<string, string>>, base: Host = hurriedHost()): Host {
  const env = {
    ...base.env,
    homeDirectory: '/nowhere',
    variable: (name: string) => variables[name] ?? (OURS.test(name) ? undefined : base.env.variable(name)),
  };
  return { ...base, env };
}

/** Registries as one command has them. */
export function startPulling(options: PullOptions = {}): Pulling {
  const { variables = {}, insecure = [], timeoutMs, certificateDirectory } = options;
  const notes: string[] = [];
  const registries = openRegistries(hostWithVariables(variables, options.host), {
    network: { insecure, timeoutMs, certificateDirectory },
    credentials: {},
    note: (topic, message) => notes.push(`${topic}: ${message}`),
  });
  return {
    ...registries,
    get traffic() {
      return registries.traffic;
    },
    notes,
    at: (name) => registries.repository(parseRegistryReference(name)),
  };
}

/** Variables with a user's password for a registry. */
export const variablesFor = (registry: string, user: { readonly name: string; readonly password: string }) => ({
  TBUILD_REGISTRY: registry,
  TBUILD_USERNAME: user.name,
  TBUILD_PASSWORD: user.password,
});

/** `DOCKER_AUTH_CONFIG` with one entry. */
export const authConfig = (registry: string, entry: Readonly<Record<string, string>>) => ({
  DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { [registry]: entry } }),
});
