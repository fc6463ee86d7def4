import { randomBytes } from 'node:crypto';
import { availableParallelism, endianness, homedir, tmpdir, totalmem } from 'node:os';
import { resolve } from 'node:path';
import { fail } from '../../errors/index.js';
import { reasonOf } from '../files.js';
import type { Env } from '../host.js';

/** Node's names of architectures that platforms name differently (Go's GOARCH, which OCI image-index takes over). */
const ARCHITECTURES: Readonly<Record<string, string>> = {
  x64: 'amd64',
  ia32: '386',
  mipsel: 'mipsle',
  loong64: 'loong64',
};

function architecture(): string {
  if (process.arch === 'ppc64') return endianness() === 'LE' ? 'ppc64le' : 'ppc64';
  return ARCHITECTURES[process.arch] ?? process.arch;
}

function variable(name: string): string | undefined {
  return process.env[name] || undefined;
}

function variables(): Record<string, string> {
  const set = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return Object.fromEntries(set);
}

function homeDirectory(): string {
  const declared = variable('HOME');
  if (declared !== undefined) return resolve(declared);
  try {
    return homedir() || '/';
  } catch {
    return '/'; // a user id that no account has, as in many containers
  }
}

/** What a control group allows, which is 0 or more than there is where there is no limit. */
function memoryBytes(): number {
  return Math.min(totalmem(), process.constrainedMemory() || Number.POSITIVE_INFINITY);
}

/** @throws TbuildError `usage` where the directory has been removed */
export function currentDirectory(): string {
  try {
    return process.cwd();
  } catch (error) {
    throw fail('usage', {
      message: `Cannot work in the current directory: ${reasonOf(error)}`,
      hint: 'Go to a directory that is there, or name one with -C.',
      cause: error,
    });
  }
}

/** The real process and machine. */
export const nodeEnv: Env = {
  variable,
  variables,
  get userId() {
    return process.geteuid?.() ?? 0;
  },
  get workingDirectory() {
    return currentDirectory();
  },
  get homeDirectory() {
    return homeDirectory();
  },
  get temporaryDirectory() {
    return resolve(tmpdir());
  },
  architecture: architecture(),
  cpuCount: availableParallelism(),
  get memoryBytes() {
    return memoryBytes();
  },
  processId: process.pid,
  uniqueName: () => randomBytes(16).toString('hex'),
};
