/** The defaults of zlib and pako, written out because the bytes depend on them. */
export const DEFLATE_PARAMETERS = { windowBits: 15, memLevel: 8, strategy: 0 } as const;

/** Output space that any block fits in at once, so that no result can depend on where the output is cut. */
export function deflateSpace(block: Uint8Array): number {
  return block.length + (block.length >> 3) + 1024;
}
