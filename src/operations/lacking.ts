import { fail, TbuildError } from '../errors/index.js';
import type { ImageLock, ImagePin } from '../lock/index.js';
import type { Digest } from '../oci/index.js';
import type { BuildContext } from './build-context.js';

interface Pinned {
  readonly what: string;
  readonly digest: Digest;
  /** Bytes; undefined where image.yaml has the digest, and says no size. */
  readonly size?: number;
}

/** How many a hint names. */
const NAMED_MAX = 20;

function* documentsOf(what: string, { manifest, config }: ImagePin): Generator<Pinned> {
  yield { what: `manifest of ${what}`, ...manifest };
  yield { what: `config of ${what}`, ...config };
}

/** Everything that a build from this lock needs whatever else it finds. Layers are not: what is known of them may be enough. */
function* pinnedOf({ fetches, platforms }: ImageLock): Generator<Pinned> {
  for (const [url, pin] of Object.entries(fetches)) yield { what: url, ...pin };
  for (const { base, images, debian } of Object.values(platforms)) {
    if (base !== undefined) yield* documentsOf(`base ${base.reference}`, base);
    for (const image of Object.values(images)) yield* documentsOf(`image ${image.reference}`, image);
    for (const { packages } of Object.values(debian)) {
      for (const { name, version, architecture, digest, size } of packages) {
        yield { what: `package ${name} ${version} ${architecture}`, digest, size };
      }
    }
  }
}

/** What image.yaml itself pins. */
function* declaredOf({ manifest }: BuildContext['file']): Generator<Pinned> {
  for (const platform of manifest.platforms) {
    for (const content of manifest.forPlatform(platform).layers.flatMap(({ contents }) => contents)) {
      if (content.kind !== 'fetch' || content.digest === undefined) continue;
      yield { what: content.urls[0]!.url.href, digest: content.digest };
    }
  }
}

/** The failure to reach a server, with all that is pinned and not in the cache: what has to be brought near before the network goes. */
export function withLacking(error: unknown, { file, lock, store, otherCache }: BuildContext): unknown {
  if (!(error instanceof TbuildError) || error.code !== 'server-unavailable' || lock === undefined) return error;
  const isThere = ({ digest, size }: Pinned): boolean =>
    [store, otherCache].some((cache) => {
      const found = cache?.sizeOf(digest);
      return found !== undefined && (size ?? found) === found;
    });
  const missing = [...pinnedOf(lock), ...declaredOf(file)].filter((pinned) => !isThere(pinned));
  const lacks = [...new Set(missing.map(({ what }) => what))];
  if (lacks.length === 0) return error;
  const { message, at, details } = error;
  const more = lacks.length > NAMED_MAX ? `, and ${lacks.length - NAMED_MAX} more` : '';
  const listed = `Pinned and not in the cache: ${lacks.slice(0, NAMED_MAX).join(', ')}${more}.`;
  return fail('server-unavailable', { message, hint: listed, at, details: { ...details, lacks }, cause: error });
}
