import { decompress, type ReadCodec } from '../../codec/index.js';
import { type Package, parsePackages, type Release } from '../../debian/index.js';
import { fail, TbuildError } from '../../errors/index.js';
import type { DebianSource } from '../../manifest/index.js';
import { hexOf } from '../../oci/index.js';
import type { Content } from '../../store/index.js';
import { type Bytes, didYouMean } from '../../util/index.js';
import { download } from '../download.js';
import type { ContentContext } from '../input-context.js';
import { distUrl, sourceName } from './read-release.js';

/** The forms of an index, the smallest first. */
const FORMS: readonly (readonly [ending: string, codec: ReadCodec])[] = [
  ['.xz', 'xz'],
  ['.gz', 'gzip'],
  ['', 'none'],
];
/** Debian's largest has 60 MB. */
const MAX_BYTES = 2 ** 30;
const MAX_RATIO = 1000;

export interface IndexPlace {
  readonly source: DebianSource;
  readonly release: Release;
  /** `main/binary-amd64/Packages`. */
  readonly path: string;
}

function urlsOf({ source, release }: IndexPlace, path: string, content: Content): readonly URL[] {
  const directory = path.slice(0, path.lastIndexOf('/'));
  const paths = release.hasByHash ? [`${directory}/by-hash/SHA256/${hexOf(content.digest)}`, path] : [path];
  return source.mirrors.flatMap((mirror) => paths.map((each) => distUrl(mirror, source.suite, each)));
}

function missing({ source, release, path }: IndexPlace, cause?: unknown): TbuildError {
  const [component, directory] = path.split('/binary-').map((part) => part.replace(/\/Packages$/, ''));
  const shown = `${JSON.stringify(component)} for the architecture ${directory}`;
  return fail('input-missing', {
    message: `The suite ${sourceName(source)} has no component ${shown}: it has ${release.components.join(', ')} for ${release.architectures.join(', ')}`,
    hint: didYouMean(component ?? '', release.components),
    at: source.at,
    details: { suite: source.suite, component: component ?? '', architecture: directory ?? '' },
    cause,
  });
}

/** Brings an index into the store, in the smallest form that some mirror has. */
async function fetchIndex(place: IndexPlace, context: ContentContext) {
  const { source, release, path } = place;
  let failure: unknown;
  for (const [ending, codec] of FORMS) {
    const expected = release.files.get(`${path}${ending}`);
    if (expected === undefined) continue;
    const urls = urlsOf(place, `${path}${ending}`, expected);
    const what = `index ${path}${ending} of ${sourceName(source)}`;
    try {
      const content = await download({ urls, expected, limitBytes: expected.size, what, at: source.at }, context);
      return { content, codec };
    } catch (error) {
      if (!(error instanceof TbuildError) || error.code !== 'input-missing') throw error;
      failure ??= error;
    }
  }
  throw failure ?? missing(place);
}

/** True where the archive has this index at all. */
export function isListed({ release, path }: Pick<IndexPlace, 'release' | 'path'>): boolean {
  return FORMS.some(([ending]) => release.files.has(`${path}${ending}`));
}

/**
 * The packages of one index, which is what the release says by size and sha256.
 *
 * @throws TbuildError `input-missing`, `input-mismatch`, `server-unavailable`, `release-invalid`, `compression-…`
 */
export async function readIndex(place: IndexPlace, context: ContentContext): Promise<readonly Package[]> {
  const { source, release, path } = place;
  const { content, codec } = await fetchIndex(place, context);
  async function* bytes(): Bytes {
    yield* context.store.chunks(content);
  }
  const plain = decompress(bytes(), codec, { maxBytes: MAX_BYTES, maxRatio: MAX_RATIO });
  const { isAutomatic } = release;
  return parsePackages(plain, { what: `${path} of ${sourceName(source)}`, suite: source.suite, isAutomatic });
}
