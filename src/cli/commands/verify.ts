import { Option } from 'commander';
import { ExitStatus, fail } from '../../errors/index.js';
import type { Reference } from '../../oci/index.js';
import type { VerifyRequest, VerifyResult } from '../../operations/index.js';
import { type DefineCommand, examples, type Handler } from '../act.js';
import type { Context } from '../context.js';
import { DEFAULT_FILE } from '../default-file.js';
import { REFERENCE_HELP } from '../reference-help.js';
import { renderSkipped } from '../render/assertions.js';
import { Text } from '../render/text.js';
import { isHarmful } from '../render/variations.js';
import { renderVerify } from '../render/verify.js';
import { parseExpected } from '../values.js';

const SOURCES = ['repository', 'record'] as const;

interface VerifyOptions {
  readonly file?: string;
  readonly from: (typeof SOURCES)[number];
  readonly vary?: true;
}

type Expected = NonNullable<VerifyRequest['expected']>;

/** @throws TbuildError `usage` where something is asked that a record cannot answer */
function referenceOf(options: VerifyOptions, expected: Expected | undefined): Reference {
  const wrong = (message: string, hint: string) => fail('usage', { message, hint });
  if (expected?.kind !== 'image') {
    throw wrong(
      '--from record needs an image to read the record of',
      'Name it: tbuild verify docker://… --from record.',
    );
  }
  if (options.file !== undefined) {
    throw wrong('--from record and --file exclude each other', 'A record brings its own manifest; leave --file out.');
  }
  if (options.vary) {
    throw wrong('--from record and --vary exclude each other', 'Artifacts can be run only where their inputs are.');
  }
  return expected.reference;
}

function verify(context: Context, options: VerifyOptions, expected: Expected | undefined): Promise<VerifyResult> {
  const { file = DEFAULT_FILE, from, vary = false } = options;
  if (from === 'record') {
    const reference = referenceOf(options, expected);
    return context.operate((operations, host, base) => operations.verifyRecord(host, { ...base, reference }), 'varied');
  }
  const request = { file, ...(expected === undefined ? {} : { expected }), ...(vary ? { vary } : {}) };
  return context.operate((operations, host, base) => operations.verifyImage(host, { ...base, ...request }), 'varied');
}

function statusOf({ reproducible, assertions, variations = [] }: VerifyResult): number {
  if (!reproducible || variations.some((variation) => isHarmful(variation))) return ExitStatus.notReproducible;
  return assertions.some(({ outcome }) => outcome === 'fails') ? ExitStatus.failed : ExitStatus.done;
}

const run: Handler<VerifyOptions, [expected?: Expected]> = async (context, options, expected) => {
  const result = await verify(context, options, expected);
  const { output, isVerbose: verbose } = context;
  if (output.isJson) output.document(result);
  else if (output.isQuiet) output.result([Text.of(result.found)]);
  else {
    output.result(renderVerify(result, { verbose, columns: output.columns }));
    output.tell(renderSkipped(result.assertions));
  }
  return statusOf(result);
};

export const defineVerify: DefineCommand = (program, act) => {
  program
    .command('verify')
    .summary('rebuild from nothing and compare every byte')
    .description(
      'Builds the image again from nothing, on a machine made to look different (time zone, umask, order of directories), and compares the bytes. Names the first differences and their likely causes, repairs nothing, and exits 3 where the image is not the expected one. What the manifest asserts is looked at, too. With --vary each artifact runs once more at another time, in another directory, and so on, and what its output depends on is named; that is 3 as well, unless tbuild holds the circumstance fixed.',
    )
    .argument('[expected]', `${REFERENCE_HELP}, or a sha256 digest; default: the last apply`, parseExpected)
    .option('-f, --file <file>', `the manifest, or a directory with one (default: "${DEFAULT_FILE}")`)
    .option('--vary', 'also run each artifact under other circumstances: time, path, order, cpus, locale')
    .addOption(
      new Option(
        '--from <source>',
        'what to build from: this repository, or the record that apply attached to the image, without any repository',
      )
        .choices(SOURCES)
        .default('repository'),
    )
    .addHelpText(
      'after',
      examples([
        ['tbuild verify', 'does the last apply come out again?'],
        ['tbuild verify oci:release:1.4 -f app/image.yaml', 'is this image what that manifest says?'],
        ['tbuild verify docker://ghcr.io/team/app:1.4', 'and is it what was published?'],
        [
          'tbuild verify docker://ghcr.io/team/app:1.4 --from record',
          'is it what its record says, without the repository?',
        ],
        ['tbuild verify --vary', 'which artifact depends on time, path, order, cpus or locale?'],
        ['tbuild verify sha256:9f86d081884c7d65…', 'is the digest in production the one of this manifest?'],
      ]),
    )
    .action(act(run));
};
