import { ExitStatus } from '../../errors/index.js';
import { type Platform, parseReference, type Reference } from '../../oci/index.js';
import { type DefineCommand, examples, type Handler } from '../act.js';
import { REFERENCE_HELP } from '../reference-help.js';
import { renderFetched } from '../render/fetched.js';
import { renderFiles } from '../render/files.js';
import { Text } from '../render/text.js';
import { parseLayer, parsePlatformOption } from '../values.js';

interface FilesOptions {
  readonly layer?: number;
  readonly platform?: Platform;
}

const run: Handler<FilesOptions, [reference: Reference]> = async (context, options, reference) => {
  const result = await context.operate((operations, host, base) =>
    operations.listFiles(host, { ...base, ...options, reference }),
  );
  const { output } = context;
  output.tell(renderFetched(reference, result));
  if (output.isJson) output.document(result);
  else output.result(output.isQuiet ? result.entries.map(({ path }) => Text.of(path)) : renderFiles(result));
  return ExitStatus.done;
};

export const defineFiles: DefineCommand = (program, act) => {
  program
    .command('files')
    .summary('list the files of an image')
    .description(
      'Lists the files of an image as a container would see them, or those of one layer with its whiteouts. Mode, owner, size in bytes, path; with --quiet only the paths, with --json also digests and extended attributes. Of a registry only layers are fetched that were never read before.',
    )
    .argument('<image>', REFERENCE_HELP, parseReference)
    .option('--layer <n>', 'only this layer, from 0 at the bottom', parseLayer)
    .option('--platform <platform>', 'of this platform: linux/arm64', parsePlatformOption)
    .addHelpText(
      'after',
      examples([
        ['tbuild files oci:out:latest', 'the merged tree'],
        ['tbuild files docker://debian:12', 'of an image in a registry'],
        ['tbuild files oci:out:latest --layer 0', 'what the lowest layer holds'],
      ]),
    )
    .action(act(run));
};
