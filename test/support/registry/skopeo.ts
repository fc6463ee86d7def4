import { sha256 } from '../layout.js';
import { outputOf, run } from '../run.js';

/** A registry on loopback, with what a client needs for it. */
export interface Reachable {
  readonly authority: string;
  readonly user?: { readonly name: string; readonly password: string } | undefined;
  readonly certificateDirectory?: string | undefined;
}

/** Options of skopeo's commands; `side` is `src-` or `dest-` for those that have two. */
function skopeoOptions({ user, certificateDirectory }: Reachable, side: '' | 'src-' | 'dest-' = ''): readonly string[] {
  const security = certificateDirectory === undefined ? 'tls-verify=false' : `cert-dir=${certificateDirectory}`;
  return [`--${side}${security}`, ...(user === undefined ? [] : [`--${side}creds=${user.name}:${user.password}`])];
}

export const dockerName = ({ authority }: Reachable, name: string): string => `docker://${authority}/${name}`;

const copy = (args: readonly string[]) =>
  outputOf('skopeo', ['copy', '--all', '--preserve-digests', '--quiet', ...args]);

/** Copies `name` of a registry to a reference as skopeo has them; digests are kept, or it fails. */
export function skopeoPull(registry: Reachable, name: string, to: string): Promise<string> {
  return copy([...skopeoOptions(registry, 'src-'), dockerName(registry, name), to]);
}

/** Copies a reference as skopeo has them to `name` of a registry. */
export function skopeoPush(registry: Reachable, from: string, name: string): Promise<string> {
  return copy([...skopeoOptions(registry, 'dest-'), from, dockerName(registry, name)]);
}

export async function skopeoTags(registry: Reachable, repository: string): Promise<readonly string[]> {
  const output = await outputOf('skopeo', ['list-tags', ...skopeoOptions(registry), dockerName(registry, repository)]);
  return JSON.parse(output).Tags;
}

export function skopeoDelete(registry: Reachable, name: string): Promise<string> {
  return outputOf('skopeo', ['delete', ...skopeoOptions(registry), dockerName(registry, name)]);
}

/** The digest of what a registry has under a name. */
export async function skopeoDigest(registry: Reachable, name: string): Promise<string> {
  const { stdout } = await run('skopeo', ['inspect', '--raw', ...skopeoOptions(registry), dockerName(registry, name)]);
  return sha256(Buffer.from(stdout));
}
