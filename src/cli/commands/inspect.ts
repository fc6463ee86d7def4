import { ExitStatus } from '../../errors/index.js';
import { type Platform, parseReference, type Reference } from '../../oci/index.js';
import { type DefineCommand, examples, type Handler } from '../act.js';
import { REFERENCE_HELP } from '../reference-help.js';
import { renderFetched } from '../render/fetched.js';
import { renderInspect } from '../render/inspect.js';
import { Text } from '../render/text.js';
import { parsePlatformOption } from '../values.js';

interface InspectOptions {
  readonly platform?: Platform;
  readonly referrers?: true;
}

const run: Handler<InspectOptions, [reference: Reference]> = async (context, options, reference) => {
  const result = await context.operate((operations, host, base) =>
    operations.inspectImage(host, { ...base, ...options, reference }),
  );
  const { output } = context;
  output.tell(renderFetched(reference, result));
  if (output.isJson) output.document(result);
  else output.result(output.isQuiet ? [Text.of(result.digest)] : renderInspect(result));
  return ExitStatus.done;
};

export const defineInspect: DefineCommand = (program, act) => {
  program
    .command('inspect')
    .summary('show digest, config and layers of an image')
    .description(
      'Shows what an image is: its digest, platforms, config, annotations and layers. Of a registry only manifests and configs are fetched, no layer.',
    )
    .argument('<image>', REFERENCE_HELP, parseReference)
    .option('--platform <platform>', 'only this platform: linux/arm64', parsePlatformOption)
    .option('--referrers', 'also what refers to it in its registry: signatures, lists of contents')
    .addHelpText(
      'after',
      examples([
        ['tbuild inspect oci:out:latest', 'for people'],
        ['tbuild inspect docker://debian:12 --platform linux/arm64', 'without downloading it'],
        ['tbuild inspect oci-archive:app.tar --json', 'manifest and config as they are'],
      ]),
    )
    .action(act(run));
};
