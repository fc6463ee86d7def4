import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** One file from its pieces, in place of what is there. */
export function writePieces(file, pieces) {
  const descriptor = openSync(file, 'w');
  try {
    for (const piece of pieces) {
      for (let at = 0; at < piece.length; ) at += writeSync(descriptor, piece, at);
    }
  } finally {
    closeSync(descriptor);
  }
}

/** What generatedFiles() names, below `root`. */
export function writeFiles(root, files) {
  mkdirSync(root, { recursive: true });
  for (const { directory, path, pieces } of files) {
    if (directory !== undefined) mkdirSync(join(root, directory), { recursive: true });
    else writePieces(join(root, path), pieces);
  }
}
