import { Option } from 'commander';
import { ExitStatus, fail } from '../../errors/index.js';
import { parseReference, type Reference } from '../../oci/index.js';
import type { PlanSet } from '../../operations/index.js';
import { type DefineCommand, examples, type Handler } from '../act.js';
import type { Context } from '../context.js';
import { DEFAULT_FILE } from '../default-file.js';
import { addFrozenOptions, type FrozenOption, frozenRequest } from '../global-options.js';
import { renderPlanMarkdown } from '../render/markdown/plan-markdown.js';
import { onlyAsked, renderDigestsOf } from '../render/only-asked.js';
import { renderPlanSet } from '../render/plan-set.js';
import { bold, text } from '../render/text.js';
import { isSavedPlanName } from '../saved-plan-name.js';
import { parseFileName } from '../values.js';

const FORMATS = ['human', 'json', 'markdown'] as const;

interface PlanOptions extends FrozenOption {
  readonly format?: (typeof FORMATS)[number];
  readonly output?: string;
  readonly detailedExitcode?: true;
  readonly against?: Reference;
  readonly local?: true;
  readonly explain?: true;
}

/** An option that is written out says more than one for all commands. */
function formatOf({ format }: PlanOptions, { isJson, isQuiet }: Context['output']): (typeof FORMATS)[number] | 'quiet' {
  if (isJson && format !== undefined && format !== 'json') {
    throw fail('usage', {
      message: `--json and --format ${format} exclude each other`,
      hint: 'Leave one of them out.',
    });
  }
  if (isJson) return 'json';
  return format ?? (isQuiet ? 'quiet' : 'human');
}

function show(set: PlanSet, context: Context, options: PlanOptions): void {
  const { output, isVerbose: verbose } = context;
  const format = formatOf(options, output);
  if (format === 'json') output.document(onlyAsked(set.images)?.plan ?? set);
  else if (format === 'markdown') output.file(renderPlanMarkdown(set));
  else if (format === 'quiet') {
    output.result(renderDigestsOf(set.images.map((image) => ({ ...image, digest: image.plan.digest }))));
  } else output.result(renderPlanSet(set, { verbose, columns: output.columns, explain: options.explain ?? false }));
}

function parsePlanName(text: string): string {
  const name = parseFileName('--output')(text);
  if (isSavedPlanName(name)) return name;
  throw fail('usage', {
    message: `${JSON.stringify(name)} does not end in ".json", by which apply knows a saved plan`,
    hint: `Name it ${name}.json.`,
  });
}

/** @throws TbuildError `usage` for what apply would take for a saved plan */
function checkManifests(files: readonly string[]): void {
  const saved = files.find((file) => isSavedPlanName(file));
  if (saved === undefined) return;
  throw fail('usage', {
    message: `${JSON.stringify(saved)} is a saved plan by its name, and plan takes manifests`,
    hint: `To do what it says: tbuild apply ${saved}. A manifest has a name that ends in ".yaml".`,
  });
}

const run: Handler<PlanOptions, [files: readonly string[]]> = async (context, options, files) => {
  const { against, output, local } = options;
  checkManifests(files);
  formatOf(options, context.output);
  const set = await context.operate((operations, host, base) =>
    operations.planImages(host, {
      ...base,
      files: files.length === 0 ? [DEFAULT_FILE] : files,
      ...frozenRequest(options),
      ...(against === undefined ? {} : { against }),
      ...(local === undefined ? {} : { isLocal: local }),
      ...(output === undefined ? {} : { output }),
    }),
  );
  show(set, context, options);
  if (set.output !== undefined) {
    context.output.tell([text`${set.output} is written. To do just this: ${bold(`tbuild apply ${set.output}`)}`]);
  }
  return options.detailedExitcode && set.summary.changed > 0 ? ExitStatus.changesPending : ExitStatus.done;
};

export const definePlan: DefineCommand = (program, act) => {
  const command = program
    .command('plan')
    .summary('show what apply would change, and why')
    .description(
      'Shows what apply would change and why, with the digest that it will produce. Builds layers into the cache, adds to the lock the pins that it lacks, and writes nowhere else; artifacts that are not in the cache do not run. It compares with what is published under the name and first tag of the manifest, else with the last apply on this machine. Of several manifests, those that others are put on come first.',
    )
    .argument(
      '[files...]',
      `manifests, or directories with an ${DEFAULT_FILE} or with many below (default: ${DEFAULT_FILE})`,
    )
    .option('-o, --output <file>', 'also save the plan, for tbuild apply FILE; name it .json', parsePlanName)
    .addOption(
      new Option(
        '--format <format>',
        'how to show the plan: markdown is a comment for a pull request (default: human)',
      ).choices(FORMATS),
    )
    .option('--detailed-exitcode', 'exit 0 where nothing changes, 2 where something does')
    .option(
      '--against <image>',
      'compare with this image; where its registry does not have the tag yet, everything is new',
      parseReference,
    )
    .addOption(
      new Option('--local', 'compare with the last apply, and ask no registry what is published').conflicts('against'),
    )
    .option('--explain', 'also say why each package, library and file that nobody named is in the image');
  addFrozenOptions(command)
    .addHelpText(
      'after',
      examples([
        ['tbuild plan', `what would change, by ./${DEFAULT_FILE}`],
        ['tbuild plan images', 'of all manifests below a directory: what is affected, in which order'],
        ['tbuild plan --against docker://ghcr.io/team/app:1.4', 'what differs from that image'],
        ['tbuild plan -o plan.json && tbuild apply plan.json', 'do just what was shown, or nothing'],
        ['tbuild plan --format markdown > comment.md', 'for a pull request'],
        ['tbuild plan --explain', 'why is this library in the image?'],
        ['tbuild plan --detailed-exitcode --quiet', 'for scripts: 2 means that apply has something to do'],
      ]),
    )
    .addHelpText(
      'after',
      '--json writes the plan of the image that was asked for; of several {"images": [{"file", "plan", …}, …], "summary"}.\n',
    )
    .action(act(run));
};
