import { type Command, Option } from 'commander';
import { parseDirectory, parseJobs } from './values.js';

/** Options that every command takes, before or after its name. */
export interface GlobalOptions {
  readonly json?: true;
  readonly quiet?: true;
  readonly verbose?: true;
  readonly jobs?: number;
  readonly cache?: string;
  readonly color: boolean;
  /** `-C`. */
  readonly directory?: string;
}

export function addGlobalOptions(program: Command): void {
  program
    .option('--json', 'write one JSON document to standard output, also for an error')
    .option('-q, --quiet', 'no progress, no warnings; of a result only its digest')
    .option('-v, --verbose', 'show everything: all changes, full digests, the origin of errors')
    .addOption(
      new Option('-j, --jobs <n>', 'threads for compression (default: one per processor)').argParser(parseJobs),
    )
    .addOption(
      new Option('--cache <dir>', 'content store (default: $XDG_CACHE_HOME/tbuild, else ~/.cache/tbuild)').argParser(
        parseDirectory('--cache'),
      ),
    )
    .option('--no-color', 'no colour, as with NO_COLOR in the environment')
    .addOption(
      new Option('-C, --directory <dir>', 'work in this directory, as if started there').argParser(
        parseDirectory('-C'),
      ),
    );
}
