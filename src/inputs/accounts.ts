import type { AccountsContent } from '../manifest/index.js';
import { type DirectoryEntry, type Entry, type FileTree, type Origin, resolvePath, treeOf } from '../tree/index.js';
import { type AccountTable, openAccountTable } from './accounts/account-table.js';
import { addGroups } from './accounts/add-groups.js';
import { addUsers } from './accounts/add-users.js';
import { findHeldFile, rewritten } from './held-file.js';
import type { ContentContext } from './input-context.js';

/** Where programs look for names: in the image, then in the network (nsswitch.conf(5)). */
const NSSWITCH = 'passwd: files\ngroup: files\nhosts: files dns\n';
/** Nobody else reads what a user keeps at home; as useradd and distroless make it. */
const HOME_MODE = 0o700;
/** The home of users that have none: it must not be there (Debian Policy 9.2.3). */
const NO_HOME = 'nonexistent';

/** Home directories that are not there yet. */
function homesOf({ users }: AccountsContent, below: FileTree, origin: Origin): readonly DirectoryEntry[] {
  const homes = new Map<string, DirectoryEntry>();
  for (const { home, uid, gid } of users) {
    const wanted = home.replace(/^\/|\/$/g, '');
    if (wanted === '' || wanted === NO_HOME) continue;
    const found = resolvePath(wanted, (at) => below.get(at));
    if (found.kind === 'place' && (found.entry !== undefined || found.path === '')) continue;
    // Whatever blocks the way is refused where the layer is put together.
    const path = found.kind === 'place' ? found.path : wanted;
    if (homes.has(path)) continue;
    homes.set(path, { kind: 'directory', path, mode: HOME_MODE, uid, gid, claim: 'declared', origin });
  }
  return [...homes.values()];
}

/**
 * Users and groups, merged into those of the image: passwd and group, and shadow and gshadow where it has them. Lines
 * that are there stay byte for byte; of a group only members are added to. Where the image has no accounts, root is
 * there too. These files are root's, whatever owner the layer has; a home belongs to its user.
 *
 * @throws TbuildError `account-conflict`, `manifest-reference`, `path-conflict`, `input-limit`
 */
export async function readAccounts(
  content: AccountsContent,
  context: Pick<ContentContext, 'below'>,
): Promise<FileTree> {
  const { at, users } = content;
  const below = context.below();
  const origin: Origin = { kind: 'accounts', label: 'accounts', at };
  const open = (name: string): Promise<AccountTable> => openAccountTable(name, below, at);
  const openHeld = async (name: string): Promise<AccountTable | undefined> => {
    const table = await open(name);
    return table.file.before === undefined ? undefined : table;
  };
  const [passwd, group] = [await open('etc/passwd'), await open('etc/group')];
  const [shadow, gshadow] = [await openHeld('etc/shadow'), await openHeld('etc/gshadow')];
  addUsers(users, passwd, shadow);
  addGroups(content, { passwd, group, gshadow });

  const entries: Entry[] = [];
  for (const table of [passwd, group, shadow, gshadow]) {
    const bytes = table?.lines.changed();
    if (table !== undefined && bytes !== undefined) entries.push(rewritten(table.file, bytes, origin));
  }
  const nsswitch = findHeldFile('etc/nsswitch.conf', below, at);
  if (nsswitch.before === undefined) entries.push(rewritten(nsswitch, Buffer.from(NSSWITCH), origin));
  return treeOf([...entries, ...homesOf(content, below, origin)]);
}
