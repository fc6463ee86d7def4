import { type Platform, parsePlatform, renderPlatform, samePlatform } from '../oci/index.js';
import type { BuildManifest, Created, ManifestPath, PlatformManifest } from './build-manifest.js';
import { buildPlatform } from './build-platform.js';
import { checkArtifacts } from './check-artifacts.js';
import { checkCompression } from './check-compression.js';
import { checkDuplicates } from './check-duplicates.js';
import { checkKinds } from './check-kinds.js';
import { checkNumbers } from './check-numbers.js';
import { checkRules } from './check-rules.js';
import { checkSchema } from './check-schema.js';
import { checkSecrets } from './check-secrets.js';
import { checkTexts } from './check-texts.js';
import { compressionOf } from './compression.js';
import { parseCreated } from './created.js';
import { decodeManifest } from './decode-manifest.js';
import type { ImageYaml } from './generated/image-yaml.js';
import { imageSchema, platformsMax } from './image-schema.js';
import type { ManifestFormat, ManifestText } from './manifest-text.js';
import { parseTree } from './parse-tree.js';
import { Problems } from './problems.js';
import { readVars, replaceVariables, usesPlatform } from './replace-variables.js';
import { membersOf, nearestNode, type Plain, placeOf, type SourceNode } from './source-node.js';

const IMAGE_YAML: ManifestFormat = { name: 'image.yaml', hasVariables: true };

export interface ParseOptions {
  /** The file as the user named it. */
  readonly file: string;
  /** Where the manifest names none. */
  readonly defaultPlatform: Platform;
}

/** Everything that is needed to check the manifest, and to build it. */
interface Parsed {
  readonly source: ManifestText;
  readonly problems: Problems;
  readonly top: SourceNode;
  /** The value at the path, or the whole manifest, with its variables replaced. */
  replaceFor(platform: Platform, path?: ManifestPath): Plain;
}

/** The platforms that `platforms` names, as far as they are some. */
function platformsOf(value: Plain, defaultPlatform: Platform): readonly Platform[] {
  const written = membersOf(value);
  const platforms = written.map(([, text]) => (typeof text === 'string' ? parsePlatform(text) : undefined));
  const known = platforms.filter((platform) => platform !== undefined);
  if (known.length > platformsMax) return known.slice(0, 1);
  return known.length === 0 ? [defaultPlatform] : known;
}

function checkValue(value: Plain, { source, problems, top }: Parsed): void {
  checkSecrets(value, top, problems);
  checkSchema({ schema: imageSchema, value, top }, problems);
  checkTexts(value, top, problems);
  checkRules(value, top, problems);
  checkDuplicates(value, top, { source, problems });
  checkArtifacts(value, top, problems);
  checkCompression(value, top, problems);
}

function createdOf(written: ImageYaml['created'], spanOf: BuildManifest['spanOf']): Created {
  const created = typeof written === 'string' ? parseCreated(written) : (written ?? 0);
  if (created === 'git') return { kind: 'git', at: spanOf(['created']) };
  if (typeof created === 'number') return { kind: 'epoch', seconds: created };
  throw new Error('a time that is not valid was not refused');
}

function buildManifest(parsed: Parsed, platforms: readonly Platform[]): BuildManifest {
  const { source, top, replaceFor } = parsed;
  const spanOf = (path: ManifestPath) => source.spanOf(placeOf(nearestNode(top, path).node));
  // The schema is what the type was generated from, and the value was checked against it.
  const writtenFor = (platform: Platform) => replaceFor(platform) as unknown as ImageYaml;
  const { name, tags, created, compression } = writtenFor(platforms[0]!);
  const built = new Map<string, PlatformManifest>();
  const artifactUses = (artifact: string) => usesPlatform(nearestNode(top, ['artifacts', artifact]).node);
  return {
    file: source.file,
    name,
    tags: tags ?? [],
    platforms,
    created: createdOf(created, spanOf),
    compression: compressionOf(compression),
    spanOf,
    isWritten: (path) => nearestNode(top, path).exact,
    forPlatform(wanted) {
      const platform = platforms.find((candidate) => samePlatform(candidate, wanted));
      if (platform === undefined) throw new RangeError(`${renderPlatform(wanted)} is not in the manifest`);
      const key = renderPlatform(platform);
      const known =
        built.get(key) ?? buildPlatform(writtenFor(platform), { platform, spanOf, usesPlatform: artifactUses });
      built.set(key, known);
      return known;
    },
  };
}

/**
 * Bytes of image.yaml → the checked manifest. Byte order mark, line ends, comments, key order and quoting make no
 * difference to it, apart from places.
 *
 * @throws TbuildError the only problem of the file, or `manifest-invalid` with all of them in `problems`, sorted by
 *   position; with `manifest-too-large`, `manifest-encoding`, `yaml-too-deep`, `manifest-version` and `manifest-empty`
 *   nothing else is looked at, and with `yaml-syntax` nothing beyond the YAML
 */
export function parseManifest(bytes: Uint8Array, { file, defaultPlatform }: ParseOptions): BuildManifest {
  const source = decodeManifest(bytes, { file, format: IMAGE_YAML });
  const problems = new Problems(source);
  const top = parseTree(source, problems);
  const vars = readVars(top);
  const replaceFor = (platform: Platform, path?: ManifestPath) =>
    replaceVariables({ top, source, variables: { vars, platform }, problems }, path);
  const parsed: Parsed = { source, problems, top, replaceFor };
  checkKinds(top, problems);
  const platforms = platformsOf(replaceFor(defaultPlatform, ['platforms']), defaultPlatform);
  // Every text is checked with the values that it has on each platform.
  const differ = usesPlatform(top);
  for (const platform of differ ? platforms : platforms.slice(0, 1)) checkValue(replaceFor(platform), parsed);
  checkNumbers(top, problems);
  problems.throwIfAny();
  return buildManifest(parsed, platforms);
}
