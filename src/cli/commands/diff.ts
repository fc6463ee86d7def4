import { type Platform, parseReference, type Reference } from '../../oci/index.js';
import { type DefineCommand, examples, type Handler } from '../act.js';
import { DiffStatus } from '../exit-status.js';
import { REFERENCE_HELP } from '../reference-help.js';
import { renderDiff } from '../render/diff.js';
import { parsePlatformOption } from '../values.js';

interface DiffOptions {
  readonly platform?: Platform;
}

const run: Handler<DiffOptions, [before: Reference, after: Reference]> = async (context, options, before, after) => {
  const result = await context.operate((operations, host, base) =>
    operations.diffImages(host, { ...base, ...options, before, after }),
  );
  const { output, isVerbose: verbose } = context;
  if (output.isJson) output.document(result);
  else if (!output.isQuiet) output.result(renderDiff(result, { verbose, columns: output.columns }));
  return result.isSame ? DiffStatus.same : DiffStatus.differs;
};

export const defineDiff: DefineCommand = (program, act) => {
  program
    .command('diff')
    .summary('say how two images differ, and why')
    .description(
      'Compares two images, of whatever tool and from wherever: index, manifest, config, layers, entries (content, mode, owner, link, extended attributes, time, order), packages, and what is inside of files that changed, each with its likely cause. Whether they are the same is said by their digests alone. Layers that both have are not read; with --quiet only the exit status tells.',
    )
    .argument('<before>', REFERENCE_HELP, parseReference)
    .argument('<after>', 'likewise', parseReference)
    .option('--platform <platform>', 'only this platform: linux/arm64', parsePlatformOption)
    .addHelpText(
      'after',
      examples([
        ['tbuild diff docker://ghcr.io/team/app:1.4 oci:out:latest', 'what is new since 1.4?'],
        ['tbuild diff oci:a oci:b --platform linux/arm64', 'of one platform'],
        ['tbuild diff --json docker://debian:12 docker://debian:13', 'for programs'],
      ]),
    )
    .addHelpText(
      'after',
      'Exit status, as of diff(1): 0 the same, 1 different, 2 trouble of any kind; 128+n ended by signal n.\n',
    )
    .action(act(run));
};
