import type { Entry } from '../tree/index.js';

type Kind = Exclude<Entry['kind'], 'whiteout'>;

const LETTERS: Readonly<Record<Kind, string>> = {
  file: '-',
  directory: 'd',
  symlink: 'l',
  'character-device': 'c',
  'block-device': 'b',
  fifo: 'p',
};

/** The special bits, each with the letter that takes the place of an `x`; upper case where there would be none. */
const SPECIAL = ['s', 's', 't'] as const;

/** Kind and permissions as `ls -l` writes them: `drwxrwxrwt` (POSIX, `ls`, "STDOUT"). */
export function renderPermissions(kind: Kind, mode: number): string {
  const rights = SPECIAL.map((letter, position) => {
    const bits = mode >> (6 - 3 * position);
    const isSpecial = (mode & (0o4000 >> position)) !== 0;
    const mayExecute = (bits & 1) !== 0;
    const last = isSpecial ? (mayExecute ? letter : letter.toUpperCase()) : mayExecute ? 'x' : '-';
    return `${(bits & 4) === 0 ? '-' : 'r'}${(bits & 2) === 0 ? '-' : 'w'}${last}`;
  });
  return LETTERS[kind] + rights.join('');
}
