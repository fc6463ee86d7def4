import { Option } from 'commander';
import { ExitStatus } from '../../errors/index.js';
import { type DefineCommand, examples, type Handler } from '../act.js';
import { renderCacheGc, renderCacheStats, renderCacheVerify } from '../render/cache.js';
import { parseAge } from '../values.js';

interface GcOptions {
  /** Milliseconds. */
  readonly olderThan: number;
  readonly dryRun?: true;
}

const runStats: Handler<object, []> = async (context) => {
  const { output } = context;
  const result = await context.operate((operations, host, base) => operations.cacheStatistics(host, base));
  if (output.isJson) output.document(result);
  else output.result(renderCacheStats(result));
  return ExitStatus.done;
};

const runVerify: Handler<object, []> = async (context) => {
  const { output } = context;
  const result = await context.operate((operations, host, base) => operations.cacheVerify(host, base));
  const isSound = result.damaged.length === 0;
  if (output.isJson) output.document(result);
  else if (!isSound || !output.isQuiet) output.result(renderCacheVerify(result));
  return isSound ? ExitStatus.done : ExitStatus.pinMismatch;
};

const runGc: Handler<GcOptions, []> = async (context, { olderThan: olderThanMs, dryRun = false }) => {
  const { output } = context;
  const result = await context.operate((operations, host, base) =>
    operations.cacheGc(host, { ...base, olderThanMs, dryRun }),
  );
  if (output.isJson) output.document(result);
  else if (!output.isQuiet) output.result(renderCacheGc(result, { dryRun }));
  return ExitStatus.done;
};

export const defineCache: DefineCommand = (program, act) => {
  const cache = program
    .command('cache')
    .summary('look after the content store')
    .description(
      'Looks after the content store. Everything in it can be made again: removing it loses nothing but time, and the memory of what was applied last.',
    )
    .addHelpText(
      'after',
      examples([
        ['tbuild cache stats', 'where it is, and how big'],
        ['tbuild cache verify', 'is everything what its name says?'],
        ['tbuild cache gc --older-than 7d', 'remove what was not used for a week'],
      ]),
    );
  cache.command('stats').description('Shows where the cache is and how much it holds.').action(act(runStats));
  cache
    .command('verify')
    .description('Reads everything in the cache and compares it with its digest. Exits 4 where something is damaged.')
    .action(act(runVerify));
  cache
    .command('gc')
    .description('Removes what was not used for a while, and what interrupted runs left behind.')
    .addOption(
      new Option('--older-than <age>', 'keep what was used within this time: 45s, 90m, 12h, 30d')
        .argParser(parseAge)
        .default(parseAge('30d'), '30d'),
    )
    .option('--dry-run', 'only say what would be removed')
    .action(act(runGc));
};
