// One command for everything that can be checked without running the program: format, lint, types, dead code, package.
// `--fix` formats, and fixes what can be fixed safely.
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));
const installed = (name) => join('node_modules', '.bin', name);
const fix = process.argv.includes('--fix');
const steps = [
  ['build', process.execPath, ['scripts/build.mjs']],
  ['format and lint', installed('biome'), ['check', '--error-on-warnings', ...(fix ? ['--write'] : []), '.']],
  ['reference in README.md', process.execPath, ['scripts/reference.mjs', '--check']],
  ['types', installed('tsc'), ['-p', '.']],
  ['dead code', installed('knip'), []],
  ['package', installed('publint'), ['--strict']],
];
let failed = 0;
for (const [title, program, args] of steps) {
  const { status } = spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${title}`);
  if (status !== 0) failed++;
}
process.exitCode = failed === 0 ? 0 : 1;
