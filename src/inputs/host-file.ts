import { createHash } from 'node:crypto';
import { fail, type SourceSpan, type TbuildError } from '../errors/index.js';
import { errnoOf, type FileStat, type Files, type ReadHandle, reasonOf } from '../host/index.js';
import { type Digest, digestOfHash } from '../oci/index.js';

/** Something on this machine, under the name that the user has for it. */
export interface HostPlace {
  readonly absolute: string;
  /** As the user wrote it, or relative to image.yaml: for messages. */
  readonly shown: string;
  /** Where it is asked for. */
  readonly at: SourceSpan | undefined;
}

/** What shows that a file was written to. */
export type SeenFile = Pick<FileStat, 'size' | 'modifiedMs' | 'changedMs' | 'inode' | 'device'>;

/** A regular file as it was when it was looked at. */
export interface HostFile extends HostPlace {
  readonly stat: SeenFile;
}

const PIECE_BYTES = 1024 * 1024;

/** Buffers that no reader uses at the moment: as many as were ever in use at once. */
const spareBuffers: Uint8Array[] = [];

/** The error for a failed call of the file system. */
export function readingError(error: unknown, { shown, at }: HostPlace): unknown {
  const code = errnoOf(error);
  if (code === undefined) return error;
  if (code === 'ENOENT' || code === 'ENOTDIR') return vanished({ shown, at });
  if (code === 'ENAMETOOLONG')
    return fail('input-limit', { message: `The path of ${JSON.stringify(shown)} is too long for this machine`, at });
  return fail('input-unreadable', {
    message: `Cannot read ${JSON.stringify(shown)}: ${reasonOf(error)}`,
    at,
    details: { path: shown },
    cause: error,
  });
}

/** The error for what was there a moment ago. */
export function vanished({ shown, at }: Pick<HostPlace, 'shown' | 'at'>): TbuildError {
  const message = `${JSON.stringify(shown)} disappeared while it was read`;
  return fail('input-missing', { message, hint: WAIT, at, details: { path: shown } });
}

const WAIT = 'Run it again when nothing writes to the inputs.';

/** The error for what is no longer as it was. */
export function changed({ shown, at }: Pick<HostPlace, 'shown' | 'at'>): TbuildError {
  const message = `${JSON.stringify(shown)} changed while it was read`;
  return fail('input-changed', { message, hint: WAIT, at, details: { path: shown } });
}

/** True where the file can have been written to between the two looks, or is another one. */
export function isTouched(a: SeenFile, b: SeenFile): boolean {
  return (
    a.size !== b.size ||
    a.modifiedMs !== b.modifiedMs ||
    a.changedMs !== b.changedMs ||
    a.inode !== b.inode ||
    a.device !== b.device
  );
}

/** What the call returns, with its failure in the words of the input. */
function reading<T>(file: HostFile, call: () => T): T {
  try {
    return call();
  } catch (error) {
    throw readingError(error, file);
  }
}

function* pieces(file: HostFile, handle: ReadHandle, buffer: Uint8Array): Generator<Uint8Array> {
  const { size } = file.stat;
  const check = (): void => {
    if (isTouched(file.stat, handle.stat())) throw changed(file);
  };
  check();
  for (let position = 0; position < size; ) {
    const target = buffer.subarray(0, Math.min(buffer.length, size - position));
    const count = reading(file, () => handle.read(target, position));
    if (count === 0) throw changed(file);
    position += count;
    if (position === size) check();
    yield target.subarray(0, count);
  }
}

/**
 * The bytes of the file, all of them as they were when `stat` was taken: facts are compared after opening and again
 * before the last chunk is given out.
 *
 * @throws TbuildError `input-changed`, `input-missing`, `input-unreadable`
 */
export function* readHostFile(file: HostFile, files: Files): Generator<Uint8Array> {
  const handle = reading(file, () => files.openRead(file.absolute));
  const buffer = spareBuffers.pop() ?? new Uint8Array(PIECE_BYTES);
  try {
    yield* pieces(file, handle, buffer);
  } finally {
    spareBuffers.push(buffer);
    handle.close();
  }
}

/** sha256 of the file. Fails as `readHostFile` does. */
export function hashHostFile(file: HostFile, files: Files): Digest {
  const hash = createHash('sha256');
  for (const chunk of readHostFile(file, files)) hash.update(chunk);
  return digestOfHash(hash);
}

/**
 * The bytes of the file, which must be those of `digest`: the last chunk is given out only after they matched.
 *
 * @throws TbuildError `input-changed`, `input-missing`, `input-unreadable`
 */
export function* openHostFile(file: HostFile, digest: Digest, files: Files): Generator<Uint8Array> {
  const hash = createHash('sha256');
  let left = file.stat.size;
  for (const chunk of readHostFile(file, files)) {
    hash.update(chunk);
    left -= chunk.length;
    if (left === 0 && digestOfHash(hash) !== digest) throw changed(file);
    yield chunk;
  }
}
