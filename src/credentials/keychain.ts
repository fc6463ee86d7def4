import type { Env, Host } from '../host/index.js';
import { askHelper } from './ask-helper.js';
import { parseAuthEntry, type Secret } from './auth-entry.js';
import { type AuthFile, helperFor, type NamedHelper } from './auth-file.js';
import type { CredentialSettings, Credentials, FoundCredentials, Keychain } from './credentials.js';
import { wordsOf } from './problem.js';
import { canonicalRegistry, matchingKeys, serverOf, type Target } from './registry-key.js';
import { programOf } from './run-helper.js';
import { type Source, sourcesOf } from './sources.js';
import { credentialsOfVariables } from './variables.js';

type AskHelper = (helper: string, registry: string) => Promise<Secret | undefined>;

/** What a helper said: `unknown` where it knows nothing of the registry, `failed` where it did not answer. */
type HelperOutcome = Credentials | 'unknown' | 'failed';

const KIND_NAMES: Readonly<Record<Secret['kind'], string>> = {
  password: 'a user name and a password',
  'identity-token': 'an identity token',
  'registry-token': 'a registry token',
};

const named = ({ registry, path }: Target): string => JSON.stringify(path === '' ? registry : `${registry}/${path}`);

/** One search: goes through the sources in order, says what it does, and gathers what is wrong with them. */
class Search {
  readonly problems: string[] = [];
  readonly #target: Target;
  readonly #note: (message: string) => void;
  readonly #ask: AskHelper;

  constructor(target: Target, tools: { readonly note: (message: string) => void; readonly ask: AskHelper }) {
    this.#target = target;
    this.#note = tools.note;
    this.#ask = tools.ask;
  }

  async run(env: Env, sources: readonly Source[]): Promise<Credentials | undefined> {
    const given = this.#attempt('TBUILD_REGISTRY', () => credentialsOfVariables(env, this.#target));
    if (given !== undefined) return this.#found(given, 'TBUILD_REGISTRY matches');
    for (const source of sources) {
      const credentials = await this.#searchSource(source);
      if (credentials !== undefined) return credentials;
    }
    this.#note(`no credentials for ${named(this.#target)}`);
    return undefined;
  }

  async #searchSource(source: Source): Promise<Credentials | undefined> {
    const { where } = source;
    const before = this.problems.length;
    const file = this.#attempt(where, () => source.read());
    if (file === undefined) {
      if (this.problems.length === before) this.#note(`${where}: not there`);
      return undefined;
    }
    const helper = helperFor(file, this.#target.registry);
    const outcome = helper === undefined ? 'failed' : await this.#askHelper(helper, where);
    if (typeof outcome === 'object') return outcome;
    // Neither docker nor podman looks for more in this file where the registry's own helper knows nothing. After a
    // failure docker does. Where the helper of all registries knows nothing podman does, which takes no notice of it.
    if (outcome === 'unknown' && helper?.isOwn) return undefined;
    return this.#searchEntries(file, where);
  }

  #searchEntries({ auths }: AuthFile, where: string): Credentials | undefined {
    const keys = matchingKeys(auths.keys(), this.#target);
    if (keys.length === 0) this.#note(`${where}: no entry for ${named(this.#target)}`);
    for (const key of keys) {
      const place = `${where}: entry ${JSON.stringify(key)}`;
      const before = this.problems.length;
      const secret = this.#attempt(place, () => parseAuthEntry(auths.get(key)));
      if (secret !== undefined) return this.#found({ ...secret, from: where }, `${place} matches`);
      if (this.problems.length === before) this.#note(`${place} is empty`);
    }
    return undefined;
  }

  async #askHelper({ name, isOwn }: NamedHelper, where: string): Promise<HelperOutcome> {
    const { registry } = this.#target;
    const whose = isOwn ? JSON.stringify(registry) : 'all registries';
    this.#note(`${where}: asks the helper of ${whose}, as ${JSON.stringify(serverOf(registry))}`);
    try {
      const secret = await this.#ask(name, registry);
      const from = `${programOf(name)} of ${where}`;
      if (secret !== undefined) return this.#found({ ...secret, from }, `${programOf(name)} answered`);
      this.#note(`${programOf(name)} has nothing for it`);
      return 'unknown';
    } catch (error) {
      this.#problem(where, error);
      return 'failed';
    }
  }

  /** What the call gives; undefined where it has a problem, which is remembered. */
  #attempt<T>(where: string, call: () => T): T | undefined {
    try {
      return call();
    } catch (error) {
      this.#problem(where, error);
      return undefined;
    }
  }

  #problem(where: string, error: unknown): void {
    const problem = `${where}: ${wordsOf(error)}`;
    this.problems.push(problem);
    this.#note(problem);
  }

  #found(credentials: Credentials, how: string): Credentials {
    this.#note(`${how}: ${KIND_NAMES[credentials.kind]}`);
    return credentials;
  }
}

/** Calls once for each key, and remembers what came of it. */
function remembering<T>(call: (...parts: string[]) => Promise<T>): (...parts: string[]) => Promise<T> {
  const answers = new Map<string, Promise<T>>();
  return (...parts) => {
    const key = parts.join('\n');
    const answer = answers.get(key) ?? call(...parts);
    answers.set(key, answer);
    return answer;
  };
}

/**
 * The credentials of the user: TBUILD_REGISTRY and its companions, DOCKER_AUTH_CONFIG, the files of podman, docker's own,
 * in this order; a file that the settings name instead of all files and DOCKER_AUTH_CONFIG. Every file is read at most once.
 * @param note hears what was looked at and what came of it; never a secret, nor a user's name
 */
export function openKeychain(host: Host, settings: CredentialSettings, note: (message: string) => void): Keychain {
  const sources = sourcesOf(host, settings);
  const ask: AskHelper = remembering((helper, registry) => askHelper(host, helper!, registry!));
  const find = async (registry: string, path: string): Promise<FoundCredentials> => {
    const search = new Search({ registry: canonicalRegistry(registry), path }, { note, ask });
    const credentials = await search.run(host.env, sources);
    return { credentials, problems: search.problems };
  };
  return { find: remembering((registry, repository) => find(registry!, repository!)) };
}
