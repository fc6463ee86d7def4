import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { createNodeHost, type Files, type Host } from '../../src/host/index.js';
import { parseReference } from '../../src/oci/index.js';
import { applyImage, type BuildRequest } from '../../src/operations/index.js';
import { makeTree, type TreeItem } from '../support/make-tree.js';

/** A directory with an image.yaml and a cache of its own. */
export interface Workspace {
  readonly directory: string;
  readonly request: BuildRequest & {
    readonly file: string;
    readonly cacheDirectory: string;
    /** No test asks a registry that its image.yaml names only to be read. */
    readonly isLocal: boolean;
  };
  path(name: string): string;
  write(name: string, text: string): void;
}

const made: string[] = [];
afterAll(() => {
  for (const directory of made) rmSync(directory, { recursive: true, force: true });
});

export function workspace(items: Readonly<Record<string, TreeItem>>): Workspace {
  const directory = mkdtempSync(join(tmpdir(), 'tbuild-operations-'));
  made.push(directory);
  const source = join(directory, 'source');
  makeTree(source, items);
  const path = (name: string) => join(source, name);
  return {
    directory,
    // Not that of the machine: where programs run by themselves a lock is frozen.
    request: { file: source, cacheDirectory: join(directory, 'cache'), frozen: false, isLocal: true },
    path,
    write: (name, text) => writeFileSync(path(name), text),
  };
}

/** The real machine, with a list of the files below a directory that were opened for reading. */
export function watchedHost(below: string): { readonly host: Host; readonly opened: string[] } {
  const host = createNodeHost();
  const opened: string[] = [];
  const see = (path: string): void => {
    if (path.startsWith(below)) opened.push(path.slice(below.length + 1));
  };
  const files: Files = {
    ...host.files,
    openRead(path) {
      see(path);
      return host.files.openRead(path);
    },
    readFile(path, limit) {
      see(path);
      return host.files.readFile(path, limit);
    },
  };
  return { host: { ...host, files }, opened };
}

/** Builds base.yaml of a workspace into the layout `base` beside it. */
export async function applyBase({ request, path }: Workspace): Promise<void> {
  const destinations = [parseReference(`oci:${path('base')}`)];
  await applyImage(createNodeHost(), { ...request, file: path('base.yaml'), destinations });
}
