import type { Json, RuntimeConfig } from '../oci/index.js';
import { compareUtf8 } from '../util/index.js';

/** Changes to a runtime config. Undefined leaves what the base has, null removes it. */
export interface ConfigEdits {
  readonly entrypoint?: readonly string[] | null;
  readonly cmd?: readonly string[] | null;
  readonly env: Readonly<Record<string, string | null>>;
  readonly user?: string | null;
  readonly workdir?: string | null;
  readonly ports: readonly string[];
  readonly volumes: readonly string[];
  readonly labels: Readonly<Record<string, string | null>>;
  readonly stopSignal?: string | null;
}

/** `PATH=/bin` → `PATH`. */
function nameOf(variable: string): string {
  const equals = variable.indexOf('=');
  return equals < 0 ? variable : variable.slice(0, equals);
}

/** The base's variables keep their order; new ones follow, sorted, so that the order of keys in image.yaml is no input. */
function editEnv(base: readonly string[], edits: ConfigEdits['env']): readonly string[] {
  const kept = base.filter((variable) => edits[nameOf(variable)] !== null || !Object.hasOwn(edits, nameOf(variable)));
  const changed = kept.map((variable) => {
    const name = nameOf(variable);
    return Object.hasOwn(edits, name) ? `${name}=${edits[name]}` : variable;
  });
  const known = new Set(kept.map(nameOf));
  const added = Object.keys(edits)
    .filter((name) => edits[name] !== null && !known.has(name))
    .sort(compareUtf8)
    .map((name) => `${name}=${edits[name]}`);
  return [...changed, ...added];
}

function editLabels(base: Readonly<Record<string, string>>, edits: ConfigEdits['labels']): Record<string, string> {
  const merged: [string, string | null][] = Object.entries({ ...base, ...edits });
  return Object.fromEntries(merged.filter((label): label is [string, string] => label[1] !== null));
}

function editSet(base: Readonly<Record<string, Json>>, added: readonly string[]): Record<string, Json> {
  return { ...base, ...Object.fromEntries(added.map((name) => [name, {}])) };
}

/** Sets, removes (null) or leaves (undefined) single members. */
function withMembers(config: RuntimeConfig, members: Readonly<Record<string, Json | undefined>>): RuntimeConfig {
  const result: Record<string, Json | undefined> = { ...config };
  for (const [name, value] of Object.entries(members)) {
    if (value === null) delete result[name];
    else if (value !== undefined) result[name] = value;
  }
  return result;
}

function unlessEmpty<T extends Json>(value: T, before: unknown): T | undefined {
  const size = Array.isArray(value) ? value.length : Object.keys(value as object).length;
  return size === 0 && (before === undefined || before === null) ? undefined : value;
}

/**
 * The base's runtime config with the edits applied; members that tbuild does not know are kept. As in a Dockerfile, an
 * entrypoint of its own drops the base's cmd, which was meant for the base's entrypoint.
 */
export function editRuntimeConfig(base: RuntimeConfig, edits: ConfigEdits): RuntimeConfig {
  const cmd = edits.cmd === undefined && edits.entrypoint !== undefined ? null : edits.cmd;
  return withMembers(base, {
    Entrypoint: edits.entrypoint,
    Cmd: cmd,
    Env: unlessEmpty(editEnv(base.Env ?? [], edits.env), base.Env),
    User: edits.user,
    WorkingDir: edits.workdir,
    ExposedPorts: unlessEmpty(editSet(base.ExposedPorts ?? {}, edits.ports), base.ExposedPorts),
    Volumes: unlessEmpty(editSet(base.Volumes ?? {}, edits.volumes), base.Volumes),
    Labels: unlessEmpty(editLabels(base.Labels ?? {}, edits.labels), base.Labels),
    StopSignal: edits.stopSignal,
  });
}
