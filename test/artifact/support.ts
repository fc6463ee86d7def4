import { join } from 'node:path';
import {
  type ArtifactContext,
  openSandboxes,
  type PreparedArtifact,
  prepareArtifact,
  runArtifact,
  type Sandboxes,
  type Variation,
} from '../../src/artifact/index.js';
import { createNodeHost, type Host } from '../../src/host/index.js';
import { openFileDigests } from '../../src/inputs/index.js';
import { openPins, type Pins } from '../../src/lock/index.js';
import type { ArtifactDeclaration, ArtifactLimits, ToolDeclaration } from '../../src/manifest/index.js';
import { type Platform, renderPlatform } from '../../src/oci/index.js';
import { openContentStore } from '../../src/store/index.js';
import type { FileTree } from '../../src/tree/index.js';
import { at, inDirectory, type Layout, lay, pattern, selection } from '../inputs/support.js';

const amd64: Platform = { os: 'linux', architecture: 'amd64' };

export interface Bench {
  /** Holds what `lay` made: the directory of image.yaml. */
  readonly directory: string;
  readonly context: ArtifactContext;
  /** Everything that commands wrote. */
  log(): string;
  readonly outputs: Map<string, FileTree>;
  prepare(declaration: ArtifactDeclaration): Promise<PreparedArtifact>;
  /** Prepares and, unless it is cached, runs. */
  build(declaration: ArtifactDeclaration): Promise<FileTree>;
  /** How many commands ran so far. */
  runs(): number;
}

export interface BenchOptions {
  readonly created?: number;
  readonly platform?: Platform;
  readonly host?: Partial<Host>;
  readonly sandboxes?: Sandboxes;
  readonly varied?: readonly Variation[];
  readonly pins?: Pins;
}

/** Runs the work with a store, a source directory and a machine of its own. */
export function onBench<T>(layout: Layout, work: (bench: Bench) => Promise<T>, options: BenchOptions = {}): Promise<T> {
  const { created = 1_000_000_000, platform = amd64 } = options;
  return inDirectory(async (root) => {
    const directory = join(root, 'project');
    lay(root, { 'project/': '' });
    lay(directory, layout);
    const host = { ...createNodeHost(), ...options.host };
    const store = openContentStore(host, join(root, 'cache'));
    const digests = openFileDigests(host, store.records, join(directory, 'image.yaml'));
    const written: Uint8Array[] = [];
    const outputs = new Map<string, FileTree>();
    let runs = 0;
    const onOutput = (_artifact: unknown, chunk: Uint8Array): unknown => written.push(chunk.slice());
    const none = { lock: undefined, file: 'image.lock.json', isFrozen: false, update: 'none' } as const;
    const pins = options.pins ?? openPins(none);
    const context: ArtifactContext = {
      ...{ host, directory, store, digests, created, onOutput },
      sandboxes: options.sandboxes ?? openSandboxes(host),
      pins: pins.forPlatform(renderPlatform(platform)),
      varied: new Set(options.varied),
    };
    const prepare = (declaration: ArtifactDeclaration) => prepareArtifact(declaration, platform, context, outputs);
    const build = async (declaration: ArtifactDeclaration): Promise<FileTree> => {
      const prepared = await prepare(declaration);
      if (prepared.output === undefined) runs++;
      const output = prepared.output ?? (await runArtifact(prepared, declaration, platform, context, outputs));
      outputs.set(declaration.name, output);
      return output;
    };
    const log = (): string => Buffer.concat(written).toString('utf8');
    try {
      return await work({ directory, context, log, outputs, prepare, build, runs: () => runs });
    } finally {
      store.close();
    }
  });
}

type DeclaredTool = Partial<Omit<ToolDeclaration, 'name'>> & Pick<ToolDeclaration, 'name'>;

export interface Declared extends Partial<Omit<ArtifactDeclaration, 'run' | 'tools' | 'inputs' | 'limits'>> {
  readonly tools?: readonly (string | DeclaredTool)[];
  readonly from?: string;
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly limits?: Partial<ArtifactLimits>;
}

const NO_LIMITS: ArtifactLimits = {
  time: undefined,
  memory: undefined,
  processes: undefined,
  output: undefined,
  log: undefined,
};

function tool(given: string | DeclaredTool): ToolDeclaration {
  const { name, ...more } = typeof given === 'string' ? { name: given } : given;
  return { name, with: [], packages: [], at: pattern(name).at, ...more };
}

/** An artifact with this script (or command line) and the tools it names; relaxed, so that it works on every machine. */
export function artifact(run: string | readonly string[], declared: Declared = {}): ArtifactDeclaration {
  const { tools = [], from = '.', include, exclude, limits, ...more } = declared;
  return {
    name: 'server',
    run: typeof run === 'string' ? { kind: 'script', script: run } : { kind: 'command', args: run },
    inputs: { from, ...selection(include, exclude) },
    tools: tools.map(tool),
    env: {},
    needs: {},
    network: false,
    sandbox: 'relaxed',
    limits: { ...NO_LIMITS, ...limits },
    perPlatform: false,
    at,
    ...more,
  };
}
