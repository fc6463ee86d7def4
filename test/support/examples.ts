import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll } from 'vitest';
import { root } from './root.js';
import { tbuild } from './tbuild.js';

/** The examples that need nothing but this machine, each after those it is built on. */
export const exampleNames = ['hello', 'static-site', 'derived/base', 'derived'] as const;

/** The examples that need packages of Debian, for linux/amd64, with the lock that goes with them. */
export const packageExampleNames = ['micro', 'nginx', 'python'] as const;

/** The examples that compile with tools of this machine. */
export const artifactExampleNames = ['c-program', 'node-app', 'python-wheel', 'go-binary', 'rust-binary'] as const;

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

/** The examples of packages, copied to a directory, with another mirror than Debian's. */
export function copyPackageExamples(directory: string, mirror: string): void {
  for (const name of packageExampleNames) {
    cpSync(join(root, 'examples', name), join(directory, name), { recursive: true });
    const file = join(directory, name, 'image.yaml');
    const text = readFileSync(file, 'utf8').replace(/^( +)suite: bookworm$/m, `$&\n$1mirror: ${mirror}`);
    writeFileSync(file, text);
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

/** The examples, built before the tests of the calling file. */
export interface Examples {
  /** An example as it is: an image for one platform. */
  example(name: string): BuiltExample;
  /** The same for linux/amd64 and linux/arm64: an index. */
  forBoth(name: string): BuiltExample;
}

export function useExamples(workspace: { readonly path: string }): Examples {
  let single: readonly BuiltExample[] = [];
  let both: readonly BuiltExample[] = [];
  beforeAll(async () => {
    single = await buildExamples(workspace.path);
    both = await buildExamples(join(workspace.path, 'multi-platform'), '[linux/amd64, linux/arm64]');
  });
  const named = (list: readonly BuiltExample[], name: string): BuiltExample => {
    const found = list.find((item) => item.name === name);
    if (found === undefined) throw new Error(`there is no example ${name}`);
    return found;
  };
  return { example: (name) => named(single, name), forBoth: (name) => named(both, name) };
}
