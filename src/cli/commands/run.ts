import { Option } from 'commander';
import { fail } from '../../errors/index.js';
import { type Platform, parseReference, type Reference } from '../../oci/index.js';
import type { RunRequest } from '../../operations/index.js';
import { type DefineCommand, examples, type Handler } from '../act.js';
import { REFERENCE_HELP } from '../reference-help.js';
import { dim } from '../render/text.js';
import { collectVariable, parsePlatformOption } from '../values.js';

type Runtime = NonNullable<RunRequest['runtime']>;

const RUNTIMES = ['podman', 'runc', 'crun'] as const satisfies readonly Runtime[];

interface RunOptions {
  readonly platform?: Platform;
  readonly runtime?: Runtime;
  readonly network?: true;
  readonly env?: Readonly<Record<string, string>>;
}

const run: Handler<RunOptions, [reference: Reference, args: readonly string[]]> = async (
  context,
  options,
  reference,
  args,
) => {
  if (context.output.isJson) {
    throw fail('usage', {
      message: 'run takes no --json: standard output is that of the container',
      hint: 'The exit status is that of the container, too; --verbose tells which runtime ran it.',
    });
  }
  const { network: hasNetwork = false, ...others } = options;
  const { runtime, status } = await context.operate((operations, host, base) =>
    operations.runImage(host, {
      ...base,
      ...others,
      hasNetwork,
      reference,
      args,
      onOutput: (chunk, stream) => context.passOn(chunk, stream),
    }),
  );
  if (context.isVerbose) context.output.tell([dim(`${runtime} ran it; exit status ${status}`)]);
  return status;
};

export const defineRun: DefineCommand = (program, act) => {
  program
    .command('run')
    .summary('run an image with podman, runc or crun, for a smoke test')
    .description(
      'Runs an image with the first of podman, runc and crun that can, also without root. The container has no network unless it is asked for, an empty standard input, and leaves nothing behind. Its output goes to standard output and standard error as it comes, and its exit status is that of the container. There is no --json.',
    )
    .argument('<image>', REFERENCE_HELP, parseReference)
    .argument('[args...]', "instead of the image's cmd; what begins with a hyphen comes after --")
    .addOption(
      new Option('--runtime <runtime>', 'use this one (default: the first that can start it)').choices(RUNTIMES),
    )
    .option('--network', 'with the network of this machine')
    .option('--env <name=value>', 'set a variable; may be repeated', collectVariable)
    .option('--platform <platform>', 'of an index, the image for this platform: linux/arm64', parsePlatformOption)
    .addHelpText(
      'after',
      examples([
        ['tbuild run oci:out:latest', 'does it start?'],
        ['tbuild run oci:out:latest -- --version', 'with arguments for its entrypoint'],
        ['tbuild run docker://debian:12 --network --env A=1 -- env', 'from a registry'],
      ]),
    )
    .addHelpText(
      'after',
      'Where tbuild itself fails it says so on standard error, "error[…]", and exits as other commands do.\n',
    )
    .action(act(run));
};
