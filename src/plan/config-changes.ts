import type { SourceSpan } from '../errors/index.js';
import { canonicalJson, type ImageConfig, type Json } from '../oci/index.js';
import { compareUtf8 } from '../util/index.js';
import type { Cause, ConfigChange } from './plan.js';

/** The parts of an image outside its layers that people set. */
export interface Settings {
  readonly config: ImageConfig;
  readonly annotations: Readonly<Record<string, string>>;
}

export interface SettingCauses {
  /** See `CauseFacts`. */
  readonly baseMove: string | undefined;
  /** Place of a field (`env.PORT`) in image.yaml; undefined where it is not written there. */
  placeOf(field: string): SourceSpan | undefined;
}

/** Members of the runtime config under the names that image.yaml has for them. */
const FIELDS: Readonly<Record<string, string>> = {
  Entrypoint: 'entrypoint',
  Cmd: 'cmd',
  User: 'user',
  WorkingDir: 'workdir',
  StopSignal: 'stop-signal',
};
const MAPS: Readonly<Record<string, string>> = { ExposedPorts: 'ports', Volumes: 'volumes', Labels: 'labels' };
/** What compose writes about the base. */
const ABOUT_BASE = 'annotations.org.opencontainers.image.base.';
/** They follow from the layers, or are shown elsewhere. */
const DERIVED = new Set(['rootfs', 'history', 'config']);

function addMap(flat: Map<string, Json>, field: string, value: Json): void {
  for (const [key, item] of Object.entries((value ?? {}) as { readonly [key: string]: Json }))
    flat.set(`${field}.${key}`, item);
}

function addEnv(flat: Map<string, Json>, value: Json): void {
  for (const variable of (value ?? []) as readonly string[]) {
    const equals = variable.indexOf('=');
    const name = equals < 0 ? variable : variable.slice(0, equals);
    flat.set(`env.${name}`, equals < 0 ? '' : variable.slice(equals + 1));
  }
}

/** Every setting under a name as in image.yaml: `env.PORT`, `labels.x`, `entrypoint`, `annotations.y`. */
function flatten({ config, annotations }: Settings): Map<string, Json> {
  const flat = new Map<string, Json>();
  for (const [name, value] of Object.entries(config))
    if (!DERIVED.has(name) && value !== undefined) flat.set(name, value);
  for (const [name, value] of Object.entries(config.config ?? {})) {
    if (value === undefined || value === null) continue;
    if (name === 'Env') addEnv(flat, value);
    else if (Object.hasOwn(MAPS, name)) addMap(flat, MAPS[name]!, value);
    else flat.set(Object.hasOwn(FIELDS, name) ? FIELDS[name]! : name, value);
  }
  addMap(flat, 'annotations', annotations as Json);
  return flat;
}

function causeOf(field: string, after: Json | undefined, causes: SettingCauses): Cause {
  const at = causes.placeOf(field);
  if (at !== undefined) return { text: `${field} in the manifest`, at };
  // Which of both had it is not known: a record has the outcome.
  const isGone = after === undefined && causes.baseMove !== undefined && !field.startsWith(ABOUT_BASE);
  if (isGone) return { text: `${causes.baseMove}, or ${field} is no longer in the manifest` };
  if (causes.baseMove !== undefined) return { text: causes.baseMove };
  if (field.startsWith(ABOUT_BASE)) return { text: 'the base has another reference' };
  // SOURCE_DATE_EPOCH and git say it too.
  return { text: field === 'created' ? 'the time of the image changed' : `${field} is no longer in the manifest` };
}

/** That the base moved is a change of the base, and no news of its annotations. */
function isNews(field: string, { baseMove, placeOf }: SettingCauses): boolean {
  return baseMove === undefined || !field.startsWith(ABOUT_BASE) || placeOf(field) !== undefined;
}

/** Settings that are not as before, sorted by name. */
export function configChanges(before: Settings, after: Settings, causes: SettingCauses): readonly ConfigChange[] {
  const old = flatten(before);
  const now = flatten(after);
  const fields = [...new Set([...old.keys(), ...now.keys()])]
    .filter((field) => isNews(field, causes))
    .sort(compareUtf8);
  const changes: ConfigChange[] = [];
  for (const field of fields) {
    const left = old.get(field);
    const right = now.get(field);
    if (left !== undefined && right !== undefined && canonicalJson(left) === canonicalJson(right)) continue;
    const change = left === undefined ? 'added' : right === undefined ? 'removed' : 'changed';
    changes.push({ change, field, before: left ?? null, after: right ?? null, cause: causeOf(field, right, causes) });
  }
  return changes;
}
