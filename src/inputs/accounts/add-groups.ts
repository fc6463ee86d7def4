import { fail } from '../../errors/index.js';
import type { AccountsContent, GroupDeclaration } from '../../manifest/index.js';
import { didYouMean } from '../../util/index.js';
import { type AccountTable, contradiction } from './account-table.js';
import { isUser } from './add-users.js';

const ROOT = ['root', 'x', '0', ''];

export interface GroupTables {
  readonly passwd: AccountTable;
  readonly group: AccountTable;
  readonly gshadow: AccountTable | undefined;
}

/** A line of group(5) that programs understand. */
function isGroup(fields: readonly string[]): boolean {
  return fields.length >= 4 && /^[0-9]+$/.test(fields[2]!);
}

/** Adds to the members in the last field those that it lacks. */
function addMembers({ lines }: AccountTable, name: string, members: readonly string[]): void {
  const line = lines.find((fields) => fields[0] === name && fields.length >= 4);
  if (line === undefined) return;
  const there = line.fields[3]!.split(',').filter((member) => member !== '');
  const lacking = members.filter((member) => !there.includes(member));
  if (lacking.length === 0) return;
  lines.set(line, [...line.fields.slice(0, 3), [...there, ...lacking].join(','), ...line.fields.slice(4)]);
}

function addGroup({ name, gid, members, at }: GroupDeclaration, { group, gshadow }: GroupTables): void {
  const line = group.lines.find((fields) => fields[0] === name && isGroup(fields));
  if (line === undefined) {
    group.lines.append(name, 'x', String(gid), '');
    group.declared.set(name, at);
    if (gshadow?.lines.find((fields) => fields[0] === name) === undefined) gshadow?.lines.append(name, '!', '', '');
  } else if (Number(line.fields[2]) !== gid) {
    const what = `Group ${JSON.stringify(name)}`;
    const found = String(Number(line.fields[2]));
    throw contradiction(group, line, { what, wanted: `the number ${gid}`, found, at });
  }
  addMembers(group, name, members);
  if (gshadow !== undefined) addMembers(gshadow, name, members);
}

function checkMembers({ name, members, at }: GroupDeclaration, { lines }: AccountTable): void {
  for (const member of members) {
    if (lines.find((fields) => fields[0] === member && isUser(fields)) !== undefined) continue;
    throw fail('manifest-reference', {
      message: `Group ${JSON.stringify(name)} has the member ${JSON.stringify(member)}, which is no user of the image`,
      hint: didYouMean(member, lines.names()) ?? 'Declare it under "users", or in a content before this one.',
      at,
      details: { group: name, member },
    });
  }
}

/**
 * Adds groups to group, and to gshadow where there is one, in the order of image.yaml; then for every user whose number
 * of a group names none a group of the user's own name. Users must have been added before.
 *
 * @throws TbuildError `account-conflict`, `manifest-reference` for a member that is no user
 */
export function addGroups({ users, groups }: Pick<AccountsContent, 'users' | 'groups'>, tables: GroupTables): void {
  const { group, passwd } = tables;
  const isDeclared = (wanted: string): boolean => groups.some(({ name }) => name === wanted);
  if (group.file.before === undefined && !isDeclared('root')) group.lines.append(...ROOT);
  for (const declared of groups) {
    checkMembers(declared, passwd);
    addGroup(declared, tables);
  }
  for (const { name, gid, at } of users) {
    const isThere = group.lines.find((fields) => isGroup(fields) && Number(fields[2]) === gid) !== undefined;
    if (!isThere) addGroup({ name, gid, members: [], at }, tables);
  }
}
