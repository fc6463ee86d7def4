import { fail } from '../errors/index.js';
import { type Bytes, type Chunks, isSyncChunks } from '../util/index.js';
import { ChunkBuffer } from './chunk-buffer.js';
import { encodeHeader } from './encode-header.js';
import { eventLoopTurn } from './event-loop.js';
import type { TarMember, TarSource } from './tar-member.js';
import { END_BYTES, paddingOf } from './ustar.js';

const CHUNK_BYTES = 256 * 1024;
const ZEROS = new Uint8Array(END_BYTES);

function changed({ path, size }: TarMember, found: string, foundBytes: number): Error {
  return fail('input-changed', {
    message: `Cannot archive ${JSON.stringify(path)}: it should have ${size} bytes, but ${found}`,
    hint: 'Something wrote to it during the build. Try again when nothing does.',
    details: { path, expectedBytes: size, foundBytes },
  });
}

/** Counts the content of a file, so that no header ever promises another size. */
class SizeCheck {
  #count = 0;
  constructor(readonly member: TarMember) {}

  add(piece: Uint8Array): Uint8Array {
    this.#count += piece.length;
    if (this.#count > this.member.size) throw changed(this.member, 'has more', this.#count);
    return piece;
  }

  /** The padding after the content. */
  end(): Uint8Array {
    if (this.#count < this.member.size) throw changed(this.member, `ended after ${this.#count}`, this.#count);
    return ZEROS.subarray(0, paddingOf(this.#count));
  }
}

/** Header, content and padding of a member whose content needs no waiting. */
function* pieces(member: TarMember, content: Iterable<Uint8Array>): Generator<Uint8Array> {
  const check = new SizeCheck(member);
  yield encodeHeader(member);
  for (const piece of content) yield check.add(piece);
  yield check.end();
}

async function* awaitedPieces(member: TarMember, content: Bytes): AsyncGenerator<Uint8Array> {
  const check = new SizeCheck(member);
  yield encodeHeader(member);
  for await (const piece of content) yield check.add(piece);
  yield check.end();
}

/** Every member as a stream of its own, so that only those with content to wait for are awaited; then the end. */
function* segments(sources: Iterable<TarSource>): Generator<Chunks> {
  for (const source of sources) {
    const content = source.open?.() ?? [];
    yield isSyncChunks(content) ? pieces(source.member, content) : awaitedPieces(source.member, content);
  }
  yield [ZEROS];
}

/**
 * The archive of `sources` in their order, ended by two zero blocks and nothing more (format 1, "Tar"). Order and
 * uniqueness of the paths are the caller's. Chunks have 256 KiB, the last one less; each is good until the next is
 * asked for. Content that can be read without awaiting is read so.
 *
 * Throws `input-changed` where a content is shorter or longer than its member says, and what `encodeHeader` throws.
 */
export async function* writeTar(sources: Iterable<TarSource>): AsyncGenerator<Uint8Array> {
  const buffer = new ChunkBuffer(CHUNK_BYTES);
  for (const segment of segments(sources)) {
    if (isSyncChunks(segment)) {
      for (const piece of segment) {
        for (const chunk of buffer.fill(piece)) {
          yield chunk;
          await eventLoopTurn();
        }
      }
    } else {
      for await (const piece of segment) {
        for (const chunk of buffer.fill(piece)) {
          yield chunk;
          await eventLoopTurn();
        }
      }
    }
  }
  if (buffer.rest.length > 0) yield buffer.rest;
}
