import { describe, expect, it } from 'vitest';
import { ArtifactLines } from '../../../src/cli/progress/artifact-lines.js';
import { LiveProgress } from '../../../src/cli/progress/live-progress.js';
import { PlainProgress } from '../../../src/cli/progress/plain-progress.js';
import type { Progress, ProgressScreen } from '../../../src/cli/progress/progress.js';
import { text } from '../../../src/cli/render/text.js';
import type { BuildEvent } from '../../../src/operations/index.js';

/** A screen with a clock that only moves when told; its timer ticks on the way. */
class FakeScreen implements ProgressScreen {
  columns = 60;
  rows = 24;
  output = '';
  #now = 0;
  #timer: { intervalMs: number; tick: () => void; nextMs: number } | undefined;

  write(text: string): void {
    this.output += text;
  }

  paint(line: { toString(): string }): string {
    return line.toString();
  }

  monotonic(): number {
    return this.#now;
  }

  every(intervalMs: number, tick: () => void): () => void {
    this.#timer = { intervalMs, tick, nextMs: intervalMs };
    return () => {
      this.#timer = undefined;
    };
  }

  pass(ms: number): void {
    const end = this.#now + ms;
    while (this.#timer !== undefined && this.#timer.nextMs <= end) {
      this.#now = this.#timer.nextMs;
      this.#timer.nextMs += this.#timer.intervalMs;
      this.#timer.tick();
    }
    this.#now = end;
  }

  /** Moves the clock as work does that gives the timer no turn. */
  block(ms: number): void {
    this.#now += ms;
  }

