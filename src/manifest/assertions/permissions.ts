import type { Complaint } from '../complaint.js';

/** POSIX, `ls`: kind, and for owner, group and others what they may; the last of each tells setuid, setgid and sticky too. */
const PERMISSIONS = /^[-dlcbps](?:[r-][w-][xsS-]){2}[r-][w-][xtT-]$/;
/** How Go writes a mode (io/fs, FileMode.String), and with it container-structure-test. */
const OF_GO = /^([dLDpScugt]*)-?([r-][w-][x-])([r-][w-][x-])([r-][w-][x-])$/;
const KINDS: Readonly<Record<string, string>> = { d: 'd', L: 'l', p: 'p', S: 's' };

/** `x` and a bit that shows in its place: `s`, or `S` without the right to execute. */
function withBit(rights: string, letter: string, isSet: boolean): string {
  if (!isSet) return rights;
  return rights.slice(0, 2) + (rights.endsWith('x') ? letter : letter.toUpperCase());
}

function fromGo(text: string): string | undefined {
  const [, marks, owner, group, others] = OF_GO.exec(text) ?? [];
  if (marks === undefined) return undefined;
  const device = marks.includes('D') ? (marks.includes('c') ? 'c' : 'b') : undefined;
  const kind = device ?? KINDS[[...marks].find((mark) => Object.hasOwn(KINDS, mark)) ?? ''] ?? '-';
  const rights = [
    withBit(owner!, 's', marks.includes('u')),
    withBit(group!, 's', marks.includes('g')),
    withBit(others!, 't', marks.includes('t')),
  ];
  return kind + rights.join('');
}

/** `755` of a file is `-rwxr-xr-x`. */
function fromOctal(text: string): string | undefined {
  const digits = /^0?o?([0-7]?)([0-7]{3})$/.exec(text);
  if (digits === null) return undefined;
  const special = Number(digits[1]);
  const bits = Number.parseInt(digits[2]!, 8);
  const rights = [6, 3, 0].map((shift) =>
    ['r', 'w', 'x'].map((right, index) => (((bits >> shift) & (4 >> index)) === 0 ? '-' : right)).join(''),
  );
  const letters = ['s', 's', 't'];
  return `-${rights.map((three, index) => withBit(three, letters[index]!, (special & (4 >> index)) !== 0)).join('')}`;
}

/** Kind and permissions as `ls -l` writes them. */
export function checkPermissions(text: string): Complaint | undefined {
  if (PERMISSIONS.test(text)) return undefined;
  const reason = 'which is not what ls -l writes';
  // Some marks of access lists behind it, which an image does not have.
  const meant =
    fromGo(text) ?? fromOctal(text) ?? (PERMISSIONS.test(text.slice(0, -1)) ? text.slice(0, -1) : undefined);
  if (meant !== undefined && PERMISSIONS.test(meant)) return { reason, hint: `Did you mean ${JSON.stringify(meant)}?` };
  return { reason, hint: 'Write the kind, and what owner, group and others may: -rwxr-xr-x, drwxr-xr-x, lrwxrwxrwx.' };
}
