import { cpSync } from 'node:fs';
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
  readonly architectures: readonly string[];
}

/** What `examples/` holds in a fresh clone, copied to a directory. */
export function copyExamples(directory: string): void {
  const results = new Set(['derived/layout', 'derived/base/layout'].map((path) => join(root, 'examples', path)));
  cpSync(join(root, 'examples'), directory, { recursive: true, filter: (path) => !results.has(path) });
}

/** Builds a copy of every example, in a cache of its own: all below `workspace`. */
export async function buildExamples(workspace: string): Promise<readonly BuiltExample[]> {
  const examples = join(workspace, 'examples');
  copyExamples(examples);
  const built: BuiltExample[] = [];
  for (const name of exampleNames) {
    const directory = join(examples, name);
    const layout = join(directory, 'layout');
    const cache = join(workspace, 'cache');
    const digest = await tbuild(['apply', directory, '-o', `oci:${layout}`, '--cache', cache, '--quiet']);
    const architectures = name === 'static-site' ? ['amd64'] : ['amd64', 'arm64'];
    built.push({ name, directory, layout, digest, architectures });
  }
  return built;
}
