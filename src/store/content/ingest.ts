import { createHash } from 'node:crypto';
import type { Host } from '../../host/index.js';
import { type Digest, digestOfHash } from '../../oci/index.js';
import { type Chunks, isSyncChunks } from '../../util/index.js';
import type { PendingFile } from '../pending-file.js';
import { type Content, unhurried } from '../verified-chunks.js';
import { WriteBehind } from '../write-behind.js';

/** Where contents of unknown digests go. */
export interface Intake {
  readonly host: Host;
  openFile(): PendingFile;
  has(content: Content): boolean;
  /** Where the blob is to stay. */
  pathOf(digest: Digest): string;
  /** Forces the names of blobs to the disk. */
  syncNames(): void;
}

async function receive(input: Chunks, pending: PendingFile, host: Host): Promise<Content> {
  const hash = createHash('sha256');
  for await (const chunk of isSyncChunks(input) ? unhurried(input, host) : input) {
    pending.write(chunk);
    hash.update(chunk);
  }
  return { digest: digestOfHash(hash), size: pending.size };
}

/** Takes one content in, perhaps a large one, and tells what it was: written, flushed, and then named. */
export async function ingestOne(input: Chunks, intake: Intake): Promise<Content> {
  const pending = intake.openFile();
  const writer = new WriteBehind(pending, { isSlow: true });
  try {
    for await (const chunk of isSyncChunks(input) ? unhurried(input, intake.host) : input) {
      const written = writer.write(chunk);
      if (written !== undefined) await written;
    }
    const content = { digest: await writer.finish(), size: writer.size };
    if (!intake.has(content)) {
      pending.name(intake.pathOf(content.digest), 0o444);
      intake.syncNames();
    }
    return content;
  } finally {
    await writer.settle();
    pending.discard();
  }
}

/** So many files are flushed at a time: the file system does most of the work for all of them together. */
const FLUSHING_MAX = 8;

/** Flushes files while others are written. The first failure is told by the next call. */
class Flushes {
  readonly #running = new Set<Promise<void>>();
  #failure: { readonly error: unknown } | undefined;

  async #flush(file: PendingFile): Promise<void> {
    try {
      await file.flushing();
    } catch (error) {
      this.#failure ??= { error };
    }
  }

  async add(file: PendingFile): Promise<void> {
    const running = this.#flush(file).then(() => void this.#running.delete(running));
    this.#running.add(running);
    if (this.#running.size >= FLUSHING_MAX) await Promise.race(this.#running);
    this.#check();
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Afterwards nothing is being flushed; failures are passed over. */
  async settle(): Promise<void> {
    await Promise.all(this.#running);
  }

  async finish(): Promise<void> {
    await this.settle();
    this.#check();
  }
}

const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/**
 * Takes contents in, one after the other, and tells what they were. Each is written and flushed, a few of them at
 * a time; only when all are, they get their names, and the directory is flushed once for all. So a name still means a complete,
 * flushed file, and many small files cost a fraction of the flushes. Where one cannot be read, none is left.
 */
export async function ingestAll(
  inputs: Iterable<Chunks> | AsyncIterable<Chunks>,
  intake: Intake,
): Promise<readonly Content[]> {
  const { host } = intake;
  const contents: Content[] = [];
  const flushed = new Map<Digest, PendingFile>();
  const flushes = new Flushes();
  let pending: PendingFile | undefined;
  try {
    for await (const input of inputs) {
      pending = intake.openFile();
      const content = await receive(input, pending, host);
      contents.push(content);
      if (flushed.has(content.digest) || intake.has(content)) pending.discard();
      else {
        flushed.set(content.digest, pending);
        await flushes.add(pending);
      }
      await nextTurn();
      host.interruption.throwIfAborted();
    }
    await flushes.finish();
    for (const [digest, file] of flushed) file.name(intake.pathOf(digest), 0o444);
    if (flushed.size > 0) intake.syncNames();
    return contents;
  } finally {
    await flushes.settle();
    pending?.discard();
    for (const file of flushed.values()) file.discard();
  }
}
