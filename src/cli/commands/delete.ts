import { ExitStatus } from '../../errors/index.js';
import type { RegistryReference } from '../../oci/index.js';
import { type DefineCommand, examples, type Handler } from '../act.js';
import { renderDelete } from '../render/delete.js';
import { Text } from '../render/text.js';
import { parseRepository } from '../values.js';

interface DeleteOptions {
  readonly withOtherTags?: true;
}

const run: Handler<DeleteOptions, [reference: RegistryReference]> = async (context, options, reference) => {
  const { withOtherTags = false } = options;
  const result = await context.operate((operations, host, base) =>
    operations.deleteImage(host, { ...base, reference, withOtherTags }),
  );
  const { output } = context;
  if (output.isJson) output.document(result);
  else output.result(output.isQuiet ? [Text.of(result.digest)] : renderDelete(result));
  return ExitStatus.done;
};

export const defineDelete: DefineCommand = (program, act) => {
  program
    .command('delete')
    .summary('delete a tag or an image from a registry')
    .description(
      'Deletes a tag from a registry. Many registries delete only whole images: then the image goes, unless other tags name it too, which are shown. With a digest it is always the image. Its layers stay until the registry cleans up.',
    )
    .argument('<image>', 'docker://[HOST/]REPOSITORY:tag or docker://[HOST/]REPOSITORY@sha256:…', parseRepository)
    .option('--with-other-tags', 'also where the image goes with other tags that name it')
    .addHelpText('after', examples([['tbuild delete docker://ghcr.io/team/app:old', 'this tag is no longer wanted']]))
    .action(act(run));
};
