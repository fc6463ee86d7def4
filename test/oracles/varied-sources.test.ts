import { chmodSync, linkSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { digestsOf, filesIn } from '../support/sources.js';
import { useVariations } from '../support/variations.js';

const variations = useVariations();

describe('the state of the sources', () => {
  it.each([
    ['a time before 1970', -86_400],
    ['a time to come', 4_000_000_000],
  ])('never changes a digest: files have %s', (_, seconds) =>
    variations.expectSame({}, ({ sources }) => {
      for (const [index, path] of filesIn(sources).entries()) utimesSync(path, seconds + index, seconds + index);
    }),
  );

  it.each([
    ['0600 and 0700', 0o600, 0o700],
    ['0664 and 0775', 0o664, 0o775],
    ['0400 and 0500', 0o400, 0o500],
  ])('never changes a digest: files and programs have the modes %s', (_, plain, executable) =>
    variations.expectSame({}, ({ sources }) => {
      for (const path of filesIn(sources)) chmodSync(path, statSync(path).mode & 0o100 ? executable : plain);
    }),
  );

  it('never changes a digest: files are hard links', () =>
    variations.expectSame({}, ({ directory, sources }) => {
      for (const [index, path] of filesIn(sources).entries()) linkSync(path, join(directory, `link-${index}`));
    }));

  it.each<[string, (path: string, sources: string) => string]>([
    ['by a relative path', (path, sources) => `./${relative(sources, path)}`],
    ['as the file', (path) => join(path, 'image.yaml')],
    ['through a symlink', (path, sources) => path.replace(sources, `${sources}-link`)],
  ])('never changes a digest: image.yaml is named %s', async (_, nameOf) => {
    const { directory, sources, cache } = variations.freshPlace();
    symlinkSync(sources, `${sources}-link`);
    const builder = { cwd: sources, nameOf: (path: string) => nameOf(path, sources) };
    expect(await digestsOf(sources, cache, builder)).toEqual(variations.expected);
    rmSync(directory, { recursive: true });
  });
});

/** The keys of every mapping in the opposite order. */
function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, item]) => [key, reversed(item)]),
  );
}

describe('the style of image.yaml', () => {
  it.each<[string, (text: string) => string]>([
    ['as one line of JSON, keys in the opposite order', (text) => JSON.stringify(reversed(parse(text)))],
    [
      'with comments, blank lines, and the line ends of Windows',
      (text) => text.replace(/^(?=\S)/gm, '# a comment\n\n').replace(/\n/g, '\r\n'),
    ],
    ['with a byte order mark and the marks of a document', (text) => `\ufeff---\n${text}...\n`],
  ])('never changes a digest: it is written %s', (_, restyle) =>
    variations.expectSame({}, ({ sources }) => {
      for (const path of filesIn(sources).filter((file) => basename(file) === 'image.yaml')) {
        writeFileSync(path, restyle(readFileSync(path, 'utf8')));
      }
    }),
  );
});
