import { join } from 'node:path';
import { type FoundTool, findTools } from '../../src/artifact/tools/find-tools.js';
import type { Files, Host } from '../../src/host/index.js';
import { openFileDigests } from '../../src/inputs/index.js';
import type { ArtifactDeclaration } from '../../src/manifest/index.js';
import { openContentStore } from '../../src/store/index.js';
import { hostAhead, inDirectory, type Layout, lay } from '../inputs/support.js';
import { artifact, type Declared } from './support.js';

export type Search = (declaration: ArtifactDeclaration) => Promise<readonly FoundTool[]>;

/** These directories come first on PATH. */
export function machine(programs: readonly string[], files: Partial<Files> = {}): Host {
  const host = hostAhead(10, files);
  const findProgram = (name: string): string | undefined => {
    const own = programs.map((directory) => join(directory, name)).find((path) => host.files.stat(path) !== undefined);
    return own ?? host.processes.findProgram(name);
  };
  return { ...host, processes: { ...host.processes, findProgram } };
}

/** Finds tools on a machine, each time as a new run of tbuild. */
export function searchOn(host: Host, root: string): Search {
  return async (declaration) => {
    const store = openContentStore(host, join(root, 'cache'));
    const digests = openFileDigests(host, store.records, join(root, 'image.yaml'));
    const unused = { created: 0, sandboxes: undefined as never, pins: undefined as never, varied: new Set<never>() };
    try {
      const context = { host, directory: root, store, digests, onOutput: () => undefined, ...unused };
      return await findTools(declaration, context);
    } finally {
      digests.save();
      store.close();
    }
  };
}

/** The work on a machine that has these files, of which those in `bin` are found on PATH. */
export const withTools = <T>(
  layout: Layout,
  work: (search: Search, root: string) => Promise<T>,
  files: (root: string) => Partial<Files> = () => ({}),
): Promise<T> =>
  inDirectory((root) => {
    lay(root, layout);
    return work(searchOn(machine([join(root, 'bin')], files(root)), root), root);
  });

type Tool = NonNullable<Declared['tools']>[number];

/** An artifact that runs this tool alone. */
export function using(tool: Tool): ArtifactDeclaration {
  return artifact([typeof tool === 'string' ? tool : tool.name], { tools: [tool] });
}

/** `file bin/x`, `symlink bin/y -> x`: what is below the directory. */
export function seenBy({ files }: FoundTool, root: string): string[] {
  const own = files.filter(({ absolute }) => absolute.startsWith(`${root}/`));
  return own.map(({ absolute, kind, target }) => {
    const link = target === undefined ? '' : ` -> ${target}`;
    return `${kind} ${absolute.slice(root.length + 1)}${link}`;
  });
}
