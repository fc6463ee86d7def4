import { isRegistryHost } from '../../oci/index.js';

/** A table of a TOML file. */
export type ConfTable = Readonly<Record<string, unknown>>;

/** Where else images can be had. */
export interface MirrorRule {
  readonly location: string;
  readonly insecure: boolean;
  /** Which references it is for. */
  readonly references: 'all' | 'digest-only' | 'tag-only';
}

/** An entry `[[registry]]`. */
export interface RegistryRule {
  /** `docker.io`, `ghcr.io/owner`, `*.example.com`. */
  readonly prefix: string;
  /** What stands in the place of the prefix when images are read; undefined: the prefix. */
  readonly location: string | undefined;
  readonly insecure: boolean;
  readonly blocked: boolean;
  readonly mirrors: readonly MirrorRule[];
}

/** The error for a problem of the n-th entry, from 0. */
export type Complain = (entry: number, problem: string) => Error;

type Reader = (problem: string) => Error;

const REFERENCES = ['all', 'digest-only', 'tag-only'] as const;

function flag(table: ConfTable, name: string, complain: Reader): boolean {
  const value = table[name] ?? false;
  if (typeof value !== 'boolean') throw complain(`${JSON.stringify(name)} is neither true nor false`);
  return value;
}

function place(table: ConfTable, name: string, complain: Reader): string | undefined {
  const value = table[name];
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string') throw complain(`${JSON.stringify(name)} is not a text`);
  const text = value.replace(/\/+$/, '');
  const host = text.split('/', 1)[0]!;
  const isWild = name === 'prefix' && host.startsWith('*.');
  if (isRegistryHost(isWild ? host.slice(2) : host)) return text;
  throw complain(`${JSON.stringify(name)} is ${JSON.stringify(value)}, which does not begin with a host`);
}

function tables(value: unknown, name: string, complain: Reader): readonly ConfTable[] {
  if (value === undefined) return [];
  const isList = Array.isArray(value) && value.every((item) => typeof item === 'object' && !Array.isArray(item));
  if (!isList) throw complain(`${JSON.stringify(name)} is not a list of tables`);
  return value as readonly ConfTable[];
}

function mirrorOf(table: ConfTable, isDigestOnly: boolean, complain: Reader): MirrorRule {
  const location = place(table, 'location', complain);
  if (location === undefined) throw complain('a mirror lacks "location"');
  const written = table['pull-from-mirror'] ?? 'all';
  const references = REFERENCES.find((item) => item === written);
  if (references === undefined) {
    throw complain(`"pull-from-mirror" is ${JSON.stringify(written)}, not one of ${REFERENCES.join(', ')}`);
  }
  return {
    location,
    insecure: flag(table, 'insecure', complain),
    references: isDigestOnly ? 'digest-only' : references,
  };
}

function ruleOf(table: ConfTable, complain: Reader): RegistryRule {
  const location = place(table, 'location', complain);
  const prefix = place(table, 'prefix', complain) ?? location;
  if (prefix === undefined) throw complain('an entry "registry" has neither "location" nor "prefix"');
  if (prefix.startsWith('*.') && location !== undefined) {
    throw complain('an entry with "*." in its "prefix" cannot have a "location"');
  }
  const isDigestOnly = flag(table, 'mirror-by-digest-only', complain);
  return {
    prefix,
    location,
    insecure: flag(table, 'insecure', complain),
    blocked: flag(table, 'blocked', complain),
    mirrors: tables(table.mirror, 'mirror', complain).map((item) => mirrorOf(item, isDigestOnly, complain)),
  };
}

/** What the first version of the file said: lists of hosts. */
function rulesOfVersion1(table: ConfTable): readonly RegistryRule[] {
  const lists = (table.registries ?? {}) as Readonly<Record<string, { readonly registries?: unknown } | undefined>>;
  const hostsOf = (name: string): readonly string[] => {
    const hosts = lists[name]?.registries;
    return Array.isArray(hosts) ? hosts.filter((item) => typeof item === 'string') : [];
  };
  const blocked = hostsOf('block');
  const insecure = hostsOf('insecure');
  return [...new Set([...blocked, ...insecure])].map((prefix) => ({
    prefix,
    location: undefined,
    insecure: insecure.includes(prefix),
    blocked: blocked.includes(prefix),
    mirrors: [],
  }));
}

/** @throws what `complain` gives */
export function rulesOf(table: ConfTable, complain: Complain): readonly RegistryRule[] {
  const entries = tables(table.registry, 'registry', (problem) => complain(0, problem));
  return [
    ...rulesOfVersion1(table),
    ...entries.map((entry, index) => ruleOf(entry, (problem) => complain(index, problem))),
  ];
}
