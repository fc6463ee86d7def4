import { ExitStatus } from '../../errors/index.js';
import type { RegistryReference } from '../../oci/index.js';
import { type DefineCommand, examples, type Handler } from '../act.js';
import { Text } from '../render/text.js';
import { parseRepository } from '../values.js';

const run: Handler<object, [reference: RegistryReference]> = async (context, _options, reference) => {
  const result = await context.operate((operations, host, base) => operations.listTags(host, { ...base, reference }));
  const { output } = context;
  if (output.isJson) output.document(result);
  else output.result(result.tags.map((tag) => Text.of(tag)));
  return ExitStatus.done;
};

export const defineTags: DefineCommand = (program, act) => {
  program
    .command('tags')
    .summary('list the tags of a repository')
    .description('Lists the tags of a repository in a registry, one a line, sorted by bytes.')
    .argument('<repository>', 'docker://[HOST/]REPOSITORY', parseRepository)
    .addHelpText('after', examples([['tbuild tags docker://ghcr.io/team/app', 'which versions are there?']]))
    .action(act(run));
};
