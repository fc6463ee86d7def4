import { ExitStatus, fail } from '../../errors/index.js';
import type { LockRequest } from '../../operations/index.js';
import { type DefineCommand, examples, type Handler } from '../act.js';
import { DEFAULT_FILE } from '../default-file.js';
import { addFrozenOptions, type FrozenOption, frozenRequest } from '../global-options.js';
import { renderLock } from '../render/lock.js';
import { text } from '../render/text.js';

interface LockOptions extends FrozenOption {
  /** True where no pin is named. */
  readonly update?: true | readonly string[];
}

function updateOf({ update, frozen }: LockOptions): LockRequest['update'] {
  if (update !== undefined && frozen === true) {
    throw fail('usage', { message: '--update and --frozen exclude each other', hint: 'Leave one of them out.' });
  }
  if (update === true || update === undefined) return update && 'all';
  // A URL may end like that, too.
  const manifest = update.find((name) => /\.ya?ml$/.test(name) && !name.includes('://'));
  if (manifest === undefined) return update;
  throw fail('usage', {
    message: `${JSON.stringify(manifest)} is a manifest, and what follows --update are pins`,
    hint: `Name the manifest first: tbuild lock ${manifest} --update.`,
  });
}

const run: Handler<LockOptions, [file?: string]> = async (context, options, file = DEFAULT_FILE) => {
  const update = updateOf(options);
  // Who asks for an update means it, in CI too.
  const frozen = update === undefined ? frozenRequest(options) : { frozen: false };
  const result = await context.operate((operations, host, base) =>
    operations.lockImage(host, { ...base, file, ...frozen, ...(update === undefined ? {} : { update }) }),
  );
  const { output, isVerbose: verbose } = context;
  if (output.isJson) output.document(result);
  else if (!output.isQuiet) {
    output.result(renderLock(result, { verbose, columns: output.columns }));
    if (result.isWritten) output.tell([text`Commit ${result.file}.`]);
  }
  return ExitStatus.done;
};

export const defineLock: DefineCommand = (program, act) => {
  const command = program
    .command('lock')
    .summary('pin what the manifest names, and say what moved')
    .description(
      'Pins what the manifest names: images, downloads, packages. Missing pins are added to the lock beside the manifest (image.yaml has image.lock.json), and those that nothing needs are dropped; the others stay, and move only with --update. Commit the lock. With --frozen it is only looked at, and the exit status is 4 where a pin is missing or stale.',
    )
    .argument('[file]', `the manifest, or a directory with an ${DEFAULT_FILE}`, DEFAULT_FILE)
    .option(
      '--update [name...]',
      'find pins anew: all, or those named: base, an image or URL as it is written, a layer with packages, a package',
    );
  addFrozenOptions(command)
    .addHelpText(
      'after',
      examples([
        ['tbuild lock', 'add what is missing'],
        ['tbuild lock --update', 'move every pin to what is newest'],
        ['tbuild lock image.yaml --update libc6 base', 'only these'],
        ['tbuild lock --frozen', 'is the lock complete? 4 where it is not'],
      ]),
    )
    .action(act(run));
};
