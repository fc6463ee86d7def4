import type { UserDeclaration } from '../../manifest/index.js';
import { type AccountTable, contradiction } from './account-table.js';

/** Root of an image that had no accounts. */
const ROOT = ['root', 'x', '0', '0', 'root', '/root', '/sbin/nologin'];
/** What the manifest puts where nothing is written: no wish. */
const NO_HOME = '/';
const NO_SHELL = '/sbin/nologin';

const isNumber = (text: string | undefined): boolean => text !== undefined && /^[0-9]+$/.test(text);

/** A line of passwd(5) that programs understand. */
export function isUser(fields: readonly string[]): boolean {
  return fields.length >= 7 && isNumber(fields[2]) && isNumber(fields[3]);
}

function latin1(text: string): string {
  return Buffer.from(text).toString('latin1');
}

/** What a user is to have and what a line gives it, where these differ. */
function differenceOf(
  { uid, gid, home, shell }: UserDeclaration,
  fields: readonly string[],
): [string, string] | undefined {
  const numbers = [`${uid}:${gid}`, `${Number(fields[2])}:${Number(fields[3])}`] as const;
  if (numbers[0] !== numbers[1]) return [`the numbers ${numbers[0]}`, numbers[1]];
  if (home !== NO_HOME && latin1(home) !== fields[5])
    return [`the home ${JSON.stringify(home)}`, JSON.stringify(fields[5])];
  if (shell !== NO_SHELL && latin1(shell) !== fields[6])
    return [`the shell ${JSON.stringify(shell)}`, JSON.stringify(fields[6])];
  return undefined;
}

/**
 * Adds users to passwd, in the order of image.yaml, and locked to shadow, where there is one (shadow(5)). One that is
 * there with the same numbers stays as it is.
 *
 * @throws TbuildError `account-conflict`
 */
export function addUsers(
  users: readonly UserDeclaration[],
  passwd: AccountTable,
  shadow: AccountTable | undefined,
): void {
  const { lines, declared, file } = passwd;
  if (file.before === undefined && !users.some(({ name }) => name === 'root')) lines.append(...ROOT);
  for (const user of users) {
    const { name, uid, gid, home, shell, at } = user;
    const line = lines.find((fields) => fields[0] === name && isUser(fields));
    if (line !== undefined) {
      const difference = differenceOf(user, line.fields);
      if (difference === undefined) continue;
      const [wanted, found] = difference;
      throw contradiction(passwd, line, { what: `User ${JSON.stringify(name)}`, wanted, found, at });
    }
    lines.append(name, 'x', String(uid), String(gid), '', home, shell);
    declared.set(name, at);
    if (shadow?.lines.find((fields) => fields[0] === name) === undefined)
      shadow?.lines.append(name, '!', '', '', '', '', '', '', '');
  }
}
