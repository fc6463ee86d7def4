import { Argument } from 'commander';
import { ExitStatus } from '../../errors/index.js';
import type { DocumentKind } from '../../operations/index.js';
import { type DefineCommand, examples, type Handler } from '../act.js';

const KINDS = [
  'image',
  'sync',
  'lock',
  'plan',
  'plan-set',
  'saved-plan',
  'record',
] as const satisfies readonly DocumentKind[];
const DEFAULT = 'image';

const run: Handler<object, [document?: DocumentKind]> = async (context, _options, document = DEFAULT) => {
  const operations = await context.loadOperations();
  context.output.document(operations.jsonSchema(document));
  return ExitStatus.done;
};

export const defineSchema: DefineCommand = (program, act) => {
  program
    .command('schema')
    .summary('print the JSON Schema of image.yaml, of its lock, of sync.yaml, or of a plan')
    .description('Prints a JSON Schema (draft 2020-12), for editors and validators.')
    .addArgument(
      new Argument(
        '[document]',
        'image.yaml, sync.yaml, image.lock.json, what plan --json and plan -o write, or what apply attaches to an image',
      )
        .choices(KINDS)
        .default(DEFAULT),
    )
    .addHelpText(
      'after',
      examples([
        ['tbuild schema > image.schema.json', 'then: # yaml-language-server: $schema=image.schema.json'],
        ['tbuild schema sync', 'the list of tbuild sync'],
        ['tbuild schema lock', 'image.lock.json'],
        ['tbuild schema plan', 'the document of tbuild plan --json'],
        ['tbuild schema plan-set', 'and of tbuild plan --json for several images'],
        ['tbuild schema saved-plan', 'what tbuild plan -o plan.json saves'],
        ['tbuild schema record', 'how an image was built: what tbuild apply --push attaches to it'],
      ]),
    )
    .action(act(run));
};
