import { Option } from 'commander';
import { ExitStatus } from '../../errors/index.js';
import type { ImportRequest } from '../../operations/index.js';
import { type DefineCommand, examples, type Handler } from '../act.js';
import { DEFAULT_FILE } from '../default-file.js';
import { counted } from '../render/numbers.js';
import { text } from '../render/text.js';
import { parseFileName } from '../values.js';

type Format = NonNullable<ImportRequest['format']>;

const FORMATS = ['smith', 'apko'] as const satisfies readonly Format[];

interface ImportOptions {
  readonly format?: Format;
  readonly output?: string;
  readonly force?: true;
}

const run: Handler<ImportOptions, [file: string]> = async (context, options, file) => {
  context.frameWarnings();
  const result = await context.operate((operations, host, base) =>
    operations.importManifest(host, { ...base, ...options, file }),
  );
  const { output } = context;
  if (output.isJson) output.document(result);
  else if (result.output === undefined) output.file(result.text);
  else {
    const { length } = result.warnings;
    const open = length === 0 ? 'everything was translated' : `${counted(length, 'warning')} to look at`;
    output.tell([text`${result.output} is written: ${open}. Next: tbuild plan ${result.output}`]);
  }
  return ExitStatus.done;
};

export const defineImport: DefineCommand = (program, act) => {
  program
    .command('import')
    .summary('translate the file of another tool into image.yaml')
    .description(
      "Translates smith.yaml of Oracle Smith or apko.yaml of Chainguard apko into image.yaml, as far as it goes. What is left out, or means something else, is a warning with its place in the file; what has to be decided is a comment in image.yaml. Packages of RPM and Alpine become Debian's where it is certain which they are.",
    )
    .argument('<file>', 'smith.yaml or apko.yaml, whatever it is called')
    .addOption(
      new Option('--format <format>', 'which tool the file is for (default: as its keys say)').choices(FORMATS),
    )
    .addOption(
      new Option('-o, --output <file>', 'write there instead of to standard output').argParser(
        parseFileName('--output'),
      ),
    )
    .option('--force', 'write over the file that is there')
    .addHelpText(
      'after',
      examples([
        ['tbuild import smith.yaml', 'only show it'],
        [`tbuild import apko.yaml -o ${DEFAULT_FILE}`, 'write it'],
        ['tbuild import --json apko.yaml', 'the text and the warnings, for programs'],
      ]),
    )
    .action(act(run));
};
