// One command for everything that can be checked without running the program: format, lint, types, dead code, package.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))));
const require = createRequire(import.meta.url);
const fix = process.argv.includes('--fix');
const steps = [
  ['generated files', process.execPath, ['scripts/generate.mjs']],
  [
    'format and lint',
    process.execPath,
    [require.resolve('@biomejs/biome/bin/biome'), 'check', ...(fix ? ['--write'] : []), '.'],
  ],
  ['reference in README.md', process.execPath, ['scripts/reference.mjs', '--check']],
  ['types', process.execPath, [require.resolve('typescript/bin/tsc'), '-p', '.']],
  ['dead code', 'npx', ['--no-install', 'knip']],
  ['package', 'npx', ['--no-install', 'publint', '--strict']],
];
let failed = 0;
for (const [title, program, args] of steps) {
  const { status } = spawnSync(program, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${title}`);
  if (status !== 0) failed++;
}
process.exitCode = failed === 0 ? 0 : 1;
