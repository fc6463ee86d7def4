import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { explainFile } from '../../src/compare/index.js';
import type { Finding } from '../../src/plan/index.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

export type Bytes = string | Uint8Array;

export async function findingsOf(before: Bytes, after: Bytes, created?: number): Promise<readonly Finding[]> {
  const side = (content: Bytes) => {
    const bytes = Buffer.from(content);
    return { path: '/file', size: bytes.length, open: () => [bytes] };
  };
  return explainFile(side(before), side(after), { created });
}

/** A finding as a line: `text line 2 @7: "a" -> "b" | time: the time …`. */
export function lineOf({ kind, where, offset, before, after, likely }: Finding): string {
  const place = offset === undefined ? '' : ` @${offset}`;
  const why = likely === null ? '' : ` | ${likely.kind}: ${likely.text}`;
  return `${kind} ${where}${place}: ${before} -> ${after}${why}`;
}

export async function linesOf(before: Bytes, after: Bytes, created?: number): Promise<readonly string[]> {
  return (await findingsOf(before, after, created)).map(lineOf);
}

export interface Workshop {
  path(name: string): string;
  write(name: string, content: Bytes): void;
  read(name: string): Buffer;
  /** Runs a shell script in the directory. */
  run(script: string, env?: Readonly<Record<string, string>>): void;
}

/** A directory in which real programs make the files of the tests of the calling file or `describe`. */
export function workshop(): Workshop {
  const directory = temporaryDirectory();
  const pathOf = (name: string): string => join(directory.path, name);
  return {
    path: pathOf,
    write(name, content) {
      mkdirSync(dirname(pathOf(name)), { recursive: true });
      writeFileSync(pathOf(name), content);
    },
    read: (name) => readFileSync(pathOf(name)),
    run(script, more = {}) {
      const env = { PATH: process.env.PATH, LC_ALL: 'C', TZ: 'UTC', HOME: directory.path, ...more };
      execFileSync('sh', ['-euc', script], { cwd: directory.path, stdio: ['ignore', 'ignore', 'pipe'], env });
    },
  };
}
