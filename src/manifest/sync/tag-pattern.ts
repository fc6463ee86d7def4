import type { Complaint } from '../complaint.js';
import { compileProgram, runProgram } from './pattern-program.js';
import { PatternRefusal, parsePatternSyntax } from './pattern-syntax.js';

/** A regular expression for tags that takes no more time than its length times that of the tag. */
export interface TagPattern {
  /** As written. */
  readonly text: string;
  /** True where something in the tag matches. */
  matches(tag: string): boolean;
}

/**
 * A regular expression with the syntax and the meaning that JavaScript gives it with the flag `u`, or why it cannot be
 * used. References to groups and looking around are refused: they cannot be matched in bounded time.
 */
export function parseTagPattern(text: string): TagPattern | Complaint {
  try {
    const program = compileProgram(parsePatternSyntax(text));
    return { text, matches: (tag) => runProgram(program, tag) };
  } catch (error) {
    if (!(error instanceof PatternRefusal)) throw error;
    return { reason: error.message };
  }
}
