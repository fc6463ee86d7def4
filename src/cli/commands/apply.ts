import { ExitStatus } from '../../errors/index.js';
import type { Reference } from '../../oci/index.js';
import { type DefineCommand, examples, type Handler } from '../act.js';
import { DEFAULT_FILE } from '../default-file.js';
import { applyJson, renderApply, renderNextStep } from '../render/apply.js';
import { Text } from '../render/text.js';
import { collectReference } from '../values.js';

interface ApplyOptions {
  readonly output?: readonly Reference[];
}

const run: Handler<ApplyOptions, [file?: string]> = async (context, options, file = DEFAULT_FILE) => {
  const destinations = options.output ?? [];
  const result = await context.operate((operations, host, base) =>
    operations.applyImage(host, { ...base, file, destinations }),
  );
  const { output } = context;
  if (output.isJson) output.document(applyJson(result));
  else if (output.isQuiet) output.result([Text.of(result.digest)]);
  else {
    output.result(renderApply(result));
    output.tell(renderNextStep(result));
  }
  return ExitStatus.done;
};

export const defineApply: DefineCommand = (program, act) => {
  program
    .command('apply')
    .summary('build the image, and write it where it should go')
    .description(
      'Builds the image into the cache: artifacts run, layers are written, and the digest is the one that plan showed. With --output it also writes the image to a layout or an archive; without a tag there, every tag of the manifest is used.',
    )
    .argument('[file]', `the manifest, or a directory with an ${DEFAULT_FILE}`, DEFAULT_FILE)
    .option(
      '-o, --output <dest>',
      'oci:DIR[:tag], oci-archive:FILE[:tag] or docker-archive:FILE[:tag]; may be repeated',
      collectReference,
    )
    .addHelpText(
      'after',
      examples([
        ['tbuild apply', 'build into the cache'],
        ['tbuild apply -o oci:out:latest', 'and write an OCI layout: podman run --rm oci:out:latest'],
        ['tbuild apply -o docker-archive:app.tar', 'and write an archive: docker load -i app.tar'],
        ['digest=$(tbuild apply --quiet)', 'only the digest on standard output'],
      ]),
    )
    .action(act(run));
};
