import type { AssertedPattern } from '../manifest/index.js';

/** How much of a text a message shows. */
const SHOWN_CHARACTERS = 200;

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Text of bytes; what is not UTF-8 becomes U+FFFD. */
export function decodeText(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** A text as a message shows it, cut where it is long. */
export function showText(text: string): string {
  if (text === '') return 'nothing';
  if (text.length <= SHOWN_CHARACTERS) return JSON.stringify(text);
  return `${JSON.stringify(text.slice(0, SHOWN_CHARACTERS))}…`;
}

/** Where a pattern matches, for people: the first line that does so by itself. */
function matchOf(pattern: AssertedPattern, text: string): string {
  const lines = text.split('\n');
  const first = lines.findIndex((line) => pattern.matches(line));
  return first < 0 ? 'it' : `it in line ${first + 1}: ${showText(lines[first]!)}`;
}

export interface AssertedText {
  readonly expected: readonly AssertedPattern[];
  readonly excluded: readonly AssertedPattern[];
  /** What the text is, in messages: `stdout`; nothing where that is plain. */
  readonly of?: string;
}

/** What of a text is not as asserted: every expected pattern matches somewhere in it, and no excluded one. */
export function checkText({ expected, excluded, of }: AssertedText, text: string): readonly string[] {
  const name = of === undefined ? '' : `${of}: `;
  const missing = expected.filter((pattern) => !pattern.matches(text));
  const present = excluded.filter((pattern) => pattern.matches(text));
  return [
    ...missing.map((pattern) => `${name}expected ${JSON.stringify(pattern.text)}, found ${showText(text)}`),
    ...present.map((pattern) => `${name}expected no ${JSON.stringify(pattern.text)}, found ${matchOf(pattern, text)}`),
  ];
}
