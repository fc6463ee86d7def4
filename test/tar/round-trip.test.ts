import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyName, contents, printableName } from './arbitrary.js';
import { inPieces, readAll, write } from './support.js';
import { readWithTarStream } from './tar-stream.js';

describe('what is written reads back', () => {
  it.each([
    ['names of any characters', anyName],
    ['names that print', printableName],
  ])('by our own reader, with %s, whatever the chunks', async (_, name) => {
    await fc.assert(
      fc.asyncProperty(contents(name), fc.integer({ min: 1, max: 3000 }), async (members, pieceBytes) => {
        const found = await readAll(inPieces(await write(members), pieceBytes));
        expect(found.map(({ member, body }) => ({ member, body }))).toEqual(members);
      }),
      { numRuns: 300 },
    );
  });

  it('by tar-stream', async () => {
    await fc.assert(
      fc.asyncProperty(contents(anyName), async (members) => {
        const expected = members.map(({ member: { path, kind, mode, size, linkTarget }, body }) => {
          return { path, kind, mode, size, linkTarget, body };
        });
        expect(await readWithTarStream(await write(members))).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });
});
