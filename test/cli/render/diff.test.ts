import { describe, expect, it } from 'vitest';
import { renderDiff } from '../../../src/cli/render/diff.js';
import type { Difference, DiffResult } from '../../../src/operations/index.js';
import { fakeDigest, place } from '../support/plans.js';

const server: Difference = {
  where: 'layer app (linux/amd64)',
  path: '/usr/bin/server',
  expected: `file 0755 0:0 ${fakeDigest('a')}`,
  found: `file 0750 0:0 ${fakeDigest('b')}`,
  cause: 'cmd/main.go changed.',
  at: place(12),
  findings: [
    {
      kind: 'elf',
      where: 'section .rodata',
      offset: 16,
      before: '2026-11-24',
      after: '2026-11-25',
      likely: { kind: 'time', text: 'a date is written into it' },
    },
  ],
};
const port: Difference = {
  where: 'config (linux/amd64)',
  path: 'env.PORT',
  expected: '"80 80"',
  found: '"80 90"',
  cause: 'The value is another.',
};
const motd: Difference = {
  ...{ where: server.where, path: '/etc/motd', expected: 'absent', found: `file 0644 0:0 ${fakeDigest('c')}` },
  cause: 'It is new.',
};
const gone: Difference = {
  ...motd,
  path: '/etc/old',
  expected: 'symlink 0777 0:0 -> a',
  found: 'absent',
  cause: 'Gone.',
};
const whole: Difference = { where: 'index', expected: fakeDigest('1'), found: fakeDigest('2'), cause: 'Other order.' };

function result(differences: readonly Difference[]): DiffResult {
  return {
    before: { reference: 'oci:a', digest: fakeDigest('1') },
    after: { reference: 'docker://b/c:1', digest: fakeDigest(differences.length === 0 ? '1' : '2') },
    isSame: differences.length === 0,
    differences,
  };
}

function shown(differences: readonly Difference[], view: { verbose: boolean; columns?: number } = { verbose: false }) {
  return renderDiff(result(differences), view)
    .map((line) => line.toString().trimEnd())
    .join('\n');
}

describe('the difference of two images', () => {
  it('is a tree by place, each line with both sides and the likely cause', () => {
    expect(shown([server, motd, port, gone, whole])).toBe(`before  ${fakeDigest('1')}  oci:a
after   ${fakeDigest('2')}  docker://b/c:1

layer app (linux/amd64)
  ~ /usr/bin/server  0755 sha256:aaaaaaaaaaaa → 0750 sha256:bbbbbbbbbbbb  cmd/main.go changed.  image.yaml:12
      section .rodata, byte 16  2026-11-24 → 2026-11-25  a date is written into it
  + /etc/motd        file 0644 0:0 sha256:cccccccccccc                    It is new.
  - /etc/old         symlink 0777 0:0 -> a                                Gone.
config (linux/amd64)
  ~ env.PORT  "80 80" → "80 90"  The value is another.
index
  ~ sha256:111111111111 → sha256:222222222222  Other order.

Different: 5 differences in 3 places.`);
  });

  it('is one line where there is none', () => {
    expect(shown([])).toBe(`Same. Both are ${fakeDigest('1')}`);
  });

  it('is cut place by place, and whole where everything is asked for', () => {
    const many = Array.from({ length: 14 }, (_, i) => ({ ...motd, path: `/${i}` }));
    expect(shown(many)).toContain('\n  … and 4 more (--verbose or --json shows all)\n');
    expect(shown(many, { verbose: true })).toContain(`+ /13  file 0644 0:0 ${fakeDigest('c')}`);
    expect(shown([server], { verbose: true })).toContain(`file 0755 0:0 ${fakeDigest('a')} → file 0750 0:0`);
  });

  it('fits a terminal', () => {
    const lines = shown([{ ...server, cause: 'A long reason that takes its room, too.' }], {
      verbose: false,
      columns: 60,
    });
    expect(lines).toContain(
      '  ~ /usr/bin/server\n    0755 sha256:aaaaaaaaaaaa → 0750 sha256:bbbbbbbbbbbb\n    A long reason',
    );
  });
});
