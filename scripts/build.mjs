// Bundles src/ into dist/: one file per entry, shared chunks for what commands load lazily, and the type declarations.
// `--no-types` leaves the declarations out (tests do not need them).
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const require = createRequire(import.meta.url);
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
process.chdir(root);

execFileSync(process.execPath, ['scripts/generate.mjs'], { stdio: 'inherit' });
rmSync('dist', { recursive: true, force: true });
await build({
  entryPoints: {
    main: 'src/main.ts',
    api: 'src/api/index.ts',
    'layer-worker': 'src/layer/worker.ts',
    'hash-worker': 'src/inputs/hash-worker.ts',
    'unpack-worker': 'src/inputs/unpack-worker.ts',
  },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.15',
  chunkNames: 'chunk-[hash]',
  // @bokuweb/zstd-wasm looks for zstd.wasm beside its own file, which in the bundle is dist/.
  define: { TBUILD_VERSION: JSON.stringify(version), __dirname: 'import.meta.dirname' },
  // Bundled CommonJS packages ask for Node's own modules through require.
  banner: {
    js: "import { createRequire as tbuildRequire } from 'node:module'; const require = tbuildRequire(import.meta.url);",
  },
  legalComments: 'linked',
  logLevel: 'warning',
});
chmodSync('dist/main.js', 0o755);
copyFileSync(join(dirname(require.resolve('@bokuweb/zstd-wasm')), 'zstd.wasm'), 'dist/zstd.wasm');
if (!process.argv.includes('--no-types')) {
  execFileSync(join('node_modules', '.bin', 'tsc'), ['-p', 'tsconfig.types.json'], { stdio: 'inherit' });
}
