import { ExitStatus } from '../../errors/index.js';
import type { Reference } from '../../oci/index.js';
import { type DefineCommand, examples, type Handler } from '../act.js';
import { DEFAULT_FILE } from '../default-file.js';
import { addFrozenOptions, chunkSizeOption, type FrozenOption, frozenRequest } from '../global-options.js';
import { REFERENCE_HELP } from '../reference-help.js';
import { applyJson, renderApply, renderNextStep } from '../render/apply.js';
import { renderPinned } from '../render/pins.js';
import { Text } from '../render/text.js';
import { collectReference } from '../values.js';

interface ApplyOptions extends FrozenOption {
  readonly output?: readonly Reference[];
  readonly push?: true;
}

const run: Handler<ApplyOptions, [file?: string]> = async (context, options, file = DEFAULT_FILE) => {
  const { output: destinations = [], push = false } = options;
  const result = await context.operate((operations, host, base) =>
    operations.applyImage(host, { ...base, ...frozenRequest(options), file, destinations, push }),
  );
  const { output } = context;
  if (output.isJson) output.document(applyJson(result));
  else if (output.isQuiet) output.result([Text.of(result.digest)]);
  else {
    output.result(renderApply(result));
    output.tell(renderPinned(result.plan, { verbose: context.isVerbose }));
    output.tell(renderNextStep(result));
  }
  return ExitStatus.done;
};

export const defineApply: DefineCommand = (program, act) => {
  const command = program
    .command('apply')
    .summary('build the image, and write it where it should go')
    .description(
      'Builds the image into the cache: artifacts run, layers are written, and the digest is the one that plan showed. With --push it also publishes the image to the repository that the manifest names, under all of its tags; with --output it goes anywhere else, and without a tag there, under every tag of the manifest. A registry gets only what it lacks, and layers of the base from another of its repositories without a transfer.',
    )
    .argument('[file]', `the manifest, or a directory with an ${DEFAULT_FILE}`, DEFAULT_FILE)
    .option('-o, --output <dest>', `${REFERENCE_HELP}; may be repeated`, collectReference)
    .option('--push', 'publish to the registry: "name" of the manifest, under all "tags"')
    .addOption(chunkSizeOption());
  addFrozenOptions(command)
    .addHelpText(
      'after',
      examples([
        ['tbuild apply', 'build into the cache'],
        ['tbuild apply -o oci:out:latest', 'and write an OCI layout: podman run --rm oci:out:latest'],
        ['tbuild apply -o docker-archive:app.tar', 'and write an archive: docker load -i app.tar'],
        ['tbuild apply --push', 'and publish it'],
        ['digest=$(tbuild apply --push --quiet)', 'only the digest on standard output'],
      ]),
    )
    .action(act(run));
};
