import { lstatSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run, shell } from '../command.mjs';
import { CORPORA } from './catalogue.mjs';
import { lockedPackages } from './debian.mjs';

/**
 * What a corpus is, counted. The whole of it is read on the way, so that all who are timed find it in the page cache.
 * @returns `files` with symlinks, `directories`, `bytes` of the files, and `tarBytes` of `tar` of them; of D, of the packages
 */
export function corpusFacts(name, directory) {
  const { title, about, kind } = CORPORA[name];
  const root = join(directory, kind === 'D' ? 'debs' : 'root');
  const counts = { files: 0, directories: 0, bytes: 0 };
  for (const item of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (item.isDirectory()) counts.directories++;
    else {
      counts.files++;
      counts.bytes += lstatSync(join(item.parentPath, item.name)).size;
    }
  }
  const tarBytes = Number(run(shell('tar --sort=name -C "$1" -c . | wc -c', root), { output: true }));
  const packages = kind === 'D' ? lockedPackages(directory).length : undefined;
  return { name, title, about, ...counts, tarBytes, packages };
}
