import { lstatSync, readdirSync, type Stats } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { errnoOf } from '../files.js';

/** Files between two turns of the event loop. */
const TURN_FILES = 500;

function readNames(path: Buffer): readonly Buffer[] {
  try {
    return readdirSync(path, { encoding: 'buffer' });
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return [];
  }
}

function lstat(path: Buffer): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    return undefined;
  }
}

/** See `Files.bytesBelow`. */
export async function bytesBelow(root: string): Promise<number> {
  const open = [Buffer.from(root)];
  const linked = new Set<string>();
  let bytes = 0;
  let looked = 0;
  for (let path = open.pop(); path !== undefined; path = open.pop()) {
    const stat = lstat(path);
    if (stat?.isDirectory())
      for (const name of readNames(path)) open.push(Buffer.concat([path, Buffer.from('/'), name]));
    else if (stat?.isFile() && !(stat.nlink > 1 && linked.has(`${stat.dev} ${stat.ino}`))) {
      if (stat.nlink > 1) linked.add(`${stat.dev} ${stat.ino}`);
      bytes += stat.size;
    }
    if (++looked % TURN_FILES === 0) await nextTurn();
  }
  return bytes;
}
