import type { WorkerPool } from '../host/index.js';
import { type FilesToHash, type HashedFiles, hashTask } from './hash-task.js';
import type { HostFile, HostPlace, SeenFile } from './host-file.js';
import type { InputContext } from './input-context.js';
import { nextTurn } from './next-turn.js';
import { FoundBelow } from './select-files.js';
import { DIGEST_BYTES, NUMBERS, type WalkTable } from './walk-table.js';

interface Walked {
  readonly table: WalkTable;
  readonly root: HostPlace;
}

/** How much is hashed before anybody else gets a turn, or is given to a thread at once: about 20 ms of work. */
const TURN_BYTES = 32 * 1024 * 1024;
const TURN_FILES = 1_000;
/** With less than so much, threads take longer to start than the work takes. */
const ALONE_BYTES = 64 * 1024 * 1024;
const ALONE_FILES = 2_000;

/** What `lstat` said of an entry of a walk. */
export function seenIn({ numbers }: WalkTable, index: number): SeenFile {
  const [size, modifiedMs, changedMs, inode, device] = numbers.subarray(
    index * NUMBERS,
    (index + 1) * NUMBERS,
  ) as unknown as [number, number, number, number, number];
  return { size, modifiedMs, changedMs, inode, device };
}

function fileAt({ table, root }: Walked, index: number): HostFile {
  const { absolute, shown, at } = table.paths[index] === '' ? root : new FoundBelow(root, table.paths[index]!, 'file');
  return { absolute, shown, at, stat: seenIn(table, index) };
}

interface Batch {
  readonly indices: readonly number[];
  readonly bytes: number;
}

function batchesOf(indices: readonly number[], { numbers }: WalkTable): readonly Batch[] {
  const batches: Batch[] = [];
  let batch: number[] = [];
  let bytes = 0;
  const finish = (): void => {
    if (batch.length > 0) batches.push({ indices: batch, bytes });
    batch = [];
    bytes = 0;
  };
  for (const index of indices) {
    batch.push(index);
    bytes += numbers[index * NUMBERS]!;
    if (bytes >= TURN_BYTES || batch.length >= TURN_FILES) finish();
  }
  finish();
  return batches;
}

function workOf({ indices }: Batch, { table, root }: Walked): FilesToHash {
  const numbers = new Float64Array(indices.length * NUMBERS);
  indices.forEach((index, i) => {
    numbers.set(table.numbers.subarray(index * NUMBERS, (index + 1) * NUMBERS), i * NUMBERS);
  });
  return { root: root.absolute, paths: indices.map((index) => table.paths[index]!), numbers };
}

/** Puts the digests of all files of the batch into the table; what a thread could not read is read here, which says why. */
function take(
  { indices, bytes }: Batch,
  { digests, failed }: HashedFiles,
  walked: Walked,
  context: InputContext,
): void {
  indices.forEach((index, i) => {
    if (failed[i] === 0) setDigest(walked.table, index, digests.subarray(i * DIGEST_BYTES, (i + 1) * DIGEST_BYTES));
    else hashHere(walked, index, context);
  });
  const failures = failed.reduce((sum, one) => sum + one, 0);
  if (failures < indices.length) context.digests.noteHashed(indices.length - failures, bytes);
}

function setDigest({ digests }: WalkTable, index: number, digest: Uint8Array): void {
  digests.set(digest, index * DIGEST_BYTES);
}

function hashHere(walked: Walked, index: number, { digests }: InputContext): void {
  const digest = digests.hash(fileAt(walked, index));
  setDigest(walked.table, index, Buffer.from(digest.slice(digest.indexOf(':') + 1), 'hex'));
}

async function inThreads(batches: readonly Batch[], walked: Walked, context: InputContext): Promise<void> {
  const { host } = context;
  const pool: WorkerPool<FilesToHash, HashedFiles> = host.workers.open(hashTask(host.files));
  try {
    const waiting = [...batches];
    const lane = async (): Promise<void> => {
      for (let batch = waiting.shift(); batch !== undefined; batch = waiting.shift()) {
        const work = workOf(batch, walked);
        take(batch, await pool.run(work, [work.numbers.buffer as ArrayBuffer]), walked, context);
        context.progress?.(batch.bytes, batch.indices.length);
        host.interruption.throwIfAborted();
      }
    };
    await Promise.all(Array.from({ length: pool.size }, lane));
  } finally {
    await pool.close();
  }
}

/**
 * Reads files of a walk, and puts their digests into it. Lets others have a turn now and then, so that progress is shown and
 * an interruption is heard. Where it is much, threads do it.
 *
 * @param indices which of its entries
 * @throws TbuildError `input-changed`, `input-missing`, `input-unreadable`, and the reason of an interruption
 */
export async function hashFiles(indices: readonly number[], walked: Walked, context: InputContext): Promise<void> {
  const batches = batchesOf(indices, walked.table);
  const bytes = batches.reduce((sum, batch) => sum + batch.bytes, 0);
  if (batches.length > 1 && (bytes > ALONE_BYTES || indices.length > ALONE_FILES)) {
    await inThreads(batches, walked, context);
    return;
  }
  for (const batch of batches) {
    for (const index of batch.indices) hashHere(walked, index, context);
    context.progress?.(batch.bytes, batch.indices.length);
    await nextTurn();
    context.host.interruption.throwIfAborted();
  }
}
