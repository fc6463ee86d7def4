import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.mjs';

const MODULE = 'github.com/google/go-containerregistry/cmd/crane@v0.20.3';

/** Builds crane with the Go of this machine, once. @returns where it is */
export function buildCrane(directory) {
  const binaries = join(directory, 'bin');
  const crane = join(binaries, 'crane');
  if (existsSync(crane)) return crane;
  mkdirSync(binaries, { recursive: true });
  run(['go', 'install', MODULE], { env: { GOBIN: binaries, CGO_ENABLED: '0' } });
  return crane;
}
