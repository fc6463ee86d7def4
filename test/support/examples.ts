import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.js';
import { tbuild } from './tbuild.js';

/** The examples, each after those it is built on. */
export const exampleNames = ['hello', 'static-site', 'derived/base', 'derived'] as const;

export interface BuiltExample {
  readonly name: string;
  /** A copy of the example. */
  readonly directory: string;
  /** OCI layout with the image under each of its tags. */
  readonly layout: string;
  readonly digest: string;
}

/** What `examples/` holds in a fresh clone, copied to a directory. Without platforms of their own: for this machine. */
export function copyExamples(directory: string, platforms?: string): void {
  const results = new Set(['derived/layout', 'derived/base/layout'].map((path) => join(root, 'examples', path)));
  cpSync(join(root, 'examples'), directory, { recursive: true, filter: (path) => !results.has(path) });
  if (platforms === undefined) return;
  for (const name of exampleNames) {
    const file = join(directory, name, 'image.yaml');
    const text = readFileSync(file, 'utf8').replace(/^platforms:.*\n/m, '');
    writeFileSync(file, text.replace(/^version: 1$/m, `version: 1\nplatforms: ${platforms}`));
  }
}

/** Builds a copy of every example, in a cache of its own: all below `workspace`. */
export async function buildExamples(workspace: string, platforms?: string): Promise<readonly BuiltExample[]> {
  const examples = join(workspace, 'examples');
  copyExamples(examples, platforms);
  const built: BuiltExample[] = [];
  for (const name of exampleNames) {
    const directory = join(examples, name);
    const layout = join(directory, 'layout');
    const cache = join(workspace, 'cache');
    const digest = await tbuild(['apply', directory, '-o', `oci:${layout}`, '--cache', cache, '--quiet']);
    built.push({ name, directory, layout, digest });
  }
  return built;
}
