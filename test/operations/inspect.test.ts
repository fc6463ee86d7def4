import { expect, it } from 'vitest';
import { renderInspect } from '../../src/cli/render/inspect.js';
import { createNodeHost } from '../../src/host/index.js';
import { parseReference } from '../../src/oci/index.js';
import { inspectImage } from '../../src/operations/index.js';
import { makeImage, makeReferrer, putImage } from '../support/registry/images.js';
import { openRegistry, requestsOf, strangerWorkspace } from './registry-support.js';

const SBOM = 'application/spdx+json';
const SIGNATURE = 'application/vnd.example.signature';

/** An image, what describes it, and what signs the description. */
async function inspecting() {
  const registry = await openRegistry();
  const repository = registry.repository('app');
  const image = putImage(repository, await makeImage(), '1');
  const sbom = putImage(repository, makeReferrer(image.descriptor, SBOM));
  const signature = putImage(repository, makeReferrer(sbom.descriptor, SIGNATURE));
  const host = createNodeHost();
  const { options } = strangerWorkspace({});
  const inspect = (name: string, referrers: boolean) =>
    inspectImage(host, {
      ...options,
      referrers,
      reference: parseReference(`docker://${registry.authority}/app${name}`),
    });
  requestsOf(registry);
  return { registry, image, sbom, signature, inspect };
}

it('an image of a registry costs its manifest and config, and says so', async () => {
  const { registry, image, inspect } = await inspecting();
  const { images, fetchedBytes } = await inspect(':1', false);
  expect(requestsOf(registry)).toEqual(['HEAD app/manifests/1', 'GET app/manifests/…', 'GET app/blobs/…']);
  const { manifest, digest } = images[0]!;
  expect([digest, fetchedBytes]).toEqual([image.digest, image.descriptor.size + manifest.config.size]);
});

it('what refers to an image can be inspected itself, with what refers to it', async () => {
  const { registry, image, sbom, signature, inspect } = await inspecting();
  const of = ({ referrers = [] }: Awaited<ReturnType<typeof inspect>>) =>
    referrers.map(({ digest, artifactType }) => [digest, artifactType]);
  expect(of(await inspect(':1', true))).toEqual([[sbom.digest, SBOM]]);
  requestsOf(registry);
  const described = await inspect(`@${sbom.digest}`, true);
  expect(requestsOf(registry)).toEqual(['HEAD app/manifests/…', 'GET app/manifests/…', 'GET app/referrers/…']);
  expect(of(described)).toEqual([[signature.digest, SIGNATURE]]);
  expect(described).toMatchObject({
    digest: sbom.digest,
    images: [],
    artifact: { artifactType: SBOM, layers: [{ mediaType: 'text/plain', size: SBOM.length }] },
  });
  expect(described.artifact).toHaveProperty('subject.digest', image.digest);
  const shown = renderInspect(described).map((line) => String(line).trimEnd());
  expect(shown).toContain(`  artifact type  ${SBOM}`);
  expect(shown).toContain('  1 blob');
});