  /** What the terminal shows: the erasing of lines is carried out. */
  get shown(): string[] {
    const lines: string[] = [''];
    for (const part of this.output.split(/(\x1b\[\d+A\r\x1b\[J|\n)/)) {
      const up = /^\x1b\[(\d+)A/.exec(part)?.[1];
      if (up !== undefined) {
        lines.splice(lines.length - 1 - Number(up));
        lines.push('');
      } else if (part === '\n') lines.push('');
      else lines[lines.length - 1] += part;
    }
    return lines.slice(0, -1);
  }
}

const started = (id: number, title: string, totals: object = {}): BuildEvent => ({
  kind: 'step-started',
  id,
  title,
  ...totals,
});
const progressed = (id: number, bytes: number, files: number): BuildEvent => ({
  kind: 'step-progress',
  id,
  bytes,
  files,
});
const ended = (id: number, outcome: 'done' | 'cached' | 'failed' = 'done'): BuildEvent => ({
  kind: 'step-ended',
  id,
  outcome,
});
const output = (text: string): BuildEvent => ({
  kind: 'artifact-output',
  artifact: 'server',
  file: 'image.yaml',
  chunk: Buffer.from(text),
});

function start<T extends Progress>(kind: new (screen: ProgressScreen) => T): { screen: FakeScreen; progress: T } {
  const screen = new FakeScreen();
  return { screen, progress: new kind(screen) };
}

describe('progress in a log', () => {
  it('says nothing about a step of less than a second', () => {
    const { screen, progress } = start(PlainProgress);
    progress.report(started(1, 'layer app'));
    screen.pass(900);
    progress.report(ended(1));
    progress.end();
    expect(screen.output).toBe('');
  });

  it('says when a longer step runs, every ten seconds how far it is, and when it ended', () => {
    const { screen, progress } = start(PlainProgress);
    progress.report(started(1, 'layer app', { totalBytes: 40_000_000 }));
    screen.pass(2_000);
    progress.report(progressed(1, 10_000_000, 3));
    screen.pass(19_500);
    progress.report(ended(1));
    progress.end();
    expect(screen.output.split('\n')).toEqual([
      'layer app …',
      'layer app: 3 files, 10.0 MB of 40.0 MB, 909.1 kB/s, 33 s left',
      'layer app: 3 files, 10.0 MB of 40.0 MB, 476.2 kB/s, 1 min 03 s left',
      'layer app: done after 22 s',
      '',
    ]);
  });

  it('counts blobs where these are what moves', () => {
    const { screen, progress } = start(PlainProgress);
    progress.report(started(1, 'push', { totalBytes: 40_000_000, totalFiles: 5, unit: 'blob' }));
    screen.pass(2_000);
    progress.report(progressed(1, 10_000_000, 2));
    screen.pass(9_500);
    expect(screen.output).toContain('push: 2 of 5 blobs, 10.0 MB of 40.0 MB');
  });

  it('does not need the timer while work reports', () => {
    const { screen, progress } = start(PlainProgress);
    progress.report(started(1, 'inputs'));
    screen.block(1_500);
    progress.report(progressed(1, 0, 7));
    screen.block(10_000);
    progress.report(progressed(1, 0, 9));
    progress.report(ended(1, 'failed'));
    expect(screen.output).toBe('inputs …\ninputs: 9 files, 12 s\ninputs: failed after 12 s\n');
  });

  it("passes on the lines of an artifact's command", () => {
    const { screen, progress } = start(PlainProgress);
    progress.report(output('compiling\nlin'));
    expect(screen.output).toBe('server | compiling\n');
    progress.report(output('king\nrest'));
    progress.end();
    expect(screen.output).toBe('server | compiling\nserver | linking\nserver | rest\n');
  });
});

describe('progress on a terminal', () => {
  it('redraws the running steps in place, and leaves nothing behind', () => {
    const { screen, progress } = start(LiveProgress);
    progress.report(started(1, 'layer deps', { totalFiles: 812 }));
    progress.report(started(2, 'layer app', { totalBytes: 40_000_000 }));
    progress.report(progressed(1, 0, 203));
    screen.pass(1_000);
    progress.report(progressed(2, 10_000_000, 0));
    screen.pass(1_000);
    expect(screen.shown.map((line) => line.slice(2))).toEqual([
      'layer deps  203 of 812 files  6.0 s left',
      'layer app  10.0 MB of 40.0 MB  5.0 MB/s  6.0 s left',
    ]);
    progress.report(ended(1));
    screen.pass(100);
    expect(screen.shown).toHaveLength(1);
    progress.report(ended(2));
    progress.end();
    expect(screen.shown).toEqual([]);
  });

  it('draws nothing for work that is over at once', () => {
    const { screen, progress } = start(LiveProgress);
    progress.report(started(1, 'layer app'));
    screen.pass(150);
    progress.report(ended(1));
    screen.pass(150);
    progress.end();
    expect(screen.output).toBe('');
  });

  it('shows every step that runs, while several artifacts write', () => {
    const { screen, progress } = start(LiveProgress);
    progress.report(started(1, 'artifact server'));
    progress.report(started(2, 'artifact web'));
    screen.pass(400);
    progress.report(output('compiling\n'));
    progress.report({ ...output('bundling\n'), artifact: 'web' } as BuildEvent);
    expect(screen.shown.map((line) => line.replace(/^[^a-z]*| *[\d.]* s$/g, ''))).toEqual([
      'server | compiling',
      'web    | bundling',
      'artifact server  ',
      'artifact web  ',
    ]);
    progress.end();
    expect(screen.shown).toEqual(['server | compiling', 'web    | bundling']);
  });

  it('puts the output of artifacts above the running steps', () => {
    const { screen, progress } = start(LiveProgress);
    progress.report(started(1, 'artifact server'));
    screen.pass(300);
    progress.report(output('one\n'));
    progress.report(output('two\nthree'));
    expect(screen.shown.map((line) => line.replace(/^\P{ASCII} /u, ''))).toEqual([
      'server | one',
      'server | two',
      'artifact server  ',
    ]);
    progress.end();
    expect(screen.shown).toEqual(['server | one', 'server | two', 'server | three']);
  });

  it('puts what has to be seen above the running steps', () => {
    const { screen, progress } = start(LiveProgress);
    progress.report(started(1, 'push'));
    screen.pass(300);
    progress.print([text`auth: asked the helper`]);
    expect(screen.shown.map((line) => line.replace(/^\P{ASCII} /u, ''))).toEqual(['auth: asked the helper', 'push  ']);
    progress.end();
    expect(screen.shown).toEqual(['auth: asked the helper']);
  });

  it('never draws a line that would wrap, nor more lines than the terminal has', () => {
    const { screen, progress } = start(LiveProgress);
    screen.rows = 6;
    screen.columns = 30;
    for (let id = 0; id < 20; id++) progress.report(started(id, `layer ${'x'.repeat(50)}`));
    screen.pass(300);
    expect(screen.shown).toHaveLength(4);
    for (const line of screen.shown) expect(line.length).toBeLessThan(30);
    expect(screen.shown.at(-1)).toBe('  … and 17 more');
  });

  it('redraws at most about a dozen times a second, however often work reports', () => {
    const { screen, progress } = start(LiveProgress);
    progress.report(started(1, 'inputs'));
    for (let i = 0; i < 1_000; i++) {
      screen.block(1);
      progress.report(progressed(1, i, i));
    }
    expect(screen.output.split('\n').length).toBeLessThan(14);
  });
});

describe("the output of an artifact's command", () => {
  const piece = (artifact: string, chunk: Uint8Array, file = 'image.yaml') => ({ artifact, file, chunk });
  const lines = (chunks: readonly Uint8Array[]): string[] => {
    const cutter = new ArtifactLines();
    return [...chunks.flatMap((chunk) => cutter.push(piece('a', chunk))), ...cutter.flush()].map(String);
  };

  it.each([
    ['a character cut in two', [Buffer.from([0xc3]), Buffer.from([0xa9, 0x0a])], ['a | é']],
    ['CRLF, also cut in two', [Buffer.from('x\r'), Buffer.from('\ny\r\n')], ['a | x', 'a | y']],
    ['a progress bar with carriage returns', [Buffer.from('1%\r2%\r\n')], ['a | 1%', 'a | 2%']],
    ['colour and cursor movements', [Buffer.from('\x1b[31mred\x1b[0m\x1b[2K\n')], ['a | red']],
    ['what is no known escape code', [Buffer.from('bell\x07\n')], [String.raw`a | bell\x07`]],
    ['bytes that are not UTF-8', [Buffer.from([0xff, 0x0a])], ['a | \ufffd']],
    ['no output', [Buffer.from('')], []],
  ] as const)('is shown as lines: %s', (_, chunks, expected) => {
    expect(lines(chunks)).toEqual(expected);
  });

  it('names its artifact in every line, in one column for all that run at the same time', () => {
    const cutter = new ArtifactLines();
    const push = (artifact: string, text: string) => cutter.push(piece(artifact, Buffer.from(text))).map(String);
    expect(push('web', 'half a ')).toEqual([]);
    expect(push('server', 'one\ntw')).toEqual(['server | one']);
    expect(push('web', 'line\n')).toEqual(['web    | half a line']);
    expect(cutter.flush().map(String)).toEqual(['server | tw']);
  });

  it('is kept apart from that of an artifact of another image with the same name', () => {
    const cutter = new ArtifactLines();
    const push = (file: string, text: string) => cutter.push(piece('app', Buffer.from(text), file)).map(String);
    expect(push('a/image.yaml', 'half a ')).toEqual([]);
    expect(push('b/image.yaml', 'other\n')).toEqual(['app of b/image.yaml | other']);
    expect(push('a/image.yaml', 'line\n')).toEqual(['app                 | half a line']);
  });

  it('has another colour for the next artifact', () => {
    const cutter = new ArtifactLines();
    const styleOf = (artifact: string) =>
      cutter.push(piece(artifact, Buffer.from('x\n')))[0]!.render((style, text) => `${style}:${text}`);
    expect([styleOf('a'), styleOf('b'), styleOf('a')]).toEqual([
      'cyan:a dim:| x',
      'yellow:b dim:| x',
      'cyan:a dim:| x',
    ]);
  });

  it('is cut where it has no line ends', () => {
    expect(lines([Buffer.alloc(65_000, 'x'), Buffer.alloc(65_000, 'x'), Buffer.from('y\n')])).toHaveLength(2);
  });
});
