import { type Command, CommanderError } from 'commander';
import { ExitStatus } from '../errors/index.js';
import type { Act, Handler } from './act.js';
import { Context } from './context.js';
import { exitStatusOf } from './exit-status.js';
import type { GlobalOptions } from './global-options.js';
import type { Io } from './io.js';
import { createProgram } from './program.js';
import { reportError, reportLostOutput } from './report-error.js';
import { usageError } from './usage-error.js';

/** What commander throws where help or the version was asked for, or where no command was named. */
const HELP = new Set(['commander.helpDisplayed', 'commander.help', 'commander.version']);

function statusOfCommander(error: CommanderError): number {
  return error.exitCode === 0 ? ExitStatus.done : ExitStatus.usage;
}

async function parse(io: Io): Promise<number> {
  let status: number = ExitStatus.done;
  const act: Act = <Options, Args extends readonly unknown[]>(handler: Handler<Options, Args>) =>
    async function (this: Command) {
      const context = new Context(io, this.optsWithGlobals<GlobalOptions>());
      try {
        // Commander knows options and arguments only as what the definition of the command made of them.
        status = await handler(context, this.opts() as Options, ...(this.processedArgs as unknown as Args));
      } finally {
        context.tellWarnings();
      }
    };
  await createProgram(io, act).parseAsync(io.argv, { from: 'user' });
  return status;
}

/** Runs one command line. Never throws: every failure becomes a message and an exit status. */
export async function run(io: Io): Promise<number> {
  let status: number;
  try {
    status = await parse(io);
  } catch (error) {
    if (error instanceof CommanderError && HELP.has(error.code)) status = statusOfCommander(error);
    else {
      const failure = error instanceof CommanderError ? usageError(error) : error;
      reportError(io, failure);
      status = exitStatusOf(failure, io.argv);
    }
  }
  await io.stderr.settle().catch(() => undefined); // nowhere is left to say so
  return io.stdout.settle().then(
    () => status,
    (error: unknown) => reportLostOutput(io, error),
  );
}

/** Says that the process is about to stop though its work has not ended, which is a bug. */
export function reportStall(io: Io): number {
  const error = new Error('Nothing is left to do, but the command has not ended');
  reportError(io, error);
  return exitStatusOf(error, io.argv);
}
