import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './root.js';

export interface Toolchain {
  /** `node-22` */
  readonly name: string;
  /** The program. */
  readonly node: string;
  readonly present: boolean;
}

/** The versions of Node of .ci/toolchains, installed by .ci/run or `npm ci --prefix .ci/toolchains`. */
export function toolchains(): readonly Toolchain[] {
  const directory = join(root, '.ci', 'toolchains');
  const { dependencies } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  return Object.keys(dependencies).map((name) => {
    const node = join(directory, 'node_modules', name, 'bin', 'node');
    const present = existsSync(node);
    if (!present && process.env.CI) throw new Error(`${node} is missing`);
    return { name, node, present };
  });
}
