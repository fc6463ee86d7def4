import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/fixed-seed.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Many tests wait for programs that they started, so two files at once are good even for two processors.
    maxWorkers: Math.max(2, Math.floor(availableParallelism() / 2)),
  },
});
