import { describe, expect, it } from 'vitest';
import { renderFindings } from '../../../src/cli/render/findings.js';
import { renderPlan } from '../../../src/cli/render/plan.js';
import type { Finding } from '../../../src/plan/index.js';
import { fakeDigest, layer, plan, platformPlan, serverChanged } from '../support/plans.js';

const builtAt: Finding = {
  kind: 'elf',
  where: 'section .rodata',
  offset: 8208,
  before: 'Nov 24 2026',
  after: 'Nov 25 2026',
  likely: { kind: 'time', text: 'the time of the build is written into it' },
};
const line: Finding = { kind: 'text', where: 'line 12', before: null, after: 'x', likely: null };

function shown(findings: readonly Finding[] | undefined, verbose = false): string {
  return renderFindings(findings, { verbose }).join('\n').replace(/ +$/gm, '');
}

describe('what differs inside a file', () => {
  it('is said with its place, its offset, both sides and the likely cause', () => {
    expect(shown([builtAt, line])).toBe(
      `section .rodata, byte 8208  Nov 24 2026 → Nov 25 2026  the time of the build is written into it
line 12                     nothing → x`,
    );
    expect(shown(undefined)).toBe('');
  });

  it('is cut, and whole where everything is asked for', () => {
    const long = { ...line, after: fakeDigest('a') + 'b'.repeat(200) };
    const many = Array.from({ length: 14 }, () => long);
    expect(shown(many)).toContain('…\n… and 4 more (--verbose or --json shows all)');
    expect(shown(many, true).split('\n')).toHaveLength(14);
    expect(shown(many, true)).toContain('b'.repeat(200));
  });

  it('stands below the entry in a plan', () => {
    const changes = [{ ...serverChanged, findings: [builtAt, line] }, serverChanged];
    const value = plan({
      platforms: [platformPlan({ base: null, layers: [layer('app', { status: 'changed', changes })] })],
    });
    const rows = renderPlan(value, { verbose: false }).map((row) => row.toString().trimEnd());
    expect(rows.slice(2, 6)).toEqual([
      '      ~ /usr/bin/server  sha256:aaaaaaaaaaaa → sha256:bbbbbbbbbbbb  artifact server: cmd/server/main.go changed',
      '          section .rodata, byte 8208  Nov 24 2026 → Nov 25 2026  the time of the build is written into it',
      '          line 12                     nothing → x',
      '      ~ /usr/bin/server  sha256:aaaaaaaaaaaa → sha256:bbbbbbbbbbbb  artifact server: cmd/server/main.go changed',
    ]);
  });

  it('cannot be used to send escape codes to the terminal', () => {
    const evil = '\x1b[2J\r\n';
    const finding: Finding = {
      ...builtAt,
      where: evil,
      before: evil,
      after: evil,
      likely: { kind: 'path', text: evil },
    };
    expect(shown([finding], true)).not.toMatch(/[\p{Cc}]/u);
  });
});

describe('an artifact of a plan', () => {
  const artifact = { name: 'server', status: 'cached' as const, key: null, changes: [] };
  const rowOf = (sandbox: { level: 'strict' | 'relaxed'; reason?: string }, verbose: boolean) => {
    const value = plan({
      platforms: [platformPlan({ base: null, artifacts: [{ ...artifact, sandbox }], layers: [] })],
    });
    return renderPlan(value, { verbose })[1]!.toString();
  };

  it('that is in the cache tells its sandbox only where everything is asked for', () => {
    expect(rowOf({ level: 'strict' }, false)).toBe('  = artifact server  cached');
    expect(rowOf({ level: 'strict' }, true)).toBe('  = artifact server  cached, strict sandbox');
    expect(rowOf({ level: 'relaxed' }, true)).toBe('  = artifact server  cached, relaxed sandbox');
    expect(rowOf({ level: 'relaxed', reason: 'no bwrap' }, true)).toBe(
      '  = artifact server  cached, relaxed sandbox: no bwrap',
    );
  });
});
