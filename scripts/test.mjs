// Builds the program, then runs the tests: `node scripts/test.mjs [vitest's arguments]`. The last line says
// "N passed, N failed", and ", N skipped" where some were. A test file that could not be loaded, and an error that
// belongs to no test, count as failed. Fails where anything failed or nothing ran.
import { execFileSync } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseCLI, startVitest } from 'vitest/node';

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));
execFileSync(process.execPath, ['scripts/build.mjs', '--no-types'], { stdio: 'inherit' });

const { filter, options } = parseCLI(['vitest', 'run', ...process.argv.slice(2)]);
const vitest = await startVitest('test', filter, { ...options, watch: false });
const counts = { passed: 0, failed: 0, skipped: 0, pending: 0 };
for (const module of vitest.state.getTestModules()) {
  counts.failed += module.errors().length > 0 ? 1 : 0;
  for (const suite of module.children.allSuites()) counts.failed += suite.errors().length > 0 ? 1 : 0;
  for (const test of module.children.allTests()) counts[test.result().state]++;
}
counts.failed += counts.pending + vitest.state.getUnhandledErrors().length;
await vitest.close();

process.exitCode = counts.failed === 0 && counts.passed > 0 && !process.exitCode ? 0 : 1;
const skipped = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
process.once('exit', () => console.log(`${counts.passed} passed, ${counts.failed} failed${skipped}`));
