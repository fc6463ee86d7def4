import { describe, expect, it } from 'vitest';
import { renderSkipped } from '../../../src/cli/render/assertions.js';
import { renderVerify } from '../../../src/cli/render/verify.js';
import type { AssertionResult, VariationResult, VerifyResult } from '../../../src/operations/index.js';
import { fakeDigest, place } from '../support/plans.js';

const good: VerifyResult = {
  reproducible: true,
  expected: fakeDigest('1'),
  found: fakeDigest('1'),
  against: 'the last apply',
  differences: [],
  assertions: [],
};

function shown(more: Partial<VerifyResult>): string {
  return renderVerify({ ...good, ...more }, { verbose: false })
    .map((line) => line.toString().trimEnd())
    .join('\n');
}

const tried: VariationResult = {
  artifact: 'server',
  platform: 'linux/amd64',
  variation: 'time',
  outcome: 'same',
  isHeld: false,
  differences: [],
};

const inServer = {
  where: 'artifact server (linux/amd64)',
  path: '/server',
  expected: fakeDigest('a'),
  found: fakeDigest('b'),
  cause: 'Its command is not reproducible.',
  findings: [
    {
      kind: 'elf' as const,
      where: 'section .rodata',
      offset: 16,
      before: 'Nov 24',
      after: 'Jan  1',
      likely: { kind: 'time' as const, text: 'a date is written into it' },
    },
  ],
};

describe('what verify found', () => {
  it('has what differs inside of files below each difference', () => {
    const lines = shown({ reproducible: false, found: fakeDigest('2'), differences: [inServer] });
    expect(lines).toContain(`The only difference:
  artifact server (linux/amd64)  /server
    expected  ${fakeDigest('a')}
    found     ${fakeDigest('b')}
    cause     Its command is not reproducible.
      section .rodata, byte 16  Nov 24 → Jan  1  a date is written into it`);
  });

  it('says a reason once: what the cause names already is not said again inside of the file', () => {
    const cause = 'Its command is not reproducible: a date is written into it (section .rodata, byte 16).';
    const lines = shown({ reproducible: false, found: fakeDigest('2'), differences: [{ ...inServer, cause }] });
    expect(lines).toContain(`    cause     ${cause}
      section .rodata, byte 16  Nov 24 → Jan  1`);
    expect(lines.split('a date is written into it')).toHaveLength(2);
  });

  it('says what was taken from the image', () => {
    const taken = ['layer app (linux/amd64): files ./src', 'layer app (linux/amd64): artifact server'];
    expect(shown({ against: 'docker://a/b:1', taken })).toBe(`reproducible: ${fakeDigest('1')} = docker://a/b:1
Taken from the image, since only its repository has the source: 2 contents
  layer app (linux/amd64): files ./src
  layer app (linux/amd64): artifact server`);
    expect(shown({ taken: [] })).not.toContain('Taken');
  });

  const assertion = (what: string, more: Partial<AssertionResult>): AssertionResult => ({
    ...{ what, platform: 'linux/amd64', outcome: 'holds', at: place(40) },
    ...more,
  });
  const assertions = [
    assertion('files /a', {}),
    assertion('contents /etc/motd', { outcome: 'fails', message: 'expected "hello", found "bye"', at: place(44) }),
    assertion('command version', { outcome: 'skipped', message: 'no runtime was found', at: place(50) }),
  ];

  it('names each assertion that fails, with its place', () => {
    expect(shown({ assertions })).toBe(`reproducible: ${fakeDigest('1')} = the last apply
not as image.yaml asserts (1 assertion)
  - contents /etc/motd (linux/amd64): expected "hello", found "bye"  image.yaml:44`);
  });

  it('notes each assertion that nobody could look at', () => {
    expect(renderSkipped(assertions).join('\n')).toBe(
      'note: not looked at: command version (linux/amd64): no runtime was found  image.yaml:50',
    );
  });

  it('has a table of artifacts and variations, what an output depends on, and what was not tried', () => {
    const variations: VariationResult[] = [
      { ...tried, outcome: 'differs', differences: [inServer] },
      { ...tried, variation: 'none' },
      { ...tried, variation: 'path', outcome: 'differs', isHeld: true, differences: [] },
      { ...tried, variation: 'cpus', outcome: 'unavailable', reason: 'taskset is not installed' },
      { ...tried, variation: 'locale', outcome: 'unavailable', reason: 'taskset is not installed' },
      { ...tried, artifact: 'web-assets', platform: 'linux/arm64' },
      {
        ...tried,
        artifact: 'web-assets',
        platform: 'linux/arm64',
        variation: 'cpus',
        outcome: 'unavailable',
        reason: 'taskset is not installed',
      },
    ];
    expect(shown({ variations })).toBe(`reproducible: ${fakeDigest('1')} = the last apply

artifact                  once more  time     path           cpus       locale
server (linux/amd64)      same       differs  differs, held  not tried  not tried
web-assets (linux/arm64)  -          same     -              not tried  -
server (linux/amd64) depends on the time
  artifact server (linux/amd64)  /server
    expected  ${fakeDigest('a')}
    found     ${fakeDigest('b')}
    cause     Its command is not reproducible.
      section .rodata, byte 16  Nov 24 → Jan  1  a date is written into it
server (linux/amd64) depends on the directory that it is built in, which tbuild holds fixed: no build of it differs by this
not tried: cpus, locale: taskset is not installed`);
  });

  it('says so where there is nothing to vary', () => {
    expect(shown({ variations: [] })).toContain('\n\nThere is no artifact to vary.');
  });
});
