// Figures of the built program against `node -e 0`, alternating in one run so that a busy machine slows both alike:
// node bench/run.mjs [runs]. Prints medians and ratios; nothing here fails a build.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const program = join(root, 'dist', 'main.js');
const runs = Number(process.argv[2] ?? 21);
const scratch = mkdtempSync(join(tmpdir(), 'tbuild-bench-'));
const example = join(root, 'examples', 'hello');
const cache = ['--cache', join(scratch, 'cache')];

const tasks = {
  'node -e 0': ['-e', '0'],
  'tbuild --version': [program, '--version'],
  'tbuild --help': [program, '--help'],
  'tbuild plan examples/hello (nothing changed)': [program, 'plan', example, ...cache],
};

function milliseconds(args) {
  const started = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`);
  return performance.now() - started;
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

try {
  execFileSync(process.execPath, [program, 'apply', example, ...cache, '--quiet'], { stdio: 'ignore' });
  const times = Object.fromEntries(Object.keys(tasks).map((name) => [name, []]));
  for (let run = 0; run < runs; run++) {
    for (const [name, args] of Object.entries(tasks)) times[name].push(milliseconds(args));
  }
  console.log(
    `Node ${process.version}, ${cpus()[0]?.model ?? 'unknown processor'} × ${availableParallelism()}, ${runs} runs`,
  );
  const reference = median(times['node -e 0']);
  for (const [name, values] of Object.entries(times)) {
    const ratio = (median(values) / reference).toFixed(2);
    console.log(`${median(values).toFixed(0).padStart(6)} ms  ${ratio.padStart(5)} ×  ${name}`);
  }
} finally {
  rmSync(scratch, { recursive: true });
}
