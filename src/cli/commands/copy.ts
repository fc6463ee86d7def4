import { ExitStatus, fail } from '../../errors/index.js';
import { type Platform, parseReference, type Reference } from '../../oci/index.js';
import { type DefineCommand, examples, type Handler } from '../act.js';
import { chunkSizeOption } from '../global-options.js';
import { REFERENCE_HELP } from '../reference-help.js';
import { renderCopy } from '../render/copy.js';
import { Text } from '../render/text.js';
import { collectTag, parsePlatformOption } from '../values.js';

interface CopyOptions {
  readonly all?: true;
  readonly platform?: Platform;
  readonly tag?: readonly string[];
}

function platformOf({ all, platform }: CopyOptions): Platform | 'all' | undefined {
  if (all === true && platform !== undefined) {
    throw fail('usage', { message: '--all and --platform exclude each other', hint: 'Leave one of them out.' });
  }
  return all === true ? 'all' : platform;
}

const run: Handler<CopyOptions, [from: Reference, to: Reference]> = async (context, options, from, to) => {
  const platform = platformOf(options);
  const { tag: tags } = options;
  const result = await context.operate((operations, host, base) =>
    operations.copyImage(host, {
      ...base,
      from,
      to,
      ...(platform === undefined ? {} : { platform }),
      ...(tags === undefined ? {} : { tags }),
    }),
  );
  const { output } = context;
  if (output.isJson) output.document(result);
  else output.result(output.isQuiet ? [Text.of(result.digest)] : renderCopy(result));
  return ExitStatus.done;
};

export const defineCopy: DefineCommand = (program, act) => {
  program
    .command('copy')
    .summary('copy an image from one place to another')
    .description(
      'Copies an image between any two transports, byte for byte, so that its digest stays the same. What the destination has is not sent again; an upload that was cut goes on where it ended. Without a tag the destination gets that of the source.',
    )
    .argument('<from>', REFERENCE_HELP, parseReference)
    .argument('<to>', 'likewise', parseReference)
    .option('--all', 'of an index, the images of all platforms (default: the one for this machine)')
    .option('--platform <platform>', 'of an index, the image for this platform: linux/arm64', parsePlatformOption)
    .option('--tag <tag>', 'one more tag at the destination; may be repeated', collectTag)
    .addOption(chunkSizeOption())
    .addHelpText(
      'after',
      examples([
        ['tbuild copy docker://debian:12 oci:debian', 'from Docker Hub to an OCI layout'],
        ['tbuild copy --all docker://a.example/app:1 docker://b.example/app', 'every platform, to another registry'],
        ['tbuild copy oci:out:latest docker://ghcr.io/team/app:1.4 --tag latest', 'under two tags'],
      ]),
    )
    .action(act(run));
};
