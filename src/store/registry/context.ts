import { type Keychain, openKeychain } from '../../credentials/index.js';
import type { Host } from '../../host/index.js';
import { type Network, openNetwork, type Traffic } from '../../network/index.js';
import { lazy } from '../../util/index.js';
import type { Challenge } from './challenge.js';
import { expectAllowed, insecureHosts, ruleFor } from './mirrors.js';
import type { RegistrySettings } from './registries.js';
import { readRegistriesConf } from './registries-conf.js';
import type { RegistryRule } from './registry-rules.js';
import { openTokens, type Tokens } from './tokens.js';
import { openWarnings } from './warnings.js';

/** What all endpoints of one command share. Nothing is read or opened before it is used. */
export interface RegistryContext {
  network(): Network;
  keychain(): Keychain;
  /**
   * What registries.conf says about a registry, or an image in it; what it allows is allowed from then on.
   * @param name `docker.io/library/alpine:3`
   * @throws TbuildError `registry-refused` (it is blocked), `network-settings-invalid`
   */
  admit(registry: string, name?: string): RegistryRule | undefined;
  readonly tokens: Tokens;
  /** What a registry, by its origin, wants to see with each request. */
  readonly challenges: Map<string, Challenge>;
  /** By origin: settled when the first exchange with it is over, so that the others know what it wants. */
  readonly contacts: Map<string, Promise<void>>;
  note(topic: 'warning' | 'auth', message: string): void;
  warn(registry: string, headers: readonly string[]): void;
  readonly traffic: Traffic;
  close(): Promise<void>;
}

/** Networks that differ in which hosts may be insecure: what one of them allows is fixed when it is opened. */
function openNetworks(host: Host, settings: RegistrySettings) {
  const opened: Network[] = [];
  const insecure = new Set(settings.network.insecure);
  let current: Network | undefined;
  const sum = (key: keyof Traffic): number => opened.reduce((total, { traffic }) => total + traffic[key], 0);
  return {
    get(): Network {
      if (current !== undefined) return current;
      current = openNetwork(host, { ...settings.network, insecure: [...insecure] });
      opened.push(current);
      return current;
    },
    allow(hosts: readonly string[]): void {
      if (hosts.every((name) => insecure.has(name))) return;
      for (const name of hosts) insecure.add(name);
      current = undefined;
    },
    get traffic(): Traffic {
      return { requests: sum('requests'), sentBytes: sum('sentBytes'), receivedBytes: sum('receivedBytes') };
    },
    async close(): Promise<void> {
      await Promise.all(opened.map((network) => network.close()));
    },
  };
}

export function openContext(host: Host, settings: RegistrySettings): RegistryContext {
  const note = (topic: 'warning' | 'auth', message: string): void => settings.note?.(topic, message);
  const networks = openNetworks(host, settings);
  const rules = lazy(() => readRegistriesConf(host));
  return {
    network: () => networks.get(),
    keychain: lazy(() => openKeychain(host, settings.credentials, (message) => note('auth', message))),
    admit(registry, name = registry) {
      const rule = ruleFor(rules(), name);
      expectAllowed(rule, name);
      networks.allow(insecureHosts(rule, registry));
      return rule;
    },
    tokens: openTokens(networks.get, host.clock),
    challenges: new Map(),
    contacts: new Map(),
    note,
    warn: openWarnings((message) => note('warning', message)),
    get traffic() {
      return networks.traffic;
    },
    close: networks.close,
  };
}
