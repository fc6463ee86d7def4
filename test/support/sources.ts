import { cpSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { makeAwkwardSource } from './awkward-source.js';
import { copyExamples, exampleNames } from './examples.js';
import { outputOf } from './run.js';
import { neutralEnv, program } from './tbuild.js';

/** What must have the same digests wherever it is built, each after those it is built on. */
export const sourceNames: readonly string[] = [...exampleNames, 'awkward-gzip', 'awkward-zstd', 'awkward-none'];

/** The examples and three awkward trees, a directory each below `directory`. */
export function makeSources(directory: string): void {
  copyExamples(directory, '[linux/amd64, linux/arm64]');
  for (const compression of ['gzip', 'zstd', 'none'] as const) {
    makeAwkwardSource(join(directory, `awkward-${compression}`), compression);
  }
}

/** A copy with the modes and times of the original. */
export function copySources(from: string, to: string): string {
  cpSync(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
  return to;
}

/** The absolute paths of all files below a directory. */
export function filesIn(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .map((item) => join(item.parentPath, item.name));
}

/** How tbuild is started. */
export interface Builder {
  /** The program and its first arguments. */
  readonly command?: readonly string[];
  /** A program that runs the whole build as its arguments say. */
  readonly within?: readonly string[];
  /** Shell commands that run there before the build. */
  readonly first?: string;
  readonly options?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** How a source's directory is named on the command line. */
  readonly nameOf?: (directory: string) => string;
  /** False: nothing is written beside the sources; the layout of the base is there already. */
  readonly writesLayouts?: boolean;
}

const quoted = (words: readonly string[]): string =>
  words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');

/** Builds all sources in a cache, and gives the digest of each. */
export async function digestsOf(
  sources: string,
  cache: string,
  builder: Builder = {},
): Promise<Readonly<Record<string, string>>> {
  const lines = sourceNames.map((name) => {
    const directory = join(sources, name);
    const layout = builder.writesLayouts === false ? [] : ['-o', `oci:${join(directory, 'layout')}`];
    const args = ['apply', builder.nameOf?.(directory) ?? directory, ...layout, '--cache', cache, '--quiet'];
    return `"$@" ${quoted([...args, ...(builder.options ?? [])])}`;
  });
  const script = [builder.first ?? '', ...lines].join('\n');
  const command = builder.command ?? [process.execPath, program];
  const [first, ...args] = [...(builder.within ?? []), 'sh', '-euc', script, '-', ...command];
  const output = await outputOf(first!, args, {
    env: { ...neutralEnv, ...builder.env },
    ...(builder.cwd === undefined ? {} : { cwd: builder.cwd }),
  });
  const digests = output.split('\n');
  if (digests.length !== sourceNames.length) throw new Error(`not a digest for each source:\n${output}`);
  return Object.fromEntries(sourceNames.map((name, index) => [name, digests[index]!]));
}
