import { describe, expect, it } from 'vitest';
import { renderCodeFrame } from '../../../src/cli/render/code-frame.js';
import { renderError } from '../../../src/cli/render/error.js';
import { errorJson } from '../../../src/cli/render/error-json.js';
import { fail, type SourceSpan } from '../../../src/errors/index.js';

function span(line: string, marked: string, number = 12): SourceSpan {
  const column = line.indexOf(marked) + 1;
  return { file: 'image.yaml', line: number, column, length: marked.length, text: line };
}

function frame(at: SourceSpan, columns = 80): string {
  return renderCodeFrame(at, { columns }).join('\n');
}

function shown(error: unknown, verbose = false): string {
  return renderError(error, { verbose, columns: 80 }).join('\n');
}

describe('a code frame', () => {
  it('marks the text with carets below it', () => {
    expect(frame(span('  entrypont: ["/x"]', 'entrypont'))).toBe(`  --> image.yaml:12:3
   |
12 |   entrypont: ["/x"]
   |   ^^^^^^^^^`);
  });

  it.each([
    ['tabs', span('\tkey:\tvalue', 'value'), ['12 |     key:    value', '   |             ^^^^^']],
    ['wide characters', span('名前: "値"', '"値"'), ['12 | 名前: "値"', '   |       ^^^^']],
    ['a CR before the line end', span('a: bc\r\n', 'bc'), ['12 | a: bc', '   |    ^^']],
    ['escape codes', span('a: \x1b[2J b', 'b'), [String.raw`12 | a: \x1b[2J b`, '   |            ^']],
    ['a mark beyond the end', { ...span('a:', 'a'), column: 3 }, ['12 | a:', '   |   ^']],
    ['a mark that is longer than the line', { ...span('abc', 'b'), length: 99 }, ['12 | abc', '   |  ^^']],
  ] as const)('stands below the text with %s', (_, at, expected) => {
    expect(frame(at).split('\n').slice(2)).toEqual(expected);
  });

  it('cuts a long line around the marked text', () => {
    const line = `start ${'a'.repeat(100)} MARK ${'b'.repeat(100)}`;
    const [, , source, carets] = frame(span(line, 'MARK'), 40).split('\n');
    expect(source).toBe(`12 | …${'a'.repeat(18)} MARK ${'b'.repeat(14)}…`);
    expect(carets!.indexOf('^')).toBe(source!.indexOf('MARK'));
  });

  it('cuts marked text that does not fit either', () => {
    const line = 'x'.repeat(300);
    for (const row of frame(span(line, line), 40).split('\n').slice(2)) expect(row.length).toBeLessThanOrEqual(45);
  });

  it('is only the place where the text of the line is not known', () => {
    expect(frame({ file: 'image.yaml', line: 1, column: 2, length: 1 })).toBe(' --> image.yaml:1:2');
  });
});

