import type { Finding } from '../../plan/index.js';
import { type Explaining, FINDINGS_MAX } from './explaining.js';
import { likelyOf, orderCause, sameSet } from './likely.js';
import { show, showPair } from './show.js';

/** So many lines ahead the two texts are looked at for where they agree again. */
const AHEAD = 100;

interface LinePair {
  /** Indexes; undefined where only the other text has the line. */
  readonly before: number | undefined;
  readonly after: number | undefined;
}

/** How many lines differ before both texts agree again, in each; undefined where that is far. */
function nextAgreement(before: readonly string[], after: readonly string[], i: number, j: number) {
  for (let distance = 1; distance <= AHEAD; distance++) {
    for (let back = 0; back <= distance; back++) {
      const [left, right] = [i + back, j + distance - back];
      const line = before[left];
      if (line === undefined || line !== after[right]) continue;
      // An empty line is everywhere.
      if (line.trim() !== '' || before[left + 1] === after[right + 1]) return { left, right };
    }
  }
  return undefined;
}

/** Lines that are not the same in both texts, those at one place together. */
function* differingLines(before: readonly string[], after: readonly string[]): Generator<LinePair> {
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      i++;
      j++;
      continue;
    }
    const next = nextAgreement(before, after, i, j) ?? {
      left: Math.min(i + 1, before.length),
      right: Math.min(j + 1, after.length),
    };
    while (i < next.left || j < next.right) {
      yield { before: i < next.left ? i++ : undefined, after: j < next.right ? j++ : undefined };
    }
  }
}

/** Where each line starts, in bytes. */
function startsOf(lines: readonly string[]): readonly number[] {
  let at = 0;
  return lines.map((line) => {
    const start = at;
    at += Buffer.byteLength(line) + 1;
    return start;
  });
}

function differingBytes(before: string, after: string): number {
  const [left, right] = [Buffer.from(before), Buffer.from(after)];
  let at = 0;
  while (at < left.length && at < right.length && left[at] === right[at]) at++;
  return at;
}

interface Texts {
  readonly texts: readonly [readonly string[], readonly string[]];
  /** Of the lines of the later one. */
  readonly starts: readonly number[];
}

function findingOf(pair: LinePair, { texts, starts }: Texts, explaining: Explaining): Finding {
  const [before, after] = [pair.before, pair.after].map((line, side) =>
    line === undefined ? undefined : texts[side as 0 | 1][line]!,
  );
  const kind = 'text';
  const line = pair.after ?? pair.before!;
  const where = `line ${line + 1}`;
  if (before === undefined)
    return { kind, where, offset: starts[line]!, before: null, after: show(after!), likely: null };
  if (after === undefined) return { kind, where, before: show(before), after: null, likely: null };
  const offset = starts[line]! + differingBytes(before, after);
  return { kind, where, offset, ...showPair(before, after), likely: likelyOf(before, after, explaining.facts) };
}

/** The same lines in another sequence: the first one that is not at its place. */
function* misplacedLine(before: readonly string[], after: readonly string[]): Generator<LinePair> {
  const at = after.findIndex((line, i) => line !== before[i]);
  yield { before: at, after: at };
}

/** Lines of two texts. */
export function explainText(before: string, after: string, explaining: Explaining): readonly Finding[] {
  const texts = [before.split('\n'), after.split('\n')] as const;
  const starts = startsOf(texts[1]);
  const isOrder = before.length === after.length && sameSet(...texts);
  const findings: Finding[] = [];
  for (const pair of isOrder ? misplacedLine(...texts) : differingLines(...texts)) {
    if (findings.length === FINDINGS_MAX) break;
    findings.push(findingOf(pair, { texts, starts }, explaining));
  }
  return isOrder ? findings.map((finding) => ({ ...finding, likely: orderCause(...texts, 'lines') })) : findings;
}
