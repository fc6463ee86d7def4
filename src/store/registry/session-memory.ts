import { TbuildError } from '../../errors/index.js';
import type { Clock } from '../../host/index.js';
import { sameOrigin } from '../../network/index.js';
import { canonicalJson } from '../../oci/index.js';
import type { Content } from '../verified-chunks.js';
import type { Endpoint } from './endpoint.js';
import type { UploadSessions } from './registries.js';
import type { UploadSession } from './upload-session.js';

/** Uploads of one repository that did not end, so that a later process goes on with them. */
export interface SessionMemory {
  /** Undefined where there is none that is worth asking for. */
  recall(target: Content): Promise<UploadSession | undefined>;
  /** To be called before the first byte is sent, and after each piece. */
  remember(target: Content, session: UploadSession): Promise<void>;
  forget(target: Content): void;
}

export interface SessionMemoryOptions {
  readonly sessions: UploadSessions | undefined;
  readonly clock: Pick<Clock, 'now'>;
}

/** Registries keep unfinished uploads for about as long, or longer. */
const KEPT_MS = 24 * 60 * 60 * 1000;

interface SessionRecord {
  readonly registry: string;
  readonly repository: string;
  readonly digest: string;
  readonly size: number;
  readonly location: string;
  readonly offset: number;
  readonly minPieceBytes: number;
  /** When it was written; milliseconds since the epoch. */
  readonly written: number;
}

function isRecord(value: unknown): value is SessionRecord {
  if (typeof value !== 'object' || value === null) return false;
  const { location, offset, minPieceBytes, written } = value as Partial<Record<keyof SessionRecord, unknown>>;
  const isSize = (number: unknown): boolean => Number.isSafeInteger(number) && (number as number) >= 0;
  return typeof location === 'string' && URL.canParse(location) && [offset, minPieceBytes, written].every(isSize);
}

function parseRecord(text: string | undefined): SessionRecord | undefined {
  try {
    const value: unknown = JSON.parse(text ?? 'null');
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** What is remembered only helps later runs: a cache that cannot be written ends no upload that goes well. */
function unlessCacheFails(change: () => void): void {
  try {
    change();
  } catch (error) {
    if (!(error instanceof TbuildError) || error.code !== 'cache-failed') throw error;
  }
}

export function openSessionMemory(endpoint: Endpoint, options: SessionMemoryOptions): SessionMemory {
  const { sessions, clock } = options;
  const { registry, repository } = endpoint.reference;
  const keyOf = ({ digest }: Content): string => `${registry}/${repository} ${digest}`;
  const isOfRegistry = async (url: URL): Promise<boolean> => sameOrigin(url, await endpoint.origin());
  const forget = (target: Content): void => {
    if (sessions?.read(keyOf(target)) === undefined) return;
    unlessCacheFails(() => sessions.remove(keyOf(target)));
  };
  return {
    async recall(target) {
      const record = parseRecord(sessions?.read(keyOf(target)));
      if (record === undefined) return undefined;
      const age = clock.now() - record.written;
      const isSame =
        record.registry === registry &&
        record.repository === repository &&
        record.digest === target.digest &&
        record.size === target.size &&
        record.offset <= target.size;
      const url = new URL(record.location);
      if (!isSame || age < 0 || age > KEPT_MS || !(await isOfRegistry(url))) return undefined;
      return { url, offset: record.offset, minPieceBytes: record.minPieceBytes };
    },
    async remember(target, { url, offset, minPieceBytes }) {
      if (sessions === undefined) return;
      // Elsewhere the address itself is the permission to write: a secret.
      if (!(await isOfRegistry(url))) return forget(target);
      const { digest, size } = target;
      const facts = { registry, repository, digest, size, location: url.href, offset, minPieceBytes };
      const text = canonicalJson({ ...facts, written: clock.now() });
      unlessCacheFails(() => sessions.write(keyOf(target), text));
    },
    forget,
  };
}
