import type { Host } from '../../host/index.js';
import { createUnpacked } from '../../store/index.js';
import type { ReadMember } from '../../tar/index.js';
import { encodeListing, type Origin } from '../../tree/index.js';
import { TreeBuilder } from './tree-builder.js';

/** What there is to know of an archive whose contents lie in an unpacked file: plain data, for the cache and between threads. */
export interface UnpackedArchive {
  /** Its tree, of `encodeListing`. */
  readonly listing: string;
  /** Of the files of the tree, in its order: where their contents begin in the unpacked file, in bytes. */
  readonly positions: readonly number[];
  /** What else its reader wants to know later. */
  readonly facts: string;
  /** Bytes of all contents. */
  readonly size: number;
}

export interface Unpacking {
  readonly host: Pick<Host, 'files'>;
  /** The cache. */
  readonly directory: string;
  /** Where the unpacked file is to be made. Nothing is left there where that fails. */
  readonly into: string;
  /** Of every entry. */
  readonly origin: Pick<Origin, 'kind' | 'label'>;
  /** Called with the bytes since the last call. May throw to stop. */
  tick(bytes: number): void;
}

/**
 * Takes an archive apart: its contents go into an unpacked file, one after the other as they come.
 *
 * @param members bodies are read in their order, each before the next member is asked for
 * @throws TbuildError as `readArchiveTree` and `cache-failed`
 */
export async function unpackMembers(
  members: AsyncIterable<ReadMember>,
  { host, directory, into, origin: { kind, label }, tick }: Unpacking,
): Promise<Omit<UnpackedArchive, 'facts'>> {
  const builder = new TreeBuilder({ kind, label });
  const writer = createUnpacked(host, directory, into);
  try {
    const contents = [];
    for await (const member of members) {
      tick(0);
      if (builder.add(member)) contents.push(await writer.add(member.body, tick));
    }
    writer.finish();
    const { tree, positions } = builder.finish(contents);
    const size = contents.reduce((sum, content) => sum + content.size, 0);
    return { listing: encodeListing(tree), positions, size };
  } catch (error) {
    writer.discard();
    throw error;
  }
}
