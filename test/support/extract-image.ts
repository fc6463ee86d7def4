import { mkdirSync } from 'node:fs';
import { readLayout } from './layout.js';
import { outputOf } from './run.js';

/** Takes the files of an image out of an OCI layout, with nothing of tbuild, into a directory that is not there yet. */
export async function extractImage(layout: string, architecture: string, directory: string): Promise<void> {
  mkdirSync(directory, { recursive: true });
  for (const layer of readLayout(layout, 'latest', architecture).layers) {
    await outputOf('tar', ['-x', '-C', directory, '--no-same-owner'], { input: layer });
  }
}
