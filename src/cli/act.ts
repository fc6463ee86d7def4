import type { Command } from 'commander';
import type { Context } from './context.js';

/** What a command does: its options and arguments, parsed → exit status. */
export type Handler<Options, Args extends readonly unknown[]> = (
  context: Context,
  options: Options,
  ...args: Args
) => Promise<number>;

/** Turns a handler into what commander calls. */
export type Act = <Options, Args extends readonly unknown[]>(
  handler: Handler<Options, Args>,
) => (this: Command) => Promise<void>;

/** Adds a command to the program. */
export type DefineCommand = (program: Command, act: Act) => void;

/** Text after the options of a command: examples, and what else is worth knowing. */
export function examples(lines: readonly (readonly [command: string, meaning: string])[]): string {
  const width = Math.max(...lines.map(([command]) => command.length));
  return `\nExamples:\n${lines.map(([command, meaning]) => `  ${command.padEnd(width)}  ${meaning}`).join('\n')}\n`;
}
