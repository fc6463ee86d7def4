import { gunzipSync } from 'node:zlib';
import { createNodeHost } from '../../src/host/index.js';
import { type Digest, parseRegistryReference } from '../../src/oci/index.js';
import { type ApplyRequest, applyImage, type BuildEvent } from '../../src/operations/index.js';
import { type PublishedRecord, parseRecord, RECORD_TYPE } from '../../src/plan/index.js';
import type { TreeItem } from '../support/make-tree.js';
import {
  digestOf,
  type RegistryOptions,
  type TestRegistry,
  type TestRepository,
} from '../support/registry/registry.js';
import { openRegistry, strangerWorkspace } from './registry-support.js';

export const host = createNodeHost();

/** A site of two layers that is published as `NAME:v1`. */
export const siteOf = (name: string, more = 'platforms: [linux/amd64]\n'): string => `version: 1
name: ${name}
tags: [v1]
${more}base: scratch
layers:
  - name: pages
    contents:
      - files: ./pages
        to: /srv
  - name: facts
    contents:
      - text: "hello\\n"
        to: /etc/motd
config:
  entrypoint: [/srv/run]
  env: { PORT: "80" }
`;

const PAGES: Readonly<Record<string, TreeItem>> = { 'pages/a.txt': 'a\n', 'pages/b/c.txt': 'c\n' };

/** A site beside a registry of its own; nothing is published yet. */
export async function siteBeside(options: RegistryOptions & { readonly more?: string } = {}) {
  const { more, ...rest } = options;
  const registry = await openRegistry(rest);
  const name = `${registry.authority}/team/site`;
  const text = siteOf(name, more);
  const again = () => strangerWorkspace({ 'image.yaml': text, ...PAGES });
  const made = again();
  return { ...made, registry, repository: registry.repository('team/site'), name, text, again };
}

/** Applies with push, and says what was warned of. */
export async function push(request: Omit<ApplyRequest, 'destinations'>) {
  const warnings: string[] = [];
  const report = (event: BuildEvent): void => {
    if (event.kind === 'warning') warnings.push(event.message);
  };
  const applied = await applyImage(host, { ...request, destinations: [], push: true, report });
  return { ...applied, warnings, record: applied.destinations[0]!.record };
}

/** What is attached to a manifest, with the records. */
export function attachedTo(repository: TestRepository, subject: string) {
  return repository
    .referrers(subject)
    .map(({ digest, artifactType }) => ({ digest, artifactType, ...repository.manifest(digest)! }));
}

/** The record that a manifest brings, read with nothing of what is tested here but the parser. */
export function recordIn(repository: TestRepository, manifest: string): PublishedRecord {
  const { document } = repository.manifest(manifest)!;
  return parseRecord(gunzipSync(repository.blobs.get(document.layers[0].digest)!), 'it');
}

/** Attaches something as a record. */
export function attach(repository: TestRepository, subject: string, blob: Buffer, more: object = {}): string {
  const empty = Buffer.from('{}');
  const target = repository.manifest(subject)!;
  repository.putBlob(empty);
  repository.putBlob(blob);
  return repository.putManifest({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    artifactType: RECORD_TYPE,
    config: { mediaType: 'application/vnd.oci.empty.v1+json', digest: digestOf(empty), size: empty.length },
    layers: [{ mediaType: `${RECORD_TYPE}+gzip`, digest: digestOf(blob), size: blob.length }],
    subject: { mediaType: target.mediaType, digest: subject, size: target.bytes.length },
    ...more,
  });
}

export const rootOf = (repository: TestRepository, digest: Digest) => {
  const { mediaType, bytes } = repository.manifest(digest)!;
  return { mediaType, digest, size: bytes.length };
};

export const referenceOf = ({ authority }: TestRegistry) => parseRegistryReference(`${authority}/team/site:v1`);
