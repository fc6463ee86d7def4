import { compareUtf8 } from '../util/index.js';
import type { ArtifactDeclaration, ArtifactLimits, ManifestPath, ToolDeclaration } from './build-manifest.js';
import { parseByteCount } from './byte-count.js';
import { accepted } from './complaint.js';
import { type SpanOf, selectionOf } from './contents/place.js';
import type * as Yaml from './generated/image-yaml.js';
import { sortArtifacts } from './sort-artifacts.js';
import { parseTimeSpan } from './time-span.js';

/** A map sorted by the UTF-8 bytes of its keys, so that the order of the file is no input. */
export function sorted<T>(map: Readonly<Record<string, T>> | undefined): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(map ?? {}).sort(([a], [b]) => compareUtf8(a, b)));
}

function runOf(run: Yaml.Artifact['run']): ArtifactDeclaration['run'] {
  return typeof run === 'string' ? { kind: 'script', script: run } : { kind: 'command', args: run };
}

function toolOf(written: Yaml.Tool, path: ManifestPath, spanOf: SpanOf): ToolDeclaration {
  const { name, with: others = [], packages = [] } = typeof written === 'string' ? { name: written } : written;
  return { name, with: others.map((other) => other.replace(/\/$/, '')), packages, at: spanOf(path) };
}

function limitsOf({ time, memory, processes, output, log }: NonNullable<Yaml.Artifact['limits']>): ArtifactLimits {
  const bytesOf = (written: number | string | undefined): number | undefined =>
    typeof written === 'string' ? accepted(parseByteCount(written)) : written;
  return {
    time: typeof time === 'string' ? accepted(parseTimeSpan(time)) : time,
    memory: bytesOf(memory),
    processes,
    output: bytesOf(output),
    log: bytesOf(log),
  };
}

/** Names of the artifacts that are built for each platform. */
function perPlatformOf(
  order: readonly string[],
  artifacts: Readonly<Record<string, Yaml.Artifact>>,
  usesPlatform: (artifact: string) => boolean,
): ReadonlySet<string> {
  const names = new Set<string>();
  for (const name of order) {
    const needs = Object.values(artifacts[name]!.needs ?? {});
    if (usesPlatform(name) || needs.some((needed) => names.has(needed))) names.add(name);
  }
  return names;
}

/** The artifacts of a checked manifest, each after those it needs. */
export function artifactsOf(
  artifacts: Readonly<Record<string, Yaml.Artifact>>,
  { spanOf, usesPlatform }: { readonly spanOf: SpanOf; usesPlatform(artifact: string): boolean },
): readonly ArtifactDeclaration[] {
  const needs = Object.entries(artifacts).map(
    ([name, artifact]) => [name, Object.values(artifact.needs ?? {}).map((needed) => ({ name: needed }))] as const,
  );
  const { order } = sortArtifacts(new Map(needs));
  const perPlatform = perPlatformOf(order, artifacts, usesPlatform);
  return order.map((name) => {
    const { run, inputs = {}, tools = [], env, needs: needed, network, sandbox, limits } = artifacts[name]!;
    const path = ['artifacts', name];
    return {
      name,
      run: runOf(run),
      inputs: { from: inputs.from ?? '.', ...selectionOf(inputs, [...path, 'inputs'], spanOf) },
      tools: tools.map((tool, index) => toolOf(tool, [...path, 'tools', index], spanOf)),
      env: sorted(env),
      needs: sorted(needed),
      network: network ?? false,
      sandbox,
      limits: limitsOf(limits ?? {}),
      perPlatform: perPlatform.has(name),
      at: spanOf(path),
    };
  });
}
