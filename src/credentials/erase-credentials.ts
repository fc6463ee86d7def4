import { fail, TbuildError } from '../errors/index.js';
import type { Host } from '../host/index.js';
import { askHelper } from './ask-helper.js';
import { type AuthFile, helperFor, parseAuthFile, readAuthFile } from './auth-file.js';
import type { CredentialPlace, CredentialSettings } from './credentials.js';
import { editAuthFile } from './edit-auth-file.js';
import { authPlaces } from './places.js';
import { CredentialProblem } from './problem.js';
import { equalKeys, serverOf, type Target, targetOf } from './registry-key.js';
import { programOf, runHelper } from './run-helper.js';

/** Has the helper forget; false where it knows nothing. */
async function eraseWithHelper(host: Host, helper: string, registry: string): Promise<boolean> {
  if ((await askHelper(host, helper, registry)) === undefined) return false;
  await runHelper(host, { helper, action: 'erase', input: serverOf(registry) });
  return true;
}

/** Removes the entries; false where there are none, or only empty ones, which docker leaves beside a helper. */
function eraseFromFile(host: Host, path: string, target: Target): boolean {
  let hadContent = false;
  editAuthFile(host, path, (auths) => {
    const keys = equalKeys(Object.keys(auths), target);
    hadContent = keys.some((key) => JSON.stringify(auths[key]) !== '{}');
    for (const key of keys) delete auths[key];
    return keys.length > 0;
  });
  return hadContent;
}

/** All places, each handled though others fail. */
class Erasure {
  readonly places: CredentialPlace[] = [];
  readonly failures: string[] = [];
  readonly #asked = new Set<string>();

  constructor(
    readonly host: Host,
    readonly target: Target,
  ) {}

  async eraseFrom(path: string): Promise<void> {
    let file: AuthFile | undefined;
    await this.#attempt(path, () => {
      const bytes = readAuthFile(this.host.files, path);
      file = bytes && parseAuthFile(bytes);
    });
    if (file === undefined) return;
    const helper = this.target.path === '' ? helperFor(file, this.target.registry)?.name : undefined;
    if (helper !== undefined) await this.#attempt(path, () => this.#askToForget(helper));
    if (equalKeys(file.auths.keys(), this.target).length === 0) return;
    await this.#attempt(path, () => {
      if (eraseFromFile(this.host, path, this.target)) this.places.push({ where: path, isPlainText: true });
    });
  }

  async #askToForget(helper: string): Promise<void> {
    if (this.#asked.has(helper)) return;
    this.#asked.add(helper);
    if (await eraseWithHelper(this.host, helper, this.target.registry)) {
      this.places.push({ where: programOf(helper), isPlainText: false });
    }
  }

  async #attempt(where: string, work: () => void | Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (error instanceof CredentialProblem) this.failures.push(`${where}: ${error.message}`);
      else if (error instanceof TbuildError && error.code.startsWith('credentials-')) this.failures.push(error.message);
      else throw error;
    }
  }
}

/**
 * Removes the credentials for just this registry, or this path in it, from every file that credentials are looked for
 * in, and has the helper that is configured for it forget them.
 * @throws TbuildError `reference-invalid`, `credentials-failed` where something is left, after all that could be removed is
 */
export async function eraseCredentials(
  host: Host,
  settings: CredentialSettings,
  registry: string,
): Promise<readonly CredentialPlace[]> {
  const erasure = new Erasure(host, targetOf(registry));
  for (const { path } of authPlaces(host, settings)) await erasure.eraseFrom(path);
  const { places, failures } = erasure;
  if (failures.length === 0) return places;
  throw fail('credentials-failed', {
    message: `Credentials for ${JSON.stringify(registry)} may be left: ${failures.join('; ')}`,
    details: { removedFrom: places.map(({ where }) => where) },
  });
}
