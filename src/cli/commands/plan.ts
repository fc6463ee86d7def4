import { Option } from 'commander';
import { ExitStatus } from '../../errors/index.js';
import { parseReference, type Reference } from '../../oci/index.js';
import { type DefineCommand, examples, type Handler } from '../act.js';
import { DEFAULT_FILE } from '../default-file.js';
import { addFrozenOptions, type FrozenOption, frozenRequest } from '../global-options.js';
import { renderPlan } from '../render/plan.js';
import { Text } from '../render/text.js';

interface PlanOptions extends FrozenOption {
  readonly format: 'human' | 'json';
  readonly detailedExitcode?: true;
  readonly against?: Reference;
  readonly explain?: true;
}

const run: Handler<PlanOptions, [file?: string]> = async (context, options, file = DEFAULT_FILE) => {
  const { against, explain = false } = options;
  const plan = await context.operate((operations, host, base) =>
    operations.planImage(host, {
      ...base,
      file,
      ...frozenRequest(options),
      ...(against === undefined ? {} : { against }),
    }),
  );
  const { output } = context;
  if (output.isJson || options.format === 'json') output.document(plan);
  else if (output.isQuiet) output.result(plan.digest === null ? [] : [Text.of(plan.digest)]);
  else output.result(renderPlan(plan, { verbose: context.isVerbose, columns: output.columns, explain }));
  return options.detailedExitcode && plan.summary.changed ? ExitStatus.changesPending : ExitStatus.done;
};

export const definePlan: DefineCommand = (program, act) => {
  const command = program
    .command('plan')
    .summary('show what apply would change, and why')
    .description(
      'Shows what apply would change and why, with the digest that it will produce. Builds layers into the cache, adds to the lock the pins that it lacks, and writes nowhere else; artifacts that are not in the cache do not run. Against a tag that its registry does not have yet, everything is new.',
    )
    .argument('[file]', `the manifest, or a directory with an ${DEFAULT_FILE}`, DEFAULT_FILE)
    .addOption(new Option('--format <format>', 'how to show the plan').choices(['human', 'json']).default('human'))
    .option('--detailed-exitcode', 'exit 0 where nothing changes, 2 where something does')
    .option('--against <image>', 'compare with this image instead of the last apply', parseReference)
    .option('--explain', 'also say why each package, library and file that nobody named is in the image');
  addFrozenOptions(command)
    .addHelpText(
      'after',
      examples([
        ['tbuild plan', `what changed since the last apply of ./${DEFAULT_FILE}`],
        ['tbuild plan --against oci:release:1.4', 'what changed since a release'],
        ['tbuild plan --against docker://ghcr.io/team/app:1.4', 'what differs from what is published'],
        ['tbuild plan --explain', 'why is this library in the image?'],
        ['tbuild plan --detailed-exitcode --quiet', 'for scripts: 2 means that apply has something to do'],
      ]),
    )
    .action(act(run));
};
