import { fail, TbuildError } from '../errors/index.js';
import { reasonOf } from '../host/index.js';
import { exitStatusOf } from './exit-status.js';
import type { Io } from './io.js';
import { Output } from './output.js';
import { renderError } from './render/error.js';
import { errorJson } from './render/error-json.js';

/** The wishes that matter for an error. Read from the arguments, because these may be what is wrong. */
function wishesOf(argv: readonly string[]): {
  readonly json: boolean;
  readonly verbose: boolean;
  readonly color: boolean;
} {
  const end = argv.indexOf('--');
  const options = end < 0 ? argv : argv.slice(0, end);
  const has = (...names: readonly string[]): boolean => names.some((name) => options.includes(name));
  return { json: has('--json'), verbose: has('--verbose', '-v'), color: !has('--no-color') };
}

/** The end of whoever writes into `| head`, which is no news. */
function isBrokenPipe(error: unknown): boolean {
  return error instanceof TbuildError && error.code === 'interrupted' && error.details.signal === 'SIGPIPE';
}

/** Shows an error: to people on standard error, with `--json` to programs on standard output. */
export function reportError(io: Io, error: unknown): void {
  if (isBrokenPipe(error)) return;
  const { json, verbose, color } = wishesOf(io.argv);
  const output = new Output(io, { json, quiet: false, color });
  if (json) output.document(errorJson(error, exitStatusOf(error, io.argv)));
  else output.complain(renderError(error, { verbose, columns: io.stderr.columns }));
}

/** Standard output could not take the result (a full disk): that is a failure, whatever the command did. */
export function reportLostOutput(io: Io, error: unknown): number {
  const { verbose, color } = wishesOf(io.argv);
  const failure = fail('output-failed', { message: `Cannot write the result: ${reasonOf(error)}`, cause: error });
  new Output(io, { json: false, quiet: false, color }).complain(
    renderError(failure, { verbose, columns: io.stderr.columns }),
  );
  return exitStatusOf(failure, io.argv);
}
