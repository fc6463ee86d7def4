import type { ArtifactDeclaration } from '../manifest/index.js';
import type { Platform } from '../oci/index.js';
import type { ArtifactContext } from './artifact-context.js';
import { gather, identify } from './gather.js';

/**
 * What is known of an artifact that waits for others: all that its key will be made of, but for the outputs that it needs.
 * @throws TbuildError as `prepareArtifact`
 */
export async function factsBeforeNeeds(
  declaration: ArtifactDeclaration,
  platform: Platform,
  context: ArtifactContext,
): Promise<Readonly<Record<string, string>>> {
  const request = { declaration, platform, outputs: new Map() };
  const gathered = await gather(request, context);
  const { facts } = await identify(request, { ...gathered, needs: new Map() }, context);
  return facts;
}
