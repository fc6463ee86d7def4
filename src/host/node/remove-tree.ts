import { chmodSync, lstatSync, readdirSync, renameSync, rmdirSync, unlinkSync } from 'node:fs';
import { errnoOf } from '../files.js';

/** Well below PATH_MAX (4096 on Linux, 1024 on macOS), and low enough that the recursion stays shallow. */
const LONGEST_PATH_BYTES = 900;

const OWNER_ALL = 0o700;

const join = (parent: Buffer, name: Uint8Array): Buffer => Buffer.concat([parent, Buffer.from('/'), name]);

/** A name in the root of the tree that nothing has yet. */
function freeName(root: Buffer): Buffer {
  for (let number = 0; ; number++) {
    const path = join(root, Buffer.from(`.removing-${number}`));
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return path;
  }
}

/** Lets the owner list the directory and remove names in it. */
function openUp(directory: Buffer): void {
  const mode = lstatSync(directory).mode & 0o7777;
  if ((mode & OWNER_ALL) !== OWNER_ALL) chmodSync(directory, OWNER_ALL);
}

function removeDirectory(directory: Buffer, root: Buffer): void {
  openUp(directory);
  let current = directory;
  if (directory.length > LONGEST_PATH_BYTES) {
    // What lies below could be out of reach of any path: bring it nearer first.
    current = freeName(root);
    renameSync(directory, current);
  }
  for (const entry of readdirSync(current, { encoding: 'buffer', withFileTypes: true })) {
    const path = join(current, entry.name);
    if (entry.isDirectory()) removeDirectory(path, root);
    else unlinkSync(path);
  }
  rmdirSync(current);
}

/**
 * Removes a path and all below it; does nothing where nothing is there. Links are removed, never followed. Works
 * for directories that deny their owner reading or writing, for names that are not UTF-8, and for trees deeper than
 * the longest path.
 */
export function removeTree(path: string): void {
  const root = Buffer.from(path.replace(/\/+$/, ''));
  try {
    if (lstatSync(root).isDirectory()) removeDirectory(root, root);
    else unlinkSync(root);
  } catch (error) {
    const code = errnoOf(error);
    if ((code !== 'ENOENT' && code !== 'ENOTDIR') || lstatSync(root, { throwIfNoEntry: false }) !== undefined)
      throw error;
  }
}
