import { readdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from '../command.mjs';
import { otherContents } from '../corpora/generated.mjs';
import { writePieces } from '../corpora/write-files.mjs';

/** The file in the middle of all, by path. */
function middleFile(root) {
  const paths = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map((item) => join(item.parentPath, item.name))
    .sort();
  return paths[paths.length >> 1];
}

/**
 * A copy of a corpus that is edited before each run and built with one cache, so that in each run exactly one edit is new.
 * The copy is made with the first contender that wants it.
 */
export function editedCopy(context, kind, directory) {
  const copy = join(context.scratch, 'edited');
  const cache = join(context.scratch, 'edited-cache');
  let file;
  let seed = 0;
  const build = (place) => [
    [...context.program, 'apply', copy, '--cache', cache, '-o', `oci:${join(place, 'out')}:x`, '--quiet'],
  ];
  const prepare = () => {
    if (file !== undefined) return;
    run(['cp', '-a', directory, copy]);
    file = middleFile(join(copy, 'root'));
    for (const command of build(join(context.scratch, 'edited-first'))) run(command);
  };
  const edits = {
    changed: () => writePieces(file, otherContents(kind, statSync(file).size, seed++)),
    inserted: () => {
      const added = join(dirname(file), `added-${seed}`);
      writePieces(added, otherContents(kind, statSync(file).size, seed++));
    },
  };
  return (edit) => ({ prepare, before: edits[edit], commands: build });
}
