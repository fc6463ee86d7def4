import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem } from 'node:os';
import { programPath, run, shell } from './command.mjs';

/** How each program says its version, in the first line that it prints. */
const VERSIONS = {
  umoci: ['umoci', '--version'],
  buildah: ['buildah', '--version'],
  skopeo: ['skopeo', '--version'],
  'docker-registry': ['docker-registry', '--version'],
  mmdebstrap: ['mmdebstrap', '--version'],
  git: ['git', '--version'],
  tar: ['tar', '--version'],
  gzip: ['gzip', '--version'],
  pigz: shell('pigz --version 2>&1'),
  zstd: ['zstd', '--version'],
};

const firstLine = (command) => run(command, { output: true }).trim().split('\n')[0];

/** The version of a program, or that it is missing. */
function versionOf(command) {
  try {
    return firstLine(command);
  } catch {
    return 'there, but it does not tell its version';
  }
}

function distribution() {
  const text = readFileSync('/etc/os-release', 'utf8');
  return /^PRETTY_NAME="?([^"\n]*)"?$/m.exec(text)?.[1] ?? 'unknown distribution';
}

/** Versions of everything that takes part. @param program the arguments that start tbuild @param crane where it is, if anywhere */
export function versions(program, crane) {
  const peers = Object.entries(VERSIONS).map(([name, command]) => [
    name,
    programPath(name) === undefined ? 'missing' : versionOf(command),
  ]);
  return {
    tbuild: `${firstLine([...program, '--version'])}, ${commit()}`,
    node: process.version,
    ...Object.fromEntries(peers),
    ...(crane === undefined ? {} : { crane: `crane ${firstLine([crane, 'version'])}` }),
  };
}

/** Which sources this is a work tree of. */
function commit() {
  try {
    const changed = firstLine(['git', 'status', '--porcelain', '--untracked-files=no', 'src', 'scripts']);
    return `commit ${firstLine(['git', 'rev-parse', '--short=12', 'HEAD'])}${changed === '' ? '' : ' with changes'}`;
  } catch {
    return 'of no known commit';
  }
}

/** The machine as far as it bears on the figures. @param scratch where outputs are written */
export function machine(scratch) {
  const [processor] = cpus();
  return {
    processor: `${processor?.model ?? 'unknown processor'}, ${availableParallelism()} processors`,
    memory: `${(totalmem() / 1024 ** 3).toFixed(0)} GiB`,
    system: `${distribution()}, Linux ${release()}`,
    'file system': firstLine(['stat', '--file-system', '--format=%T', scratch]),
  };
}
