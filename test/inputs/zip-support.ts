import { crc32, deflateRawSync } from 'node:zlib';

/** A member written by hand: what is given stands there as it is, the rest is as it should be. */
export interface ZipMember {
  readonly name: string | Uint8Array;
  readonly content?: string | Uint8Array;
  /** 0 or 8, or a wrong one. */
  readonly method?: number;
  readonly flags?: number;
  /** Unix mode with the kind; undefined: made by DOS. */
  readonly mode?: number;
  readonly crc?: number;
  readonly size?: number;
  readonly packed?: Uint8Array;
  readonly packedSize?: number;
  readonly extra?: Uint8Array;
  readonly localExtra?: Uint8Array;
  /** What differs in the member's own header. */
  readonly local?: {
    name?: string;
    method?: number;
    flags?: number;
    crc?: number;
    size?: number;
    packedSize?: number;
    magic?: number;
  };
  /** Bytes after the content: a data descriptor. */
  readonly after?: Uint8Array;
  /** Where the directory says that it begins. */
  readonly position?: number;
}

export interface ZipParts {
  readonly before?: Uint8Array;
  readonly between?: Uint8Array;
  readonly comment?: Uint8Array;
  readonly after?: Uint8Array;
  readonly entries?: number;
  readonly disk?: number;
  readonly directorySize?: number;
  readonly directoryPosition?: number;
  /** Adds a zip64 record and its locator. */
  readonly zip64?: { entries?: bigint; size?: bigint; position?: bigint; at?: bigint; recordSize?: bigint };
}

const fields = (...list: readonly (readonly [size: 2 | 4 | 8, value: number | bigint])[]): Buffer =>
  Buffer.concat(
    list.map(([size, value]) => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigUInt64LE(BigInt(value));
      return bytes.subarray(0, size);
    }),
  );

/** A field with a number. */
export const extraField = (id: number, data: Uint8Array): Buffer =>
  Buffer.concat([fields([2, id], [2, data.length]), data]);

export const numbers64 = (...values: readonly (number | bigint)[]): Buffer =>
  fields(...values.map((value) => [8, value] as const));

/** A data descriptor with its magic number. */
export const descriptor = (crc: number, packedSize: number, size: number): Buffer =>
  fields([4, 0x08074b50], [4, crc], [4, packedSize], [4, size]);

export const crcOf = (content: string | Uint8Array): number => crc32(Buffer.from(content as string));

interface Written {
  readonly local: Buffer;
  record(position: number): Buffer;
}

function written(member: ZipMember): Written {
  const name = Buffer.from(member.name as string);
  const content = Buffer.from((member.content ?? '') as string);
  const { method = 0, flags = 0, local = {} } = member;
  const packed = Buffer.from(member.packed ?? (method === 8 ? deflateRawSync(content) : content));
  const crc = member.crc ?? crc32(content);
  const size = member.size ?? content.length;
  const packedSize = member.packedSize ?? packed.length;
  const extra = Buffer.from(member.extra ?? []);
  const localExtra = Buffer.from(member.localExtra ?? extra);
  const localName = Buffer.from(local.name ?? name);
  const numbers = (own: NonNullable<ZipMember['local']>) =>
    [
      [4, own.crc ?? crc],
      [4, own.packedSize ?? packedSize],
      [4, own.size ?? size],
    ] as const;
  const head = fields(
    [4, local.magic ?? 0x04034b50],
    [2, 20],
    [2, local.flags ?? flags],
    [2, local.method ?? method],
    [4, 0],
    ...numbers(local),
    [2, localName.length],
    [2, localExtra.length],
  );
  const after = Buffer.from(member.after ?? []);
  return {
    local: Buffer.concat([head, localName, localExtra, packed, after]),
    record: (position) =>
      Buffer.concat([
        fields(
          [4, 0x02014b50],
          [2, member.mode === undefined ? 20 : 0x0314],
          [2, 20],
          [2, flags],
          [2, method],
          [4, 0],
          ...numbers({}),
          [2, name.length],
          [2, extra.length],
          [2, 0],
          [4, 0],
          [4, ((member.mode ?? 0) * 0x10000) >>> 0],
          [4, member.position ?? position],
        ),
        name,
        extra,
      ]),
  };
}

/** A zip archive of these members. */
export function zip(members: readonly ZipMember[], parts: ZipParts = {}): Buffer {
  const before = Buffer.from(parts.before ?? []);
  const locals: Buffer[] = [];
  const records: Buffer[] = [];
  let position = before.length;
  for (const member of members) {
    const { local, record } = written(member);
    records.push(record(position));
    locals.push(local);
    position += local.length;
  }
  const between = Buffer.from(parts.between ?? []);
  const directory = Buffer.concat(records);
  const directoryPosition = position + between.length;
  const { zip64 } = parts;
  const wide = Buffer.alloc(zip64 === undefined ? 0 : 76);
  if (zip64 !== undefined) {
    const entries = zip64.entries ?? BigInt(members.length);
    const size = zip64.size ?? BigInt(directory.length);
    fields(
      [4, 0x06064b50],
      [8, zip64.recordSize ?? 44n],
      [2, 45],
      [2, 45],
      [4, 0],
      [4, 0],
      [8, entries],
      [8, entries],
      [8, size],
      [8, zip64.position ?? BigInt(directoryPosition)],
    ).copy(wide);
    fields([4, 0x07064b50], [4, 0], [8, zip64.at ?? BigInt(directoryPosition + directory.length)], [4, 1]).copy(
      wide,
      56,
    );
  }
  const comment = Buffer.from(parts.comment ?? []);
  const count = parts.entries ?? members.length;
  const end = fields(
    [4, 0x06054b50],
    [2, parts.disk ?? 0],
    [2, 0],
    [2, count],
    [2, count],
    [4, parts.directorySize ?? directory.length],
    [4, parts.directoryPosition ?? directoryPosition],
    [2, comment.length],
  );
  return Buffer.concat([before, ...locals, between, directory, wide, end, comment, Buffer.from(parts.after ?? [])]);
}
