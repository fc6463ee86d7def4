import type { Complaint } from '../complaint.js';
import { PatternMachine } from './pattern-machine.js';
import { compileProgram } from './pattern-program.js';
import { PatternRefusal, parsePatternSyntax } from './pattern-syntax.js';

/** A regular expression that takes no more time than its length times that of the text. */
export interface TextPattern {
  /** As written. */
  readonly text: string;
  /** True where something in the text matches. */
  matches(text: string): boolean;
}

/** What other regular expressions have, and how it is written here. */
const HINTS: readonly (readonly [notation: RegExp, hint: string])[] = [
  [/\\[AzZ]/, 'Write ^ and $ for the beginning and end of the text.'],
  [/\[:\^?[a-z]+:\]/, 'Write [a-z], \\d, \\w, \\s or \\p{L} for characters of a kind.'],
  [/\(\?P?<(?![=!])/, 'A group needs no name: write "(…)".'],
  [
    /\\[^\w^$\\.*+?()[\]{}|/]/,
    'Write a backslash only where what follows has a meaning: ^ $ \\ . * + ? ( ) [ ] { } | /.',
  ],
];

/**
 * A regular expression with the syntax and the meaning that JavaScript gives it with the flag `u`, perhaps with further
 * flags in front (`(?im)`), or why it cannot be used. References to groups and looking around are refused: they cannot be
 * matched in bounded time.
 */
export function parseTextPattern(text: string): TextPattern | Complaint {
  try {
    const { node, flags } = parsePatternSyntax(text);
    const machine = new PatternMachine(compileProgram(node), flags);
    return { text, matches: (searched) => machine.finds(searched) };
  } catch (error) {
    if (!(error instanceof PatternRefusal)) throw error;
    return { reason: error.message, hint: HINTS.find(([notation]) => notation.test(text))?.[1] };
  }
}
