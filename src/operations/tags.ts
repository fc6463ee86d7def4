import type { Host } from '../host/index.js';
import { compareUtf8 } from '../util/index.js';
import { withRegistries } from './registries.js';
import type { TagsRequest, TagsResult } from './transfer-requests.js';

/** The tags of a repository. @throws TbuildError `image-missing` where there is no such repository */
export function listTags(host: Host, request: TagsRequest): Promise<TagsResult> {
  const { registry, repository } = request.reference;
  return withRegistries(host, request, undefined, async (registries) => {
    const tags = await registries.repository({ transport: 'docker', registry, repository }).tags();
    return { repository: `${registry}/${repository}`, tags: [...tags].sort(compareUtf8) };
  });
}
