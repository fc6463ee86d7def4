import type { Entry, RandomAccessReader } from 'yauzl';
import { crc32, decompress } from '../../codec/index.js';
import { TbuildError } from '../../errors/index.js';
import type { PositionedBlob } from '../../store/index.js';
import type { ReadMember } from '../../tar/index.js';
import { type Bytes, collect, decodeUtf8 } from '../../util/index.js';
import { readZipEnd, type ZipDirectory } from './zip-end.js';
import { type ZipEntry, zipEntryOf } from './zip-entry.js';
import { checkLocalHeader } from './zip-local.js';
import { refuseZip } from './zip-refusal.js';

const PIECE_BYTES = 256 * 1024;
const TARGET_BYTES_MAX = 4095;
const RATIO_MAX = 1000;

export interface ZipLimits {
  readonly maxEntries: number;
  /** Of all contents together. */
  readonly maxBytes: number;
}

/** Some loaders give the names of a CommonJS module only below `default`. */
async function loadYauzl(): Promise<typeof import('yauzl')> {
  const module = (await import('yauzl')) as typeof import('yauzl') & { readonly default?: typeof import('yauzl') };
  return module.default ?? module;
}

function readerOf(blob: PositionedBlob, yauzl: typeof import('yauzl')): RandomAccessReader {
  return new (class extends yauzl.RandomAccessReader {
    override read(
      target: Buffer,
      offset: number,
      length: number,
      position: number,
      done: (error: Error | null, count?: number) => void,
    ): void {
      const count = Math.max(0, Math.min(length, blob.size - position));
      target.set(blob.read(position, count), offset);
      setImmediate(done, null, count);
    }
  })();
}

/** What the central directory lists, in the order in which it lies in the file. */
async function readDirectory(blob: PositionedBlob, directory: ZipDirectory): Promise<readonly ZipEntry[]> {
  const yauzl = await loadYauzl();
  // Sizes are checked here, where the message can name the member.
  const options = { decodeStrings: false, autoClose: false, lazyEntries: true, validateEntrySizes: false } as const;
  const entries: ZipEntry[] = [];
  try {
    const zip = await yauzl.fromRandomAccessReaderPromise(readerOf(blob, yauzl), blob.size, options);
    for await (const entry of zip.eachEntry() as AsyncIterable<Entry>) entries.push(zipEntryOf(entry));
  } catch (error) {
    if (error instanceof TbuildError || !(error instanceof Error)) throw error;
    throw refuseZip(`cannot be understood: ${error.message}`);
  }
  const size = entries.reduce((sum, { recordBytes }) => sum + recordBytes, 0);
  if (entries.length !== directory.entries || size !== directory.size) {
    throw refuseZip('has a central directory with more or less in it than its end record says');
  }
  return entries.sort((a, b) => a.position - b.position);
}

async function* piecesOf(blob: PositionedBlob, start: number, size: number): AsyncGenerator<Uint8Array> {
  for (let done = 0; done < size; done += PIECE_BYTES) {
    if (done > 0) await new Promise((resolve) => setImmediate(resolve));
    yield blob.read(start + done, Math.min(PIECE_BYTES, size - done));
  }
}

/** The content of a member, which ends with an error where it is not what the directory says. */
async function* contentOf(blob: PositionedBlob, entry: ZipEntry, start: number): AsyncGenerator<Uint8Array> {
  const { isDeflated, packedSize, size, crc, refuse } = entry;
  const packed = piecesOf(blob, start, packedSize);
  let found = 0;
  let sum = 0;
  try {
    for await (const chunk of decompress(packed, isDeflated ? 'deflate' : 'none', {
      maxBytes: size,
      maxRatio: RATIO_MAX,
    })) {
      found += chunk.length;
      sum = crc32(chunk, sum);
      yield chunk;
    }
  } catch (error) {
    if (!(error instanceof TbuildError) || !error.code.startsWith('compression-')) throw error;
    throw refuse(`cannot be decompressed: ${error.details.reason ?? error.message}`, error.code);
  }
  if (found !== size) throw refuse(`has ${found} bytes instead of ${size}`, 'compression-invalid');
  if (sum !== crc) throw refuse('has another CRC-32 than its content', 'compression-invalid');
}

async function targetOf(content: Bytes, { size, refuse }: ZipEntry): Promise<string> {
  if (size > TARGET_BYTES_MAX) throw refuse(`is a symlink of more than ${TARGET_BYTES_MAX} bytes`, 'archive-limit');
  const bytes = await collect(content, TARGET_BYTES_MAX);
  const target = decodeUtf8(bytes);
  if (target !== undefined && target !== '' && !target.includes('\0')) return target;
  throw refuse('is a symlink whose target is empty, holds a NUL byte, or is not UTF-8');
}

async function memberOf(blob: PositionedBlob, entry: ZipEntry, start: number): Promise<ReadMember> {
  const { path, mode, kind, size } = entry;
  const content = contentOf(blob, entry, start);
  const facts = { path, mode, uid: 0, gid: 0, mtime: 0, position: start, body: content };
  if (kind === 'symlink') return { ...facts, kind, size: 0, linkTarget: await targetOf(content, entry) };
  // Also of a directory: what is packed there must unpack to nothing.
  if (kind === 'directory') await collect(content, 0);
  return { ...facts, kind, size };
}

function checkLimits(entries: readonly ZipEntry[], { maxBytes }: ZipLimits): void {
  const bytes = entries.reduce((sum, { size }) => sum + size, 0);
  if (bytes > maxBytes) throw refuseZip(`holds ${bytes} bytes; at most ${maxBytes} are allowed`, 'archive-limit');
}

/**
 * The members of a zip archive in the order in which they lie in it. Strict: what two common readers could understand
 * differently is refused (APPNOTE 6.3.10). Members must cover the file from its beginning to the central directory, one
 * after the other, and have the same facts in both places; names are UTF-8; contents are stored or deflated. Owners are not
 * known: all is of root.
 *
 * @throws TbuildError `archive-ambiguous`, `archive-limit`, `compression-invalid`, `compression-limit`, `input-kind`
 */
export async function* readZip(blob: PositionedBlob, limits: ZipLimits): AsyncGenerator<ReadMember> {
  const directory = readZipEnd(blob);
  if (directory.entries > limits.maxEntries) {
    throw refuseZip(`has ${directory.entries} members; at most ${limits.maxEntries} are allowed`, 'archive-limit');
  }
  const entries = await readDirectory(blob, directory);
  checkLimits(entries, limits);
  const first = entries[0]?.position ?? directory.position;
  if (first !== 0) throw refuseZip(`has ${first} bytes before its first member`);
  for (const [index, entry] of entries.entries()) {
    const end = entries[index + 1]?.position ?? directory.position;
    const start = checkLocalHeader(blob, entry, end);
    const member = await memberOf(blob, entry, start);
    yield member;
    // Content that nobody read is checked too.
    if (member.kind === 'file') for await (const _ of member.body);
  }
}
