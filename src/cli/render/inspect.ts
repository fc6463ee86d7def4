import type { Descriptor, ImageConfig, ImageManifest } from '../../oci/index.js';
import type { InspectedImage, InspectResult } from '../../operations/index.js';
import { counted, renderSize } from './numbers.js';
import { renderTable } from './table.js';
import { bold, dim, Text, text } from './text.js';

function row(name: string, value: string | undefined): Text[][] {
  return value === undefined || value === '' ? [] : [[Text.of(name), Text.of(value)]];
}

function rows(name: string, values: readonly string[]): Text[][] {
  return values.map((value, i) => [Text.of(i === 0 ? name : ''), Text.of(value)]);
}

const list = (value: readonly string[] | null | undefined): string | undefined =>
  value === null || value === undefined ? undefined : JSON.stringify(value);

function configRows({ created, config }: ImageConfig): Text[][] {
  const labels = Object.entries(config?.Labels ?? {}).map(([name, value]) => `${name}=${value}`);
  return [
    ...row('created', created),
    ...row('user', config?.User),
    ...row('workdir', config?.WorkingDir),
    ...row('entrypoint', list(config?.Entrypoint)),
    ...row('cmd', list(config?.Cmd)),
    ...row('stop signal', config?.StopSignal),
    ...rows('env', config?.Env ?? []),
    ...rows('ports', Object.keys(config?.ExposedPorts ?? {})),
    ...rows('volumes', Object.keys(config?.Volumes ?? {})),
    ...rows('labels', labels),
  ];
}

function layerRows({ manifest, config }: InspectedImage): Text[][] {
  const steps = (config.history ?? []).filter((step) => step.empty_layer !== true);
  return manifest.layers.map(({ digest, size, mediaType }, i) => [
    Text.of(String(i).padStart(String(manifest.layers.length - 1).length)),
    Text.of(digest),
    Text.of(renderSize(size)),
    Text.of(/[.+](gzip|zstd)$/.exec(mediaType)?.[1] ?? 'tar'),
    dim(steps[i]?.created_by ?? ''),
  ]);
}

function renderImage(image: InspectedImage): Text[] {
  const { layers, annotations } = image.manifest;
  const total = layers.reduce((sum, { size }) => sum + size, 0);
  const notes = Object.entries(annotations ?? {}).map(([name, value]) => `${name}=${value}`);
  const facts = [...row('digest', image.digest), ...configRows(image.config), ...rows('annotations', notes)];
  return [
    bold(image.platform),
    ...renderTable(facts).map((line) => text`  ${line}`),
    text`  ${counted(layers.length, 'layer')}, ${renderSize(total)}`,
    ...renderTable(layerRows(image), 80).map((line) => text`    ${line}`),
  ];
}

function renderArtifact({ artifactType, config, layers, annotations }: ImageManifest): Text[] {
  const notes = Object.entries(annotations ?? {}).map(([name, value]) => `${name}=${value}`);
  const facts = [...row('artifact type', artifactType ?? config.mediaType), ...rows('annotations', notes)];
  const blobs = layers.map(({ digest, size, mediaType }) =>
    [digest, renderSize(size), mediaType].map((item) => Text.of(item)),
  );
  return [
    Text.of(),
    dim('no container image'),
    ...renderTable(facts).map((line) => text`  ${line}`),
    text`  ${counted(layers.length, 'blob')}`,
    ...renderTable(blobs, 80).map((line) => text`    ${line}`),
  ];
}

function renderReferrers(referrers: readonly Descriptor[]): Text[] {
  const table = referrers.map(({ digest, size, mediaType, artifactType }) => [
    Text.of(digest),
    Text.of(renderSize(size)),
    Text.of(artifactType ?? mediaType),
  ]);
  return [
    Text.of(),
    bold('referrers'),
    ...(table.length === 0 ? [dim('  none')] : renderTable(table, 80).map((line) => text`  ${line}`)),
  ];
}

/** What an image or artifact is, for people: one block per platform. */
export function renderInspect(result: InspectResult): Text[] {
  const head = renderTable([
    [Text.of('image'), bold(result.reference)],
    [Text.of('digest'), Text.of(result.digest)],
    [Text.of('type'), Text.of(result.mediaType)],
  ]);
  const { artifact, referrers } = result;
  return [
    ...head,
    ...result.images.flatMap((image) => [Text.of(), ...renderImage(image)]),
    ...(artifact === undefined ? [] : renderArtifact(artifact)),
    ...(referrers === undefined ? [] : renderReferrers(referrers)),
  ];
}
