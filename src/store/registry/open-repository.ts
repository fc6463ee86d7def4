import { TbuildError } from '../../errors/index.js';
import { type Descriptor, isTag, type RegistryReference, renderRegistryReference } from '../../oci/index.js';
import { type Bytes, didYouMean, lazy } from '../../util/index.js';
import { shownReference } from '../image-errors.js';
import { verifiedStream } from '../verified-stream.js';
import { openBlob } from './blob-stream.js';
import { hasBlob } from './blobs.js';
import type { RegistryContext } from './context.js';
import { deleteManifest } from './delete-manifest.js';
import { type Endpoint, openEndpoint } from './endpoint.js';
import { type Manifests, openManifests } from './manifests.js';
import { sitesOf } from './mirrors.js';
import { readReferrers } from './referrers-read.js';
import { removeReferrer } from './referrers-write.js';
import type { Repository } from './registries.js';
import { listTags, tagPages } from './tags.js';

interface OpenSite {
  readonly endpoint: Endpoint;
  readonly manifests: Manifests;
}

/** The error, with the tag that was perhaps meant: of the first page of tags. */
async function withSuggestion(error: unknown, endpoint: Endpoint, name: string): Promise<unknown> {
  if (!(error instanceof TbuildError) || error.code !== 'image-missing' || !isTag(name)) return error;
  try {
    for await (const tags of tagPages(endpoint)) {
      const hint = didYouMean(name, tags) ?? error.hint;
      return new TbuildError(error.code, { message: error.message, details: error.details, hint });
    }
  } catch (problem) {
    if (!(problem instanceof TbuildError) || problem.code === 'interrupted') throw problem;
  }
  return error;
}

/** Where a repository is read, each place at most until it fails. */
function openSites(reference: RegistryReference, context: RegistryContext) {
  const failed = new Set<Endpoint>();
  const all = lazy((): readonly OpenSite[] =>
    sitesOf(context.admit(reference.registry, renderRegistryReference(reference)), reference).map((site) => {
      const endpoint = openEndpoint(site.reference, context);
      return { endpoint, manifests: openManifests(endpoint) };
    }),
  );
  const sites = {
    /** Those to ask, in their order; the last is where the repository belongs. */
    get left(): readonly OpenSite[] {
      const last = all().at(-1)!;
      return all().filter((site) => site === last || !failed.has(site.endpoint));
    },
    /** A mirror that lacks something may have something else; one that does not answer is not asked again. */
    fail(endpoint: Endpoint, error: unknown): void {
      if (!(error instanceof TbuildError) || error.code === 'interrupted') throw error;
      if (error.code === 'image-missing' || error.code === 'blob-missing') return;
      failed.add(endpoint);
      const shown = shownReference(endpoint.reference);
      context.note('warning', `The mirror ${shown} is not used any more: ${error.message}`);
    },
    async first<T>(read: (site: OpenSite) => Promise<T>): Promise<T> {
      const asked = sites.left;
      for (const site of asked.slice(0, -1)) {
        try {
          return await read(site);
        } catch (error) {
          sites.fail(site.endpoint, error);
        }
      }
      return read(asked.at(-1)!);
    },
  };
  return sites;
}

/** Reads from the mirrors of registries.conf as well; all that decides about writing asks the registry itself. */
export function openRepository(reference: RegistryReference, context: RegistryContext): Repository {
  const endpoint = openEndpoint(reference, context);
  const manifests = openManifests(endpoint);
  const sites = openSites(reference, context);
  const openRawBlob = (target: Descriptor): Promise<Bytes> => {
    const endpoints = sites.left.map((site) => site.endpoint);
    return openBlob({ endpoints, failed: sites.fail }, target);
  };
  return {
    reference,
    async resolve(name) {
      try {
        return await sites.first((site) => site.manifests.resolve(name));
      } catch (error) {
        throw await withSuggestion(error, endpoint, name);
      }
    },
    find: (name) => manifests.find(name),
    readDocument: (target) => sites.first((site) => site.manifests.read(target)),
    openBlob: async (target) => verifiedStream(await openRawBlob(target), target),
    openRawBlob,
    hasBlob: (target) => hasBlob(endpoint, target),
    tags: () => listTags(endpoint),
    deleteManifest: (name) => deleteManifest(endpoint, name),
    referrers: (subject, artifactType) => readReferrers(endpoint, subject, artifactType),
    removeReferrer: (subject, digest) => removeReferrer(endpoint, subject, digest),
  };
}
