import { ExitStatus } from '../../errors/index.js';
import type { VerifyRequest } from '../../operations/index.js';
import { type DefineCommand, examples, type Handler } from '../act.js';
import { DEFAULT_FILE } from '../default-file.js';
import { REFERENCE_HELP } from '../reference-help.js';
import { Text } from '../render/text.js';
import { renderVerify } from '../render/verify.js';
import { parseExpected } from '../values.js';

interface VerifyOptions {
  readonly file: string;
}

type Expected = NonNullable<VerifyRequest['expected']>;

const run: Handler<VerifyOptions, [expected?: Expected]> = async (context, { file }, expected) => {
  const result = await context.operate(
    (operations, host, base) =>
      operations.verifyImage(host, { ...base, file, ...(expected === undefined ? {} : { expected }) }),
    'varied',
  );
  const { output } = context;
  if (output.isJson) output.document(result);
  else if (output.isQuiet) output.result([Text.of(result.found)]);
  else output.result(renderVerify(result, { verbose: context.isVerbose }));
  return result.reproducible ? ExitStatus.done : ExitStatus.notReproducible;
};

export const defineVerify: DefineCommand = (program, act) => {
  program
    .command('verify')
    .summary('rebuild from nothing and compare every byte')
    .description(
      'Builds the image again from nothing, on a machine made to look different (time zone, umask, order of directories), and compares the bytes. Names the first differences and their likely causes, repairs nothing, and exits 3 where the image is not the expected one.',
    )
    .argument('[expected]', `${REFERENCE_HELP}, or a sha256 digest; default: the last apply`, parseExpected)
    .option('-f, --file <file>', 'the manifest, or a directory with one', DEFAULT_FILE)
    .addHelpText(
      'after',
      examples([
        ['tbuild verify', 'does the last apply come out again?'],
        ['tbuild verify oci:release:1.4 -f app/image.yaml', 'is this image what that manifest says?'],
        ['tbuild verify docker://ghcr.io/team/app:1.4', 'and is it what was published?'],
        ['tbuild verify sha256:9f86d081884c7d65…', 'is the digest in production the one of this manifest?'],
      ]),
    )
    .action(act(run));
};
