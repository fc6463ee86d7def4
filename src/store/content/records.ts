import { join } from 'node:path';
import { errnoOf, type Host } from '../../host/index.js';
import { digestOf, hexOf } from '../../oci/index.js';
import { decodeUtf8 } from '../../util/index.js';
import { explained } from '../explained.js';
import { type PendingFile, publishBytes } from '../pending-file.js';
import { cacheFailed, markUsed, recordSeal, recordsOf } from './cache-files.js';

export const RECORD_KINDS = [
  'layer',
  'grounds',
  'listing',
  'artifact',
  'applied',
  'digests',
  'base',
  'upload',
  'contents',
  'tool',
  'blocks',
] as const;
export type RecordKind = (typeof RECORD_KINDS)[number];

/** Small texts and tables by key: what was found out, so that it need not be found out again. */
export interface Records {
  /** True where there is one; whether it is whole shows only when it is read. */
  has(kind: RecordKind, key: string): boolean;
  /** Undefined where there is none, and where it is damaged: then it is made again. */
  read(kind: RecordKind, key: string): string | undefined;
  /** As `read`, for a record that is no text. */
  readBytes(kind: RecordKind, key: string): Uint8Array | undefined;
  /** @throws TbuildError `cache-failed` */
  write(kind: RecordKind, key: string, value: string | Uint8Array): void;
  /**
   * Does nothing where there is none.
   * @throws TbuildError `cache-failed`
   */
  remove(kind: RecordKind, key: string): void;
}

const NEWLINE = 0x0a;

/** The longest text there can be is twice as long; a listing of a million files has about this. */
const LIMIT_BYTES = 256 * 1024 * 1024;

/** The value of a record file; undefined where its first line is not the digest of the rest. */
export function parseRecord(bytes: Uint8Array): Uint8Array | undefined {
  const end = bytes.indexOf(NEWLINE);
  if (end < 0) return undefined;
  const rest = bytes.subarray(end + 1);
  return recordSeal(rest) === Buffer.from(bytes.subarray(0, end)).toString('latin1') ? rest : undefined;
}

/** The bytes of a record file; undefined where it cannot be read, for whatever reason. */
export function readRecordFile(host: Host, path: string): Uint8Array | undefined {
  try {
    return host.files.readFile(path, LIMIT_BYTES);
  } catch (error) {
    if (errnoOf(error) === undefined && !(error instanceof RangeError)) throw error;
    return undefined;
  }
}

export function openRecords(host: Host, directory: string, openFile: () => PendingFile): Records {
  const pathOf = (kind: RecordKind, key: string): string => join(recordsOf(directory), kind, hexOf(digestOf(key)));
  const readBytes = (kind: RecordKind, key: string): Uint8Array | undefined => {
    const path = pathOf(kind, key);
    const stat = host.files.lstat(path);
    if (stat?.kind !== 'file') return undefined;
    const bytes = readRecordFile(host, path);
    const value = bytes && parseRecord(bytes);
    if (value !== undefined) markUsed(host, path, stat);
    return value;
  };
  return {
    has(kind, key) {
      const path = pathOf(kind, key);
      const stat = host.files.lstat(path);
      if (stat?.kind !== 'file') return false;
      markUsed(host, path, stat);
      return true;
    },
    read(kind, key) {
      const bytes = readBytes(kind, key);
      return bytes && decodeUtf8(bytes);
    },
    readBytes,
    write(kind, key, value) {
      const plain = typeof value === 'string' ? Buffer.from(value) : value;
      const before = readBytes(kind, key);
      if (before !== undefined && Buffer.compare(before, plain) === 0) return;
      const bytes = Buffer.concat([Buffer.from(`${recordSeal(plain)}\n`), plain]);
      publishBytes(openFile(), bytes, { path: pathOf(kind, key), mode: 0o444 });
    },
    remove: (kind, key) => explained(() => host.files.removeTree(pathOf(kind, key)), cacheFailed(directory)),
  };
}
