import { ExitStatus } from '../../errors/index.js';
import { type DefineCommand, examples, type Handler } from '../act.js';

const run: Handler<object, []> = async (context) => {
  const operations = await context.loadOperations();
  context.output.document(operations.manifestSchema());
  return ExitStatus.done;
};

export const defineSchema: DefineCommand = (program, act) => {
  program
    .command('schema')
    .summary('print the JSON Schema of image.yaml')
    .description('Prints the JSON Schema (draft 2020-12) of image.yaml, for editors and validators.')
    .addHelpText(
      'after',
      examples([['tbuild schema > image.schema.json', 'then: # yaml-language-server: $schema=image.schema.json']]),
    )
    .action(act(run));
};
