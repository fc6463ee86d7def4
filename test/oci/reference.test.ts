import { describe, expect, it } from 'vitest';
import { TbuildError } from '../../src/errors/index.js';
import { parseReference, renderReference } from '../../src/oci/index.js';

const failure = (text: string): unknown => {
  try {
    return parseReference(text);
  } catch (error) {
    return error;
  }
};

describe('a reference', () => {
  const good: readonly [string, string, string | undefined][] = [
    ['oci:dir', 'dir', undefined],
    ['oci:dir:v1', 'dir', 'v1'],
    ['oci:a:b:c', 'a:b', 'c'],
    ['oci:a:b/c', 'a:b/c', undefined],
    ['oci-archive:x y/ü.tar:_1.0-a', 'x y/ü.tar', '_1.0-a'],
    ['oci:user@host', 'user@host', undefined],
  ];
  it.each(good)('%s has a path and perhaps a tag', (text, path, tag) => {
    const reference = parseReference(text);
    expect([reference.path, reference.tag]).toEqual([path, tag]);
    expect(renderReference(reference)).toBe(text);
  });

  const bad: readonly [string, string][] = [
    ['dir', 'names no transport'],
    ['docker://alpine', 'not supported yet'],
    ['oci:', 'names no path'],
    ['oci::v1', 'names no path'],
    ['oci:a\0b', 'names no path'],
    ['oci:dir:.x', 'is not a tag'],
    ['oci:dir:', 'is not a tag'],
    [`oci:dir@sha256:${'a'.repeat(64)}`, 'by its digest'],
    [`oci:dir:v1@sha256:${'a'.repeat(64)}`, 'by its digest'],
  ];
  it.each(bad)('%j is refused', (text, problem) => {
    const error = failure(text);
    expect(error).toBeInstanceOf(TbuildError);
    expect(error).toMatchObject({ code: 'reference-invalid', message: expect.stringContaining(problem) });
  });
});
