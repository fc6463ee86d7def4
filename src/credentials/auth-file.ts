import { type Files, reasonOf } from '../host/index.js';
import { decodeUtf8 } from '../util/index.js';
import { CredentialProblem } from './problem.js';
import { equalKeys } from './registry-key.js';

const FILE_LIMIT_BYTES = 1024 * 1024;

export type JsonObject = Record<string, unknown>;

/** What `config.json` of docker and `auth.json` of podman say about credentials (containers-auth.json(5)). */
export interface AuthFile {
  /** Entries by key, not looked at yet. */
  readonly auths: ReadonlyMap<string, unknown>;
  /** `credHelpers`: names of helpers by key. An empty name means that there is none for this registry. */
  readonly helpers: ReadonlyMap<string, string>;
  /** `credsStore`: the helper for all registries. */
  readonly store: string | undefined;
}

/** The helper that a file names for a registry, and whether for this one only. */
export interface NamedHelper {
  readonly name: string;
  readonly isOwn: boolean;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A member that is an object; null, which Go programs write, counts as absent. */
function entriesOf(document: JsonObject, name: string): readonly (readonly [string, unknown])[] {
  const value = document[name] ?? {};
  if (!isObject(value)) throw new CredentialProblem(`"${name}" in it is not an object`);
  return Object.entries(value);
}

function textOf(value: unknown, name: string): string {
  if (typeof value === 'string') return value;
  throw new CredentialProblem(`"${name}" in it is not a text`);
}

/**
 * The JSON object of a file; an empty file counts as one without members. The problem never cites the file, and has no
 * cause that does: Node's errors show a part of the text.
 */
export function parseObject(bytes: Uint8Array): JsonObject {
  const text = decodeUtf8(bytes);
  if (text === undefined) throw new CredentialProblem('it is not UTF-8 text');
  if (text.trim() === '') return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new CredentialProblem('it is not JSON');
  }
  if (!isObject(value)) throw new CredentialProblem('it is not a JSON object');
  return value;
}

export function parseAuthFile(bytes: Uint8Array): AuthFile {
  const document = parseObject(bytes);
  const helpers = entriesOf(document, 'credHelpers').map(([key, name]) => [key, textOf(name, 'credHelpers')] as const);
  const store = document.credsStore ?? '';
  return {
    auths: new Map(entriesOf(document, 'auths')),
    helpers: new Map(helpers),
    store: textOf(store, 'credsStore') || undefined,
  };
}

/** The bytes of a file that may hold credentials; undefined where it does not exist. Never waits, whatever is there. */
export function readAuthFile(files: Files, path: string): Uint8Array | undefined {
  try {
    if (files.stat(path) === undefined) return undefined;
    const handle = files.openRead(path);
    try {
      const { kind, size } = handle.stat();
      if (kind !== 'file') throw new CredentialProblem('it is not a file');
      if (size > FILE_LIMIT_BYTES) throw new CredentialProblem(`it has more than ${FILE_LIMIT_BYTES} bytes`);
      const bytes = new Uint8Array(size);
      return bytes.subarray(0, handle.read(bytes, 0));
    } finally {
      handle.close();
    }
  } catch (error) {
    if (error instanceof CredentialProblem) throw error;
    throw new CredentialProblem(`it cannot be read: ${reasonOf(error)}`);
  }
}

/** As docker: the helper of this registry, even an empty one, which means none, comes before that of all. */
export function helperFor({ helpers, store }: AuthFile, registry: string): NamedHelper | undefined {
  const key = equalKeys(helpers.keys(), { registry, path: '' })[0];
  const name = key === undefined ? store : helpers.get(key);
  return name === undefined || name === '' ? undefined : { name, isOwn: key !== undefined };
}
