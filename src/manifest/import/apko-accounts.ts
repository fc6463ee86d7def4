import type { DraftMap } from './draft.js';
import type { ForeignMap } from './foreign-map.js';
import type { Reading } from './reading.js';

/** Maps that image.yaml takes, each name and number once. */
function unique(maps: readonly (readonly [ForeignMap, DraftMap])[], list: 'users' | 'groups', reading: Reading) {
  const seen = new Set<unknown>();
  return maps.flatMap(([{ path }, account]) => {
    const keys = [account.name, list === 'users' ? account.uid : account.gid];
    const taken = keys.find((key) => seen.has(key));
    if (taken !== undefined) {
      reading.leaveOut(path, `${JSON.stringify(taken)} is there already`);
      return [];
    }
    for (const key of keys) seen.add(key);
    const part = { layers: [{ name: 'x', contents: [{ accounts: { [list]: [account] } }] }] };
    return reading.accepts({ value: account, path }, part) ? [account] : [];
  });
}

/** With what apko sets where the file does not. */
function userOf(user: ForeignMap): DraftMap {
  const name = user.text('username')?.value;
  const uid = user.count('uid')?.value ?? 0;
  return {
    name,
    uid,
    gid: user.count('gid')?.value ?? uid,
    home: user.text('homedir')?.value ?? `/home/${name ?? ''}`,
    shell: user.text('shell')?.value ?? '/bin/sh',
  };
}

function groupOf(group: ForeignMap): DraftMap {
  const members = [...new Set(group.texts('members').map(({ value }) => value))];
  return {
    name: group.text('groupname')?.value,
    gid: group.count('gid')?.value ?? 0,
    members: members.length === 0 ? undefined : members,
  };
}

/** `users` and `groups` of `accounts` → an `accounts` content, or nothing where there are none; and the users' homes. */
export function importApkoAccounts(
  accounts: ForeignMap | undefined,
  reading: Reading,
): { readonly contents: readonly DraftMap[]; readonly homes: readonly string[] } {
  const writtenUsers = accounts?.maps('users') ?? [];
  const writtenGroups = accounts?.maps('groups') ?? [];
  const users = unique(
    writtenUsers.map((user) => [user, userOf(user)]),
    'users',
    reading,
  );
  const groups = unique(
    writtenGroups.map((group) => [group, groupOf(group)]),
    'groups',
    reading,
  );
  for (const account of [...writtenUsers, ...writtenGroups]) account.warnOfRest('apko');
  const homes = users.map(({ home }) => String(home));
  if (users.length + groups.length === 0) return { contents: [], homes };
  const list = (members: readonly DraftMap[]) => (members.length === 0 ? undefined : members);
  return { contents: [{ accounts: { users: list(users), groups: list(groups) } }], homes };
}
