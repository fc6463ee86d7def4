import { type Release, verifyRelease } from '../../debian/index.js';
import { fail, TbuildError } from '../../errors/index.js';
import type { DebianSource } from '../../manifest/index.js';
import { redactUrl } from '../../network/index.js';
import type { ContentContext } from '../input-context.js';
import { placed } from './placed.js';

/** Debian's have 150 kB to 300 kB. */
const LIMIT_BYTES = 16 * 1024 * 1024;
/** The server says that there is no such file. */
const GONE = [404, 410];

type ReleaseContext = Pick<ContentContext, 'host' | 'network'>;

/** `dists/bookworm/InRelease` below one of the mirrors. */
export function distUrl(mirror: URL, suite: string, path: string): URL {
  return new URL(`dists/${suite}/${path}`, mirror);
}

/** `bookworm at http://deb.debian.org/debian/`. */
export function sourceName({ suite, mirrors }: DebianSource): string {
  return `${suite} at ${mirrors[0] === undefined ? 'no mirror' : redactUrl(mirrors[0])}`;
}

/** Undefined where this mirror does not have it. */
async function fetchOne(url: URL, { network }: ReleaseContext): Promise<Uint8Array | undefined> {
  const task = `Cannot read ${redactUrl(url)}`;
  const response = await network.send({ method: 'GET', url, repeat: 'safely', task });
  if (response.status === 200) return response.whole(LIMIT_BYTES);
  await response.discard();
  if (GONE.includes(response.status)) return undefined;
  throw fail('server-unavailable', {
    message: `${task}: the server answered ${response.status}`,
    details: { url: redactUrl(url), status: response.status },
  });
}

/** The file of the first mirror that gives it: a mirror that is down, or lags behind, has others beside it. */
async function fetchFirst(urls: readonly URL[], source: DebianSource, context: ReleaseContext): Promise<Uint8Array> {
  const failures: TbuildError[] = [];
  for (const url of urls) {
    try {
      const bytes = await fetchOne(url, context);
      if (bytes !== undefined) return bytes;
    } catch (error) {
      if (!(error instanceof TbuildError) || error.code === 'interrupted') throw error;
      failures.push(error);
    }
  }
  const [failure] = failures;
  if (failure !== undefined) throw failure;
  throw fail('input-missing', {
    message: `The suite ${JSON.stringify(source.suite)} is not at ${urls.map(redactUrl).join(', ')}`,
    hint: 'A suite is a name like bookworm, bookworm-updates or bookworm-security; the last is in another archive than the others.',
    at: source.at,
    details: { suite: source.suite, urls: urls.map(redactUrl) },
  });
}

/**
 * The signed index of a suite. It is not pinned: the packages that it leads to are.
 *
 * @throws TbuildError `input-missing`, `server-unavailable`; `signature-invalid`, `release-invalid`, `input-mismatch`
 */
export async function readRelease(
  source: DebianSource,
  keyring: Uint8Array,
  context: ReleaseContext,
): Promise<Release> {
  const { suite, mirrors, isSnapshot } = source;
  try {
    const urls = mirrors.map((mirror) => distUrl(mirror, suite, 'InRelease'));
    const inRelease = await fetchFirst(urls, source, context);
    const now = context.host.clock.now();
    return await verifyRelease(inRelease, {
      keyring,
      now,
      isSnapshot,
      suite,
      what: `InRelease of ${sourceName(source)}`,
    });
  } catch (error) {
    throw placed(error, source.at);
  }
}
