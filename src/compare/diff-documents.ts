import {
  canonicalJson,
  type Descriptor,
  type ImageConfig,
  type ImageIndex,
  type Json,
  renderPlatform,
} from '../oci/index.js';
import { baseMove, configChanges } from '../plan/index.js';
import { showJson } from './compare-images.js';
import type { PlatformPair } from './diff-layers.js';
import type { ComparedImage, Difference, PlatformDocuments } from './difference.js';
import { documentsOf } from './layer-view.js';

type Members = Readonly<Record<string, Json | undefined>>;

/** Members of two documents that are not the same, those of `inner` one by one. */
function diffMembersOf(
  [before, after]: readonly [Members, Members],
  where: string,
  { but, inner }: { readonly but: ReadonlySet<string>; readonly inner?: string },
): readonly Difference[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => !but.has(name)).sort();
  return names.flatMap((name) => {
    const [old, now] = [before[name] ?? null, after[name] ?? null];
    if (canonicalJson(old) === canonicalJson(now)) return [];
    if (name === inner) {
      const maps = [(old ?? {}) as Members, (now ?? {}) as Members] as const;
      return diffMembersOf(maps, where, { but: new Set() }).map((each) => ({ ...each, path: `${name}.${each.path}` }));
    }
    const sides = { expected: showJson(old), found: showJson(now) };
    return [{ where, path: name, ...sides, cause: causeOf(old, now) }];
  });
}

function causeOf(before: Json, after: Json): string {
  if (before === null) return 'Only the second image has it.';
  return after === null ? 'Only the first image has it.' : 'The value is another one.';
}

/** What stands in an index: an image by its platform, anything else by what it is. */
function entryName({ platform, artifactType, mediaType, annotations }: Descriptor): string {
  const isImage = platform !== undefined && platform.os !== 'unknown';
  return isImage ? renderPlatform(platform) : (artifactType ?? annotations?.['vnd.docker.reference.type'] ?? mediaType);
}

function diffEntries(before: ImageIndex, after: ImageIndex): readonly Difference[] {
  const where = 'index';
  const [old, now] = [before, after].map(({ manifests }) => manifests.map(entryName)) as [string[], string[]];
  const [sortedOld, sortedNow] = [[...old].sort(), [...now].sort()];
  const sides = { path: 'manifests', expected: old.join(', '), found: now.join(', ') };
  if (sortedOld.join('\0') !== sortedNow.join('\0'))
    return [{ where, ...sides, cause: 'The index lists other images, or other things that belong to them.' }];
  if (old.join('\0') !== now.join('\0'))
    return [{ where, ...sides, cause: 'The order of the platforms is another one.' }];
  return after.manifests.flatMap((entry, i) => {
    const pair = [before.manifests[i]! as unknown as Members, entry as unknown as Members] as const;
    // Other images have other digests and sizes: what differs in them is told of them.
    const rules = { but: new Set(['digest', 'size']), inner: 'annotations' };
    return diffMembersOf(pair, where, rules).map((each) => ({ ...each, path: `${now[i]}: ${each.path}` }));
  });
}

/** The index, or that only one image has one. */
export function diffIndexes(
  { documents: first }: ComparedImage,
  { documents: second }: ComparedImage,
): readonly Difference[] {
  if (first === undefined || second === undefined) return [];
  const where = 'index';
  const [before, after] = [first.index, second.index];
  if (before === undefined || after === undefined) {
    if (before === after) return [];
    const sides = {
      expected: before === undefined ? 'absent' : 'an index',
      found: after === undefined ? 'absent' : 'an index',
    };
    return [{ where, ...sides, cause: 'Only one of the images is a list for several platforms.' }];
  }
  const members = [before as unknown as Members, after as unknown as Members] as const;
  const rules = { but: new Set(['manifests', 'schemaVersion']), inner: 'annotations' };
  return [...diffMembersOf(members, where, rules), ...diffEntries(before, after)];
}

/** Members of the manifest but config and layers; annotations are among the settings. */
export function diffManifests({ before, after, images }: PlatformPair): readonly Difference[] {
  const [old, now] = [documentsOf(images[0], before), documentsOf(images[1], after)];
  if (old === undefined || now === undefined) return [];
  const where = `manifest (${after.platform})`;
  const but = new Set(['config', 'layers', 'annotations', 'schemaVersion']);
  const members = [old, now].map(({ manifest }) => manifest as unknown as Members) as [Members, Members];
  const typeOf = ({ manifest }: PlatformDocuments): Members => ({ 'config.mediaType': manifest.config.mediaType });
  const types = [typeOf(old), typeOf(now)] as const;
  return [...diffMembersOf(members, where, { but }), ...diffMembersOf(types, where, { but })];
}

