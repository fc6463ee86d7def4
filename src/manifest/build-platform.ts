import type { Platform } from '../oci/index.js';
import { compareUtf8 } from '../util/index.js';
import { layersOf } from './build-contents.js';
import type { ArtifactDeclaration, BaseDeclaration, ConfigDeclaration, PlatformManifest } from './build-manifest.js';
import { accepted } from './complaint.js';
import { type SpanOf, selectionOf } from './contents/place.js';
import type * as Yaml from './generated/image-yaml.js';
import { parseBase } from './image-name.js';
import { sortArtifacts } from './sort-artifacts.js';

/** A map sorted by the UTF-8 bytes of its keys, so that the order of the file is no input. */
function sorted<T>(map: Readonly<Record<string, T>> | undefined): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(map ?? {}).sort(([a], [b]) => compareUtf8(a, b)));
}

function baseOf(text: string, spanOf: SpanOf): BaseDeclaration {
  const reference = accepted(parseBase(text));
  return reference === 'scratch' ? { kind: 'scratch' } : { kind: 'image', reference, text, at: spanOf(['base']) };
}

function runOf(run: Yaml.Artifact['run']): ArtifactDeclaration['run'] {
  return typeof run === 'string' ? { kind: 'script', script: run } : { kind: 'command', args: run };
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

function artifactsOf(
  artifacts: Readonly<Record<string, Yaml.Artifact>>,
  { spanOf, usesPlatform }: Pick<PlatformParts, 'spanOf' | 'usesPlatform'>,
): readonly ArtifactDeclaration[] {
  const needs = Object.entries(artifacts).map(
    ([name, artifact]) => [name, Object.values(artifact.needs ?? {}).map((needed) => ({ name: needed }))] as const,
  );
  const { order } = sortArtifacts(new Map(needs));
  const perPlatform = perPlatformOf(order, artifacts, usesPlatform);
  return order.map((name) => {
    const artifact = artifacts[name]!;
    const path = ['artifacts', name];
    const tools = artifact.tools ?? [];
    return {
      name,
      run: runOf(artifact.run),
      inputs: selectionOf(artifact.inputs ?? {}, [...path, 'inputs'], spanOf),
      tools: tools.map((tool, index) => ({ name: tool, at: spanOf([...path, 'tools', index]) })),
      env: sorted(artifact.env),
      needs: sorted(artifact.needs),
      perPlatform: perPlatform.has(name),
      at: spanOf(path),
    };
  });
}

function configOf(written: Yaml.Config = {}): ConfigDeclaration {
  const { entrypoint, cmd, user, workdir, 'stop-signal': stopSignal } = written;
  return {
    ...(entrypoint === undefined ? {} : { entrypoint }),
    ...(cmd === undefined ? {} : { cmd }),
    env: sorted(written.env),
    ...(user === undefined ? {} : { user }),
    ...(workdir === undefined ? {} : { workdir }),
    ports: written.ports ?? [],
    volumes: written.volumes ?? [],
    labels: sorted(written.labels),
    ...(stopSignal === undefined ? {} : { stopSignal }),
  };
}

export interface PlatformParts {
  readonly platform: Platform;
  readonly spanOf: SpanOf;
  /** True where the declaration of the artifact uses `${platform.…}`. */
  usesPlatform(artifact: string): boolean;
}

/** A checked manifest, its variables replaced for one platform. */
export function buildPlatform(written: Yaml.ImageYaml, parts: PlatformParts): PlatformManifest {
  const { platform, spanOf } = parts;
  return {
    platform,
    base: baseOf(written.base, spanOf),
    artifacts: artifactsOf(written.artifacts ?? {}, parts),
    layers: layersOf(written.layers, spanOf),
    config: configOf(written.config),
    annotations: sorted(written.annotations),
  };
}
