import { describe, expect, it } from 'vitest';
import { archive, block, content, END, failureOf, inPieces, LIMITS, meta, pax, readAll } from './support.js';

const RULES = { ...LIMITS, isLayer: true };
const file = (name: string) => Buffer.concat([block({ name, size: 3 }), content('abc')]);

const paths = async (bytes: Uint8Array) => (await readAll(inPieces(bytes, 100), RULES)).map((read) => read.member.path);

describe('the tar of a layer', () => {
  const accepted: readonly [string, Buffer, readonly string[]][] = [
    ['a root of the name that umoci gives it', archive(block({ name: '/', type: '5' }), file('a')), ['a']],
    ['names from the root', archive(file('/etc/a'), file('//b')), ['etc/a', 'b']],
    ['a long name from the root', archive(pax(['path', '/etc/a']), file('x')), ['etc/a']],
  ];
  it.each(accepted)('may have %s', async (_title, bytes, expected) => {
    expect(await paths(bytes)).toEqual(expected);
    expect(await failureOf(readAll([bytes]))).toMatchObject({ code: 'archive-ambiguous' });
  });

  it('may have a hard link to a name from the root', async () => {
    const [, link] = await readAll([archive(file('etc/a'), block({ name: '/b', type: '1', link: '/etc/a' }))], RULES);
    expect(link?.member).toMatchObject({ path: 'b', linkTarget: 'etc/a' });
  });

  const refused: readonly [string, Buffer, string][] = [
    ['no zero blocks', file('a'), 'ends without the two zero blocks'],
    [
      'no zero blocks and no padding',
      Buffer.concat([file('a'), file('b').subarray(0, 515)]),
      'is cut off in its content',
    ],
    ['nothing', Buffer.alloc(0), 'ends without the two zero blocks'],
    ['one zero block', Buffer.concat([file('a'), END.subarray(0, 512)]), 'has a single zero block'],
    ['half a content', file('a').subarray(0, 514), 'is cut off in its content'],
    ['half a header', Buffer.concat([file('a'), file('b').subarray(0, 300)]), 'is cut off in a header'],
    ['a header without its member', pax(['path', 'a']), 'ends without'],
    ['a long name without its member', meta('L', 'a\0'), 'ends without'],
    ['one name in two forms', archive(file('a'), file('/a')), 'has a name that an earlier member has'],
    ['a name out of the root', archive(file('/../a')), 'has a name with ".." in it'],
    ['a root that is a file', archive(file('//')), 'is a file'],
  ];
  it.each(refused)('may not have %s', async (_title, bytes, problem) => {
    const error = await failureOf(readAll([bytes], RULES));
    expect(error).toMatchObject({ code: 'archive-ambiguous', message: expect.stringContaining(problem) });
  });
});