/** The settings: config and annotations. */
export function diffSettings({ before, after }: PlatformPair): readonly Difference[] {
  const causes = { baseMove: baseMove(before.base, after.base), placeOf: () => undefined };
  return configChanges(before, after, causes).map(({ field, before: old, after: now }) => ({
    where: `${field.startsWith('annotations.') ? 'manifest' : 'config'} (${after.platform})`,
    path: field,
    expected: showJson(old),
    found: showJson(now),
    cause: causes.baseMove === undefined ? settingCause(field, old, now) : besideMove(field, old, now),
  }));
}

/** Who set it, the base or what was put on it, two images do not tell; the time is never that of the base. */
function besideMove(field: string, before: Json, after: Json): string {
  const cause = settingCause(field, before, after);
  return field === 'created' ? cause : `${cause.replace(/\.$/, '')}: the base, which moved, may have brought it.`;
}

function settingCause(field: string, before: Json, after: Json): string {
  if (field !== 'created') return causeOf(before, after);
  return 'The time of the image is another one.';
}

/** What settings do not show: the order of variables, steps of the history, how the text of the config is written. */
export function diffConfigTexts(pair: PlatformPair): readonly Difference[] {
  const { before, after, images } = pair;
  const where = `config (${after.platform})`;
  const found = [
    ...diffEnvOrder(before.config, after.config, where),
    ...diffHistory(before.config, after.config, where),
  ];
  const [old, now] = [documentsOf(images[0], before), documentsOf(images[1], after)];
  if (found.length > 0 || old === undefined || now === undefined || !isOnlyWriting(old, now)) return found;
  const sides = { expected: old.manifest.config.digest, found: now.manifest.config.digest };
  return [
    { where, ...sides, cause: 'The config says the same, and is written otherwise: order of keys, or white space.' },
  ];
}

function isOnlyWriting(before: PlatformDocuments, after: PlatformDocuments): boolean {
  const isSame = canonicalJson(before.config as Json) === canonicalJson(after.config as Json);
  return isSame && before.manifest.config.digest !== after.manifest.config.digest;
}

function diffEnvOrder(before: ImageConfig, after: ImageConfig, where: string): readonly Difference[] {
  const [old, now] = [before.config?.Env ?? [], after.config?.Env ?? []];
  const isMoved = old.join('\0') !== now.join('\0') && [...old].sort().join('\0') === [...now].sort().join('\0');
  if (!isMoved) return [];
  const sides = { expected: old.join(' '), found: now.join(' ') };
  return [{ where, path: 'env', ...sides, cause: 'The variables are the same, in another order.' }];
}

const OF_TBUILD = /^tbuild layer /;

/** Steps of tbuild are named for their layers, and have the time of the image. */
function historyCause(
  name: string,
  { created_by: before }: Members,
  { created_by: after }: Members,
): string | undefined {
  const isOurs = [before, after].every((step) => step === undefined || OF_TBUILD.test(String(step)));
  if (!isOurs) return undefined;
  return name === 'created' ? 'It follows from the time of the image.' : 'It follows from the layers.';
}

function diffHistory(before: ImageConfig, after: ImageConfig, where: string): readonly Difference[] {
  const [old, now] = [before.history ?? [], after.history ?? []];
  return Array.from({ length: Math.max(old.length, now.length) }, (_, i) => i).flatMap((i) => {
    const [left, right] = [(old[i] ?? {}) as Members, (now[i] ?? {}) as Members];
    const path = `history[${i}]`;
    if (old[i] === undefined || now[i] === undefined) {
      const sides = { expected: showJson((old[i] ?? null) as Json), found: showJson((now[i] ?? null) as Json) };
      const cause = historyCause('created_by', left, right) ?? 'Only one of the images has the step.';
      return [{ where, path, ...sides, cause }];
    }
    return diffMembersOf([left, right], where, { but: new Set() }).map((each) => {
      const cause = historyCause(each.path ?? '', left, right) ?? each.cause;
      return { ...each, path: `${path}.${each.path}`, cause };
    });
  });
}
