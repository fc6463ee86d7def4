import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

export const USAGE = `npm run bench -- [options]

  --smoke            tenths of the corpora and few rows, in less than a minute; prints ratios, writes nothing
  --runs N           runs of each contender, by turns (default: 5, with --smoke 3)
  --only ROW[,ROW]   only these rows, by their ids or the beginnings of them: cold-gzip/S, memory; writes nothing
  --keep             with --only: writes, and the other rows stay as they are
  --corpora DIR      where corpora are, or are made (default: below the system's temporary directory)
  --program PATH     the program to measure (default: dist/main.js, built where it is missing)
  --no-tenfold       without the rows of ten times the work, for which 40 GB have to be free
  --with-go          also crane, built from its module with the Go of this machine
  --require-peers    fail where a program that a row needs is missing
  --report           render results.json and notes.md anew, and measure nothing
  --help`;

const switches = ['smoke', 'no-tenfold', 'with-go', 'require-peers', 'report', 'keep', 'help'];
const values = ['runs', 'only', 'corpora', 'program'];

/** @param args what follows the name of the script @throws on what is not an option */
export function readOptions(args) {
  const options = Object.fromEntries([
    ...switches.map((name) => [name, { type: 'boolean', default: false }]),
    ...values.map((name) => [name, { type: 'string' }]),
  ]);
  const { values: given } = parseArgs({ args, options });
  const runs = Number(given.runs ?? (given.smoke ? 3 : 5));
  if (!Number.isInteger(runs) || runs < 1) throw new Error(`--runs is a whole number from 1, not ${given.runs}`);
  return {
    help: given.help,
    smoke: given.smoke,
    report: given.report,
    keep: given.keep,
    runs,
    only: (given.only ?? '').split(',').filter((name) => name !== ''),
    corpora: resolve(given.corpora ?? join(tmpdir(), 'tbuild-bench')),
    program: resolve(given.program ?? join(root, 'dist', 'main.js')),
    tenfold: !given['no-tenfold'],
    go: given['with-go'],
    requirePeers: given['require-peers'],
  };
}