describe('an error for people', () => {
  it('has a title, its place, related places and a hint', () => {
    const error = fail('path-clash', {
      message: 'Both put "/a" there',
      at: span('  - text: b', 'text'),
      related: [{ message: 'the other input is declared here', at: span('  - text: a', 'text', 9) }],
      hint: 'Remove one.',
    });
    expect(shown(error)).toBe(`error[path-clash]: Both put "/a" there
  --> image.yaml:12:5
   |
12 |   - text: b
   |     ^^^^
note: the other input is declared here
 --> image.yaml:9:5
  |
9 |   - text: a
  |     ^^^^
  = hint: Remove one.`);
  });

  it('lists every problem of a manifest, and then how many there are', () => {
    const problems = ['a', 'b'].map((key) => fail('manifest-unknown-key', { message: `Unknown key "${key}"` }));
    expect(shown(fail('manifest-invalid', { message: 'image.yaml has 2 problems', problems }))).toBe(
      `error[manifest-unknown-key]: Unknown key "a"

error[manifest-unknown-key]: Unknown key "b"

error[manifest-invalid]: image.yaml has 2 problems`,
    );
  });

  it('shows expected and found, and the end of a log; other details where they are asked for', () => {
    const log = Array.from({ length: 25 }, (_, i) => `line ${i}`);
    const error = fail('artifact-failed', {
      message: 'It failed',
      details: { expected: 'sha256:a', found: 'sha256:b', status: 3, log: log.join('\n') },
    });
    const text = shown(error);
    expect(text).toContain('  = expected: sha256:a\n  = found:    sha256:b\n');
    expect(text).toContain('  = log (the last 20 of 25):\n    | line 5\n');
    expect(text.endsWith('    | line 24')).toBe(true);
    expect(text).not.toContain('status');
    expect(shown(error, true)).toContain('status:   3');
    expect(shown(error, true)).toContain('    | line 0\n');
  });

  it('of an artifact says where the whole log and the build directory are, and how to look around', () => {
    const details = {
      artifact: 'server',
      log: 'line 1\nline 2',
      logFile: '/c/failed/server-1/log',
      directory: '/c/failed/server-1',
      command: "bwrap --bind '/c/failed/server-1' /build sh",
    };
    expect(
      shown(fail('artifact-failed', { message: 'It failed', hint: 'Look.', details })),
    ).toBe(`error[artifact-failed]: It failed
  = log:
    | line 1
    | line 2
  = whole log:       /c/failed/server-1/log
  = build directory: /c/failed/server-1
  = to look around:  bwrap --bind '/c/failed/server-1' /build sh
  = hint: Look.`);
    expect(shown(fail('cache-failed', { message: 'No', details }))).not.toContain('failed/server-1');
  });

  it('shows what moved since a plan was saved as a table', () => {
    const moved = (what: string, expected: string, found: string) =>
      fail('plan-stale', { message: `image.yaml: ${what} is not as it was planned`, details: { expected, found } });
    const digest = (digit: string) => `sha256:${digit.repeat(64)}`;
    const problems = [moved('file ./a', digest('a'), digest('b')), moved('created', '0', 'nothing')];
    const error = fail('plan-stale', { message: '"plan.json" does not hold any more', hint: 'Plan again.', problems });
    expect(renderError(error, { verbose: false, columns: 100 }).join('\n')).toBe(
      `error[plan-stale]: "plan.json" does not hold any more
    | image.yaml: file ./a is not as it was planned  sha256:aaaaaaaaaaaa → sha256:bbbbbbbbbbbb
    | image.yaml: created is not as it was planned   0 → nothing
  = hint: Plan again.`,
    );
    const many = Array.from({ length: 14 }, () => problems[1]!);
    const long = fail('plan-stale', { message: 'No', problems: many });
    expect(shown(long)).toContain('    | … and 4 more (--verbose or --json shows all)');
    expect(shown(long, true)).not.toContain('more (--verbose');
  });

  it('neutralises what comes from outside', () => {
    const evil = '\x1b[2J';
    const error = fail('image-invalid', {
      message: evil,
      hint: evil,
      at: { ...span(`a ${evil}`, 'a'), file: evil },
      details: { expected: evil, log: [evil] },
    });
    expect(shown(error, true).replaceAll('\n', '')).not.toMatch(/[\p{Cc}]/u);
  });

  it('shows where it came from only where that is asked for', () => {
    const error = fail('cache-failed', { message: 'No', cause: new Error('disk') });
    expect(shown(error)).toBe('error[cache-failed]: No');
    expect(shown(error, true)).toContain('caused by Error: disk');
  });

  it('is a bug with its stack where nobody expected it', () => {
    const text = shown(new TypeError('x is undefined'));
    expect(text).toContain('bug: tbuild did not expect this error\n  TypeError: x is undefined\n      at ');
    expect(text).toContain('Please report it');
    expect(shown('thrown text')).toContain('  thrown text\n');
  });
});

describe('an error for programs', () => {
  it('has every member, and the exit status of the process', () => {
    const inner = fail('manifest-version', { message: 'Version' });
    const error = fail('manifest-invalid', { message: 'Bad', hint: 'Fix it', problems: [inner], details: { n: 1 } });
    expect(errorJson(error, 65)).toEqual({
      error: {
        code: 'manifest-invalid',
        summary: 'The manifest has problems',
        message: 'Bad',
        hint: 'Fix it',
        at: null,
        related: [],
        details: { n: 1 },
        exit: 65,
        problems: [
          {
            code: 'manifest-version',
            summary: 'The manifest version is not supported',
            message: 'Version',
            hint: null,
            at: null,
            related: [],
            details: {},
            problems: [],
            exit: 65,
          },
        ],
      },
    });
  });

  it('names a bug as one', () => {
    expect(errorJson(new RangeError('x'), 1).error).toMatchObject({ code: 'bug', message: 'x', exit: 1 });
  });
});
