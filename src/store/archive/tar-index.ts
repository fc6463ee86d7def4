import type { Host, ReadHandle } from '../../host/index.js';
import { type ReadMember, readTar, type TarMember } from '../../tar/index.js';
import { type Extent, unhurried } from '../verified-chunks.js';

const PIECE_BYTES = 1024 * 1024;
/** Far more than the layers and documents of any set of images. */
const MAX_ENTRIES = 100_000;
/** Links from layer to layer, as old versions of docker wrote them. */
const MAX_LINKS = 4;

/** Where in an archive its files are. */
export interface TarIndex {
  /** The file at a path, through links; undefined where there is none. */
  find(path: string): Extent | undefined;
}

/** An open archive and how messages call it. */
export interface ArchiveFile {
  readonly handle: ReadHandle;
  readonly path: string;
}

function* piecesOf(handle: ReadHandle): Generator<Uint8Array> {
  const buffer = Buffer.allocUnsafeSlow(PIECE_BYTES);
  for (let position = 0; ; ) {
    const count = handle.read(buffer, position);
    if (count === 0) return;
    position += count;
    yield buffer.subarray(0, count);
  }
}

function targetOf({ path, kind, linkTarget = '' }: TarMember): string | undefined {
  if (kind === 'hardlink') return linkTarget;
  if (kind !== 'symlink' || linkTarget.startsWith('/')) return undefined;
  const names: string[] = path.split('/').slice(0, -1);
  for (const name of linkTarget.split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return names.join('/');
}

/**
 * Reads the archive once, strictly, and notes where each file is.
 * @throws TbuildError `archive-ambiguous`, `archive-limit`; errno errors of the handle
 */
export async function indexTar(host: Host, file: ArchiveFile): Promise<TarIndex> {
  const { handle, path: archive } = file;
  const members = new Map<string, Omit<ReadMember, 'body'>>();
  const limits = { maxEntries: MAX_ENTRIES, maxBytes: Number.MAX_SAFE_INTEGER };
  for await (const { body: _, ...member } of readTar(unhurried(piecesOf(handle), host), limits)) {
    members.set(member.path, member);
  }
  return {
    find(path) {
      let member = members.get(path);
      for (let links = 0; member !== undefined && member.kind !== 'file'; links++) {
        const target = links < MAX_LINKS ? targetOf(member) : undefined;
        member = target === undefined ? undefined : members.get(target);
      }
      if (member === undefined) return undefined;
      const { position, size } = member;
      return { handle, position, size, shown: `${JSON.stringify(member.path)} in ${JSON.stringify(archive)}` };
    },
  };
}
