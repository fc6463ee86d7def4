import { type Draft, type DraftMap, Noted } from './draft.js';
import type { ForeignMap } from './foreign-map.js';
import type { Reading } from './reading.js';

/** Accounts that smith knows. */
const USERS: readonly string[] = ['root', 'daemon', 'bin', 'sys'];
const GROUPS: readonly string[] = [...USERS, 'adm', 'tty'];
/** User and group where smith.yaml names none. */
const DEFAULT_ID = 10;
const DEFAULT_NAME = 'smith';
const HOME = '/write';

interface Account {
  readonly id: number;
  readonly name: string;
  /** True where it is written as a name. */
  readonly isNamed: boolean;
}

/** A name or number as smith understands it. */
function accountOf(text: string, known: readonly string[]): Account {
  if (/^[0-9]{1,10}$/.test(text)) {
    const id = Number(text);
    return { id, name: known[id] ?? DEFAULT_NAME, isNamed: false };
  }
  const id = known.indexOf(text);
  return { id: id < 0 ? DEFAULT_ID : id, name: text === '' ? DEFAULT_NAME : text, isNamed: text !== '' };
}

/** Who the program runs as, and who owns the files. */
export interface SmithUser {
  /** For `config`. */
  readonly user: Draft;
  /** For what comes from this machine. */
  readonly owner: string;
  /** An `accounts` content, or nothing. */
  readonly accounts: readonly DraftMap[];
  /** Names have to be looked up in the image. */
  readonly needsNames: boolean;
}

/** Members that image.yaml takes; what it does not take is warned of where `path` is. */
function fitting(members: readonly DraftMap[], list: 'users' | 'groups', path: ForeignMap['path'], reading: Reading) {
  const fit = members.filter((member) => {
    const part = { layers: [{ name: 'x', contents: [{ accounts: { [list]: [member] } }] }] };
    return reading.accepts({ value: member, path }, part);
  });
  return fit.length === 0 ? undefined : fit;
}

function accountsOf(user: Account, group: Account, top: ForeignMap, reading: Reading): DraftMap {
  const more = top.texts('groups').filter(({ value }) => !GROUPS.includes(value));
  const names = [...new Set(more.map(({ value }) => value))].filter((name) => name !== group.name);
  const groups = names.map((name, index) => ({ name, gid: group.id + 1 + index, members: [user.name] }));
  const own = group.name === user.name ? [] : [{ name: group.name, gid: group.id }];
  const written = { name: user.name, uid: user.id, gid: group.id, home: HOME };
  const userPath = top.pathOf(top.has('user') ? 'user' : top.has('groups') ? 'groups' : 'nss');
  return {
    users: fitting([written], 'users', userPath, reading),
    groups: fitting([...own, ...groups], 'groups', top.pathOf(top.has('groups') ? 'groups' : 'user'), reading),
  };
}

/** `USER[:GROUP]`. */
function accountsIn(text: string): readonly [user: Account, group: Account] {
  const [user = '', group = ''] = text.split(':');
  return [accountOf(user, USERS), accountOf(group, GROUPS)];
}

const ownerOf = ([user, group]: readonly [Account, Account]): string => `${user.id}:${group.id}`;

/** Undefined where it is not written, or nobody image.yaml could name. */
function readUser(top: ForeignMap, reading: Reading): string | undefined {
  const found = top.text('user');
  if (found === undefined) return undefined;
  const layers = [{ name: 'x', owner: ownerOf(accountsIn(found.value)), contents: [] }];
  return reading.accepts(found, { config: { user: found.value }, layers }) ? found.value : undefined;
}

/** `user`, `groups`, `root` and `nss` of smith.yaml. */
export function importSmithUser(top: ForeignMap, reading: Reading): SmithUser {
  const written = readUser(top, reading);
  const both = accountsIn(written ?? '');
  const [user, group] = both;
  const isRoot = top.flag('root')?.value === true;
  const isNss = top.flag('nss')?.value === true;
  const needsNames = isNss || user.isNamed || group.isNamed || top.texts('groups').length > 0;
  const accounts = needsNames ? accountsOf(user, group, top, reading) : {};
  const byDefault = new Noted(`${DEFAULT_ID}:${DEFAULT_ID}`, ['As whom smith starts what says nothing else.']);
  const why = 'the program runs as root, as "root" is true';
  if (isRoot && written !== undefined) reading.leaveOut(top.pathOf('user'), why);
  return {
    user: isRoot ? '0:0' : (written ?? byDefault),
    owner: ownerOf(both),
    accounts: accounts.users === undefined && accounts.groups === undefined ? [] : [{ accounts }],
    needsNames,
  };
}
