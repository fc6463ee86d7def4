import { errnoOf, type Files } from './files.js';

/** A file that shall replace the one at `path` gets its owner, where root replaces that of somebody else. Throws errno errors. */
export function keepOwner(files: Files, path: string, replacement: string): void {
  const [before, now] = [files.stat(path), files.stat(replacement)];
  if (before === undefined || now === undefined || (before.uid === now.uid && before.gid === now.gid)) return;
  try {
    files.chown(replacement, before.uid, before.gid);
  } catch (error) {
    if (errnoOf(error) !== 'EPERM') throw error;
  }
}
