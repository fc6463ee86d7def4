import { CODES, ExitStatus } from '../../errors/index.js';
import type { SyncFailure } from '../../operations/index.js';
import { type DefineCommand, examples, type Handler } from '../act.js';
import { chunkSizeOption } from '../global-options.js';
import { renderSync, renderSyncFailures } from '../render/sync.js';

interface SyncOptions {
  readonly to?: string;
  readonly dryRun?: true;
}

/** The one that most needs a person comes first; what is unavailable may be there the next time. */
const WORST_FIRST: readonly number[] = [
  ExitStatus.pinMismatch,
  ExitStatus.notAuthorised,
  ExitStatus.failed,
  ExitStatus.unavailable,
];

function statusOf(failures: readonly SyncFailure[]): number {
  const statuses = failures.map(({ code }) => CODES[code].exit);
  return WORST_FIRST.find((status) => statuses.includes(status)) ?? statuses[0] ?? ExitStatus.done;
}

const run: Handler<SyncOptions, [file: string]> = async (context, { to, dryRun = false }, file) => {
  const result = await context.operate((operations, host, base) =>
    operations.syncImages(host, { ...base, file, dryRun, ...(to === undefined ? {} : { to }) }),
  );
  const { output, isVerbose: verbose } = context;
  if (output.isJson) output.document(result);
  else {
    const columns = output.columns ?? Number.POSITIVE_INFINITY;
    if (!output.isQuiet) output.result(renderSync(result, { verbose, columns }));
    output.complain(renderSyncFailures(result.failures));
  }
  return statusOf(result.failures);
};

export const defineSync: DefineCommand = (program, act) => {
  program
    .command('sync')
    .summary('copy the images of a list to one place')
    .description(
      'Copies the images that a list chooses from registries, by tags, regular expressions and ranges of versions: those that the destination does not have already, byte for byte. Where one cannot be copied, the others are copied all the same; the exit status is then that of the worst failure, and 69 only where trying again may help with all of them.',
    )
    .argument('<file>', 'the list (tbuild schema sync describes it), or a directory with a sync.yaml')
    .option('--to <dest>', 'a registry with an optional path, oci:DIR or dir:DIR, instead of what the list says')
    .option('--dry-run', 'only say what would be copied')
    .addOption(chunkSizeOption())
    .addHelpText(
      'after',
      examples([
        ['tbuild sync --dry-run sync.yaml', 'what is new, and which tags moved'],
        ['tbuild sync sync.yaml', 'copy it'],
        ['tbuild sync sync.yaml --to oci:mirror', 'an OCI layout for each repository: mirror/library/alpine'],
      ]),
    )
    .action(act(run));
};
