import { join } from 'node:path';
import { fail, TbuildError } from '../errors/index.js';
import type { Host } from '../host/index.js';
import { failedAssertions } from './apply-one.js';
import { assertImage } from './assertions.js';
import { type BuildContext, withStore } from './build-context.js';
import { compareRebuilt } from './compare-rebuilt.js';
import { type Expectation, type Known, withExpectation } from './expectation.js';
import type { ImageGraph } from './image-graph.js';
import { underAnotherPath, underOwnPath } from './other-path.js';
import { readManifest } from './read-manifest.js';
import { withRegistries } from './registries.js';
import type { VariationResult, VerifyRequest, VerifyResult } from './requests.js';
import { isIrreproducible, varyArtifacts } from './vary.js';
import { withBuild } from './with-build.js';

/** The build of a verification: from nothing, in a cache of its own. */
function rebuildRequest(host: Host, request: VerifyRequest, { registries, otherCache, file }: Known) {
  return {
    ...request,
    file: { ...file, directory: underAnotherPath(host, file.directory) },
    cacheDirectory: join(otherCache.temporaryDirectory(), 'cache'),
    codec: 'pinned',
    lent: { registries, otherCache },
    run: true,
  } as const;
}

/** What is kept of an artifact that failed goes with the cache of the verification, so nobody is sent there. */
function withoutKept(error: unknown): unknown {
  if (!(error instanceof TbuildError) || error.details.directory === undefined) return error;
  const { logFile: _, directory: __, command: ___, ...details } = error.details;
  const { code, message, hint, at, related, problems } = error;
  return fail(code, { message, hint, at, related, problems, details, cause: error });
}

/** Artifacts of the image, and of those that it is put on. */
async function varyAll({ file }: BuildContext, graph: ImageGraph): Promise<readonly VariationResult[]> {
  const builds = [];
  for (const node of graph.order([file])) builds.push(await graph.build(node.file));
  return varyArtifacts(builds);
}

async function rebuild(
  host: Host,
  request: VerifyRequest,
  { known, expectation }: { readonly known: Known; readonly expectation: Expectation },
): Promise<VerifyResult> {
  try {
    return await withBuild(host, rebuildRequest(host, request, known), async ({ context, graph }) => {
      const { built } = await graph.build(context.file);
      const comparison = await compareRebuilt(expectation, built, context);
      const assertions = await assertImage(built, context);
      const variations = request.vary === true ? await varyAll(context, graph) : undefined;
      return { ...comparison, assertions, ...(variations !== undefined && { variations }) };
    });
  } catch (error) {
    throw withoutKept(underOwnPath(error));
  }
}

/** Bytes come first: what does not reproduce is told with everything else that was found out. */
export function checked(result: VerifyResult): VerifyResult {
  if (isIrreproducible(result)) return result;
  const failure = failedAssertions(result.assertions);
  if (failure !== undefined) throw failure;
  return result;
}

/**
 * Rebuilds the image from nothing — an empty cache, the pinned compressors, another directory; time zone, umask and
 * directory order are those of the host given — and compares it byte by byte. Blobs of a base in a registry, which are
 * what their digest says wherever they come from, may come from the cache. Never repairs anything.
 *
 * @throws TbuildError `nothing-to-verify`; `blob-mismatch` where the expected image is damaged; `assertion-failed` where it
 *   reproduces, but is not as image.yaml asserts
 */
export async function verifyImage(host: Host, request: VerifyRequest): Promise<VerifyResult> {
  const file = readManifest(host, request.file);
  const result = await withStore(host, request, (otherCache) =>
    withRegistries(host, request, otherCache, (registries) => {
      const known = { registries, otherCache, file };
      return withExpectation(host, request, known, (expectation) => rebuild(host, request, { known, expectation }));
    }),
  );
  return checked(result);
}
