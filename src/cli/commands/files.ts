import { ExitStatus } from '../../errors/index.js';
import { type Platform, parseReference, type Reference } from '../../oci/index.js';
import { type DefineCommand, examples, type Handler } from '../act.js';
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
  if (output.isJson) output.document(result);
  else output.result(output.isQuiet ? result.entries.map(({ path }) => Text.of(path)) : renderFiles(result));
  return ExitStatus.done;
};

export const defineFiles: DefineCommand = (program, act) => {
  program
    .command('files')
    .summary('list the files of an image')
    .description(
      'Lists the files of an image as a container would see them, or those of one layer with its whiteouts. Mode, owner, size in bytes, path; with --quiet only the paths, with --json also digests and extended attributes.',
    )
    .argument('<image>', 'oci:DIR[:tag], oci-archive:FILE[:tag] or docker-archive:FILE[:tag]', parseReference)
    .option('--layer <n>', 'only this layer, from 0 at the bottom', parseLayer)
    .option('--platform <platform>', 'of this platform: linux/arm64', parsePlatformOption)
    .addHelpText(
      'after',
      examples([
        ['tbuild files oci:out:latest', 'the merged tree'],
        ['tbuild files oci:out:latest --layer 0', 'what the lowest layer holds'],
      ]),
    )
    .action(act(run));
};
