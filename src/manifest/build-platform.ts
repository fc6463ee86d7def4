import type { Platform } from '../oci/index.js';
import { assertionsOf } from './assertions/build-assertions.js';
import { artifactsOf, sorted } from './build-artifacts.js';
import { layersOf } from './build-contents.js';
import type { BaseDeclaration, ConfigDeclaration, PlatformManifest } from './build-manifest.js';
import { accepted } from './complaint.js';
import type { SpanOf } from './contents/place.js';
import type * as Yaml from './generated/image-yaml.js';
import { parseBase } from './image-name.js';

function baseOf(text: string, spanOf: SpanOf): BaseDeclaration {
  const base = accepted(parseBase(text));
  if (base === 'scratch') return { kind: 'scratch' };
  const at = spanOf(['base']);
  return base === 'manifest' ? { kind: 'manifest', path: text, at } : { kind: 'image', reference: base, text, at };
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
    assertions: assertionsOf(written.assertions, spanOf),
  };
}
