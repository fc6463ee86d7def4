import { join } from 'node:path';
import { errnoOf, type Host } from '../../host/index.js';
import { digestOf, hexOf } from '../../oci/index.js';
import { decodeUtf8 } from '../../util/index.js';
import { explained } from '../explained.js';
import { type PendingFile, publishBytes } from '../pending-file.js';
import { cacheFailed, markUsed, recordSeal, recordsOf } from './cache-files.js';

export const RECORD_KINDS = [
  'layer',
  'listing',
  'artifact',
  'applied',
  'digests',
  'base',
  'upload',
  'contents',
  'tool',
] as const;
export type RecordKind = (typeof RECORD_KINDS)[number];

/** Small texts by key: what was found out, so that it need not be found out again. */
export interface Records {
  /** Undefined where there is none, and where it is damaged: then it is made again. */
  read(kind: RecordKind, key: string): string | undefined;
  /** @throws TbuildError `cache-failed` */
  write(kind: RecordKind, key: string, text: string): void;
  /**
   * Does nothing where there is none.
   * @throws TbuildError `cache-failed`
   */
  remove(kind: RecordKind, key: string): void;
}

/** The longest text there can be is twice as long; a listing of a million files has about this. */
const LIMIT_BYTES = 256 * 1024 * 1024;

/** The text of a record file; undefined where its first line is not the digest of the rest. */
export function parseRecord(bytes: Uint8Array): string | undefined {
  const text = decodeUtf8(bytes);
  const end = text?.indexOf('\n') ?? -1;
  if (text === undefined || end < 0) return undefined;
  const rest = text.slice(end + 1);
  return recordSeal(rest) === text.slice(0, end) ? rest : undefined;
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
  const read = (kind: RecordKind, key: string): string | undefined => {
    const path = pathOf(kind, key);
    const stat = host.files.lstat(path);
    if (stat?.kind !== 'file') return undefined;
    const bytes = readRecordFile(host, path);
    const text = bytes && parseRecord(bytes);
    if (text !== undefined) markUsed(host, path, stat);
    return text;
  };
  return {
    read,
    write(kind, key, text) {
      if (read(kind, key) === text) return;
      const bytes = Buffer.from(`${recordSeal(text)}\n${text}`);
      publishBytes(openFile(), bytes, { path: pathOf(kind, key), mode: 0o444 });
    },
    remove: (kind, key) => explained(() => host.files.removeTree(pathOf(kind, key)), cacheFailed(directory)),
  };
}
