import { ExitStatus, fail } from '../../errors/index.js';
import type { Host } from '../../host/index.js';
import type { Reference } from '../../oci/index.js';
import type { ApplyRequest, ApplySet, OperationOptions } from '../../operations/index.js';
import { type DefineCommand, examples, type Handler } from '../act.js';
import type { Context } from '../context.js';
import { DEFAULT_FILE } from '../default-file.js';
import { addFrozenOptions, chunkSizeOption, type FrozenOption, frozenRequest } from '../global-options.js';
import type { Operations } from '../operations.js';
import { REFERENCE_HELP } from '../reference-help.js';
import { applyJson, renderApply, renderNextStep } from '../render/apply.js';
import { applySetJson, renderApplySet } from '../render/apply-set.js';
import { renderSkipped } from '../render/assertions.js';
import { onlyAsked, renderDigestsOf } from '../render/only-asked.js';
import { renderPinned } from '../render/pins.js';
import { isSavedPlanName } from '../saved-plan-name.js';
import { collectReference } from '../values.js';

interface ApplyOptions extends FrozenOption {
  readonly output?: readonly Reference[];
  readonly push?: true;
  /** `--no-record` makes it false. */
  readonly record: boolean;
}

/** Manifests, or one saved plan, by their names. */
async function apply(files: readonly string[], options: ApplyOptions, context: Context): Promise<ApplySet> {
  const { output: destinations = [], push = false, record } = options;
  const plan = files.find((file) => isSavedPlanName(file));
  if (plan !== undefined && files.length > 1) {
    throw fail('usage', {
      message: `${JSON.stringify(plan)} is a saved plan, and nothing else can be applied with it`,
      hint: `It holds all that it was made of: tbuild apply ${plan}.`,
    });
  }
  const request: Omit<ApplyRequest, 'file' | keyof OperationOptions> = {
    ...frozenRequest(options),
    destinations,
    push,
    ...(record ? {} : { withoutRecord: true }),
  };
  return context.operate((operations: Operations, host: Host, base) =>
    plan === undefined
      ? operations.applyImages(host, { ...base, ...request, files: files.length === 0 ? [DEFAULT_FILE] : files })
      : operations.applyPlan(host, { ...base, ...request, plan }),
  );
}

function show(set: ApplySet, { output, isVerbose: verbose }: Context): void {
  const only = onlyAsked(set.images);
  const isAlone = set.images.every((image) => image === only || !image.result.plan.summary.changed);
  output.result(
    only !== undefined && isAlone ? renderApply(only.result, { verbose }) : renderApplySet(set, { verbose }),
  );
  output.tell([
    ...set.images.flatMap(({ result }) => renderSkipped(result.assertions)),
    ...set.images.flatMap(({ result }) => renderPinned(result.plan, { verbose })),
    ...(only === undefined ? [] : renderNextStep(only.result)),
  ]);
}

const run: Handler<ApplyOptions, [files: readonly string[]]> = async (context, options, files) => {
  const set = await apply(files, options, context);
  const { output } = context;
  const only = onlyAsked(set.images);
  if (output.isJson) output.document(only === undefined ? applySetJson(set) : applyJson(only.result));
  else if (output.isQuiet) {
    output.result(renderDigestsOf(set.images.map(({ result, ...image }) => ({ ...image, digest: result.digest }))));
  } else show(set, context);
  return ExitStatus.done;
};

export const defineApply: DefineCommand = (program, act) => {
  const command = program
    .command('apply')
    .summary('build the image, and write it where it should go')
    .description(
      'Builds the image into the cache: artifacts run, layers are written, and the digest is the one that plan showed. What the manifest asserts is looked at, and nothing goes anywhere where it does not hold. With --push the image is also published to the repository that the manifest names, under all of its tags; with --output it goes anywhere else, and without a tag there, under every tag of the manifest. A registry gets only what it lacks, and layers of the base from another of its repositories without a transfer. Of several manifests, those that others are put on come first, and --push takes each to its own name. A saved plan is done just as it says, or refused with what moved since.',
    )
    .argument(
      '[files...]',
      `manifests, or directories with an ${DEFAULT_FILE} or with many below, or one plan.json (default: ${DEFAULT_FILE})`,
    )
    .option('-o, --output <dest>', `${REFERENCE_HELP}; may be repeated; for one image`, collectReference)
    .option('--push', 'publish to the registry: "name" of the manifest, under all "tags"')
    .option('--no-record', 'attach to what goes to a registry no record of how it was built')
    .addOption(chunkSizeOption());
  addFrozenOptions(command)
    .addHelpText(
      'after',
      examples([
        ['tbuild apply', 'build into the cache'],
        ['tbuild apply -o oci:out:latest', 'and write an OCI layout: podman run --rm oci:out:latest'],
        ['tbuild apply -o docker-archive:app.tar', 'and write an archive: docker load -i app.tar'],
        ['tbuild apply --push', 'and publish it'],
        ['tbuild apply images --push', 'all manifests below a directory'],
        ['tbuild apply plan.json --push', 'what tbuild plan -o plan.json showed'],
        ['digest=$(tbuild apply --push --quiet)', 'only the digest on standard output'],
      ]),
    )
    .action(act(run));
};
