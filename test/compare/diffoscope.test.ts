import { beforeAll, describe, expect, it } from 'vitest';
import { need } from '../support/programs.js';
import { findingsOf, workshop } from './support.js';

const at = workshop();

/** What diffoscope prints of two files; it ends with 1 where they differ. */
function diffoscope(name: string): string {
  at.run(`diffoscope --exclude-directory-metadata=yes --text - a/${name} b/${name} > found.txt || test $? = 1`);
  return at.read('found.txt').toString();
}

const MAKE = `
printf '#include <stdio.h>\\nint main(void) { return puts("this is built " WHEN " in " __FILE__) < 0; }\\n' > m.c
gcc "-DWHEN=\\"$WHEN\\"" -o date -fmacro-prefix-map="$PWD=/src" "$PWD/m.c"
gcc '-DWHEN="once"' -o path "$PWD/m.c"
echo "{\\"build\\":{\\"id\\":\\"$ID\\"}}" > id.json
echo hello > g; touch -d "@$T" g; tar --owner=0 --group=0 -cf g.tar g; gzip g`;

/** Files, and words of both versions that each must name. */
const FILES: readonly (readonly [file: string, kind: string, words: readonly string[]])[] = [
  ['date', 'time', ['Nov 23 2026', 'Nov 24 2026']],
  ['path', 'path', ['a/m.c', 'b/m.c']],
  ['id.json', 'random', ['6ba7b810-9dad-11d1-80b4-00c04fd430c8', '6ba7b811-9dad-11d1-80b4-00c04fd430c8']],
  ['g.gz', 'time', ['16:00', '17:01']],
  ['g.tar', 'time', ['16:00', '17:01']],
];

describe.skipIf(!need('diffoscope', 'gcc', 'gzip', 'tar'))('diffoscope', () => {
  beforeAll(() => {
    at.run('mkdir a b');
    at.run(`cd a; ${MAKE}`, { WHEN: 'Nov 23 2026', T: '1764000000', ID: FILES[2]![2][0]! });
    at.run(`cd b; ${MAKE}`, { WHEN: 'Nov 24 2026', T: '1764003660', ID: FILES[2]![2][1]! });
  });

  it.each(FILES)('finds the same in %s', async (file, kind, words) => {
    const found = await findingsOf(at.read(`a/${file}`), at.read(`b/${file}`));
    const finding = found.find(({ likely }) => likely?.kind === kind)!;
    const theirs = diffoscope(file);
    const ours = `${finding.before} ${finding.after}`;
    for (const word of words) {
      expect(ours).toContain(word);
      expect(theirs).toContain(word);
    }
  });
});
