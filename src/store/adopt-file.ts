import type { Files } from '../host/index.js';
import type { BlobFile } from '../oci/index.js';
import { attempt } from './explained.js';

/** Why a file cannot have another name there: another file system, rights, too many names, or a file system without links. */
function attempted(call: () => void): boolean {
  let isDone = false;
  attempt(() => {
    call();
    isDone = true;
  });
  return isDone;
}

/** True where the name is that of the file which was found right: between then and now it may have been replaced. */
function isStillThat(files: Files, path: string, { stat }: BlobFile): boolean {
  const now = files.lstat(path);
  return (
    now?.kind === 'file' &&
    now.device === stat.device &&
    now.inode === stat.inode &&
    now.size === stat.size &&
    now.modifiedMs === stat.modifiedMs
  );
}

/** Makes the second file, under a temporary name; false where neither way is open. */
function make(files: Files, file: BlobFile, temporary: string): boolean {
  if (attempted(() => files.clone(file.path, temporary))) return true;
  attempt(() => files.remove(temporary));
  return attempted(() => files.link(file.path, temporary)) && isStillThat(files, temporary, file);
}

/**
 * Puts a blob that is a file on this machine to a second place, without writing it again. A file system that can share blocks gives the
 * place a file of its own; else it gets a hard link. That a layout and the cache are one file then is right because neither writes to a
 * blob: tools replace or remove the blobs of layouts, which leaves the cache alone, and what is done in spite of the mode 0444 is found
 * where the cache is read next, since every read is verified. To copy 570 MB costs 1.5 s, and the disk twice the room.
 *
 * @param to.temporary in the file system of `to.path`; nothing is left there
 * @returns false where it cannot be done, and nothing has changed
 * @throws TbuildError `blob-mismatch`
 */
export async function adoptFile(
  files: Files,
  file: BlobFile,
  { temporary, path }: { readonly temporary: string; readonly path: string },
): Promise<boolean> {
  try {
    if (!make(files, file, temporary)) return false;
    await file.verify();
    // The name that was cloned or linked may have been given to another file by then.
    return isStillThat(files, file.path, file) && attempted(() => files.rename(temporary, path));
  } finally {
    attempt(() => files.remove(temporary));
  }
}
