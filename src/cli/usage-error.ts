import type { CommanderError } from 'commander';
import { fail, type TbuildError } from '../errors/index.js';

/** `error: unknown option '--jsno'\n(Did you mean --json?)` → an error of ours, with the suggestion as its hint. */
export function usageError({ message }: CommanderError): TbuildError {
  const [, title = message, suggestion] = /^(?:error: )?(.*?)(?:\n?\((Did you mean .*)\))?$/s.exec(message) ?? [];
  const quoted = title.replace(/'([^']*)'/g, (_, word: string) => JSON.stringify(word)).replace(/\.$/, '');
  return fail('usage', {
    message: `${quoted.charAt(0).toUpperCase()}${quoted.slice(1)}`,
    hint: suggestion ?? 'tbuild --help lists the commands, tbuild COMMAND --help the options of one.',
  });
}
