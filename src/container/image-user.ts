import { type FileTree, resolvePath } from '../tree/index.js';
import { collect } from '../util/index.js';
import type { ContainerImage } from './container.js';
import { notRunnable } from './runtime-failed.js';

/** Whose a container's program is, in the ids of the container. */
export interface ImageUser {
  readonly uid: number;
  readonly gid: number;
  /** Other groups, ascending. */
  readonly groups: readonly number[];
  /** Absolute. */
  readonly home: string;
}

/** Larger files hold no accounts that people made. */
const ACCOUNTS_LIMIT_BYTES = 1024 * 1024;
/** 2³² − 1 is no id (credentials(7)). */
const ID_MAX = 2 ** 32 - 2;

/** Lines of a file of accounts, each as its fields; none where it is not there. */
async function readLines(tree: FileTree, path: string): Promise<readonly (readonly string[])[]> {
  const place = resolvePath(path, (name) => tree.get(name));
  if (place.kind !== 'place' || place.entry?.kind !== 'file' || place.entry.size > ACCOUNTS_LIMIT_BYTES) return [];
  const text = Buffer.from(await collect(place.entry.open(), ACCOUNTS_LIMIT_BYTES)).toString('utf8');
  return text.split('\n').map((line) => line.split(':'));
}

function idOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,10}$/.test(text)) return undefined;
  const id = Number(text);
  return id <= ID_MAX ? id : undefined;
}

/** The line whose name, or whose number in the third field, is this. */
const lineOf = (lines: readonly (readonly string[])[], text: string): readonly string[] | undefined =>
  lines.find(([name]) => name === text) ?? lines.find((line) => idOf(line[2]) !== undefined && line[2] === text);

/**
 * Whom the image says: `user`, `uid`, `user:group`, … (OCI image-spec, "User"). Names and what belongs to a number are those
 * of the image's own /etc/passwd and /etc/group; a number that is not there has group 0.
 * @throws TbuildError `runtime-failed` for a name that the image does not have
 */
export async function imageUser(image: Pick<ContainerImage, 'name' | 'config'>, tree: FileTree): Promise<ImageUser> {
  const written = image.config.config?.User ?? '';
  const [user = '', group] = written.split(':', 2) as [string?, string?];
  const [passwd, groups] = [await readLines(tree, 'etc/passwd'), await readLines(tree, 'etc/group')];
  const account = lineOf(passwd, user === '' ? '0' : user);
  const uid = idOf(account?.[2]) ?? idOf(user === '' ? '0' : user);
  if (uid === undefined) {
    throw notRunnable(image, `its user ${JSON.stringify(user)} has no account in its /etc/passwd`);
  }
  const named = group === undefined || group === '' ? undefined : group;
  const gid = named === undefined ? (idOf(account?.[3]) ?? 0) : (idOf(lineOf(groups, named)?.[2]) ?? idOf(named));
  if (gid === undefined) {
    throw notRunnable(image, `its group ${JSON.stringify(named)} is not in its /etc/group`);
  }
  const memberOf = groups
    .filter(([, , , members]) => account !== undefined && (members ?? '').split(',').includes(account[0]!))
    .flatMap((line) => idOf(line[2]) ?? []);
  const others = named === undefined ? [...new Set(memberOf)].filter((id) => id !== gid) : [];
  const home = account?.[5];
  return { uid, gid, groups: others.sort((a, b) => a - b), home: home?.startsWith('/') === true ? home : '/' };
}
