// Measures the program against the tools that people use, and writes what came of it: `npm run bench -- --help`.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './command.mjs';
import { corpusFacts } from './corpora/facts.mjs';
import { prepareCorpus } from './corpora/prepare.mjs';
import { buildCrane } from './crane.mjs';
import { machine, versions } from './machine.mjs';
import { measure } from './measure.mjs';
import { mergeResults } from './merge.mjs';
import { readOptions, USAGE } from './options.mjs';
import { missingPrograms } from './peers.mjs';
import { resultLines } from './report/lines.mjs';
import { resultsDocument } from './report/markdown.mjs';
import { plot } from './report/plot.mjs';
import { chosenRows, corporaOf, fullTable, smokeTable } from './rows.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = dirname(here);
const tell = (text) => console.error(text);

/** Bytes on the disk for ten times the work, its caches and its images. */
const TENFOLD_SPACE = 40_000_000_000;

/** Rows with `missing`, why they cannot be measured on this machine, where that is so. */
function withReasons(rows, corpora) {
  const { bavail, bsize } = statfsSync(corpora);
  return rows.map((row) => {
    const programs = missingPrograms(row);
    if (programs.length > 0) return { ...row, missing: `${programs.join(', ')} is not installed` };
    if (row.measure !== 'tenfold' || bavail * bsize >= TENFOLD_SPACE) return row;
    return { ...row, missing: `${TENFOLD_SPACE / 1e9} GB have to be free` };
  });
}

/** Every row of the run with its figures, and what they were measured on. */
async function results(options, scratch) {
  const { corpora, runs, only } = options;
  const program = [process.execPath, options.program];
  if (!existsSync(options.program)) run([process.execPath, join(root, 'scripts', 'build.mjs'), '--no-types']);
  const crane = options.go ? buildCrane(corpora) : undefined;
  const table = options.smoke ? smokeTable() : fullTable({ crane: options.go, tenfold: options.tenfold });
  const rows = withReasons(chosenRows(table, only), corpora);
  const missing = rows.filter((row) => row.missing !== undefined);
  if (options.requirePeers && missing.length > 0)
    throw new Error([...new Set(missing.map((row) => row.missing))].join('; '));
  const needed = [...new Set(rows.filter((row) => row.missing === undefined).flatMap(corporaOf))];
  const directories = new Map(needed.map((name) => [name, prepareCorpus(name, corpora, program, tell)]));
  const directoryOf = (name) => directories.get(name);
  const facts = needed.map((name) => corpusFacts(name, directoryOf(name)));
  const head = { runs, machine: machine(scratch), versions: versions(program, crane), corpora: facts };
  for (const [name, value] of Object.entries({ ...head.machine, ...head.versions })) tell(`${name}: ${value}`);
  for (const { title, files, bytes, tarBytes } of facts)
    tell(`corpus ${title}: ${files} files, ${bytes} bytes, tar ${tarBytes} bytes`);
  const context = { program, crane, scratch, directoryOf, example: join(root, 'examples', 'hello'), tell };
  return { day: new Date().toISOString().slice(0, 10), ...head, rows: await measure(rows, context, runs) };
}

function writeReport(measured) {
  const notes = join(here, 'notes.md');
  writeFileSync(join(here, 'RESULTS.md'), resultsDocument(measured, readFileSync(notes, 'utf8')));
  writeFileSync(join(here, 'results.svg'), plot(measured.rows));
}

async function main(options) {
  const data = join(here, 'results.json');
  if (options.report) return writeReport(JSON.parse(readFileSync(data, 'utf8')));
  mkdirSync(options.corpora, { recursive: true });
  // Beside the corpora, so that what is read and what is written are on one file system.
  const scratch = mkdtempSync(join(options.corpora, 'run-'));
  process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  const measured = await results(options, scratch);
  for (const line of resultLines(measured.rows)) console.log(line);
  if (!options.smoke && measured.rows.some(({ failed }) => failed !== undefined)) process.exitCode = 1;
  if (options.smoke || (options.only.length > 0 && !options.keep)) return;
  const earlier = options.keep && existsSync(data) ? JSON.parse(readFileSync(data, 'utf8')) : undefined;
  const merged = mergeResults(earlier, measured);
  writeFileSync(data, `${JSON.stringify(merged, null, 1)}\n`);
  writeReport(merged);
}

try {
  const options = readOptions(process.argv.slice(2));
  if (options.help) console.log(USAGE);
  else await main(options);
} catch (error) {
  console.error(`bench: ${error.message}`);
  process.exitCode = 1;
}
