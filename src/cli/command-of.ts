import { Command } from 'commander';
import { addGlobalOptions } from './global-options.js';

/** Options of every command that take their value from the next argument. */
function optionsWithValue(): ReadonlySet<string | undefined> {
  const program = new Command();
  addGlobalOptions(program);
  return new Set(program.options.filter(({ required }) => required).flatMap(({ short, long }) => [short, long]));
}

/** The command that the arguments name. Read without parsing them, because they may be what is wrong. */
export function commandOf(argv: readonly string[]): string | undefined {
  const withValue = optionsWithValue();
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!;
    if (!word.startsWith('-')) return word;
    // Of letters in one word, -qC, only the last can have a value.
    if (withValue.has(word) || (/^-\w+$/.test(word) && withValue.has(`-${word.at(-1)}`))) i++;
  }
  return undefined;
}
