import type { Json } from '../oci/index.js';
import { compareUtf8 } from '../util/index.js';
import type { ImageLock, ImagePin, PackagesPin, PlatformLock } from './image-lock.js';
import { comparePackages } from './lock-shape.js';

/** A part of the file over several lines: a text is what stands on one. */
type Layout = string | readonly Layout[] | ReadonlyMap<string, Layout>;

type Members<T> = Readonly<Record<string, T | undefined>>;

/** The members that are there, sorted by the UTF-8 bytes of their names. */
function membersOf<T>(members: Members<T>): (readonly [string, T])[] {
  return Object.entries(members)
    .filter((member): member is [string, T] => member[1] !== undefined)
    .sort(([a], [b]) => compareUtf8(a, b));
}

/** On one line, so that what changes together is one line of a diff. */
function line(value: Json): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(line).join(', ')}]`;
  const members = membersOf(value as Members<Json>).map(([name, item]) => `${JSON.stringify(name)}: ${line(item)}`);
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}

/** Any value that is plain data on one line: the types of pins have no index signature. */
const pinLine = (pin: object | null): string => line(pin as Json);

function block(members: Members<Layout>): Layout {
  return new Map(membersOf(members));
}

function blockOf<T>(members: Members<T>, layoutOf: (value: T) => Layout): Layout {
  return new Map(membersOf(members).map(([name, value]) => [name, layoutOf(value)]));
}

function imageLayout({ reference, manifest, config, layers, tree }: ImagePin): Layout {
  return block({
    reference: line(reference),
    manifest: pinLine(manifest),
    config: pinLine(config),
    layers: layers.map(pinLine),
    tree: tree && blockOf(tree, pinLine),
  });
}

function packagesLayout({ request, packages }: PackagesPin): Layout {
  return block({ request: line(request), packages: [...packages].sort(comparePackages).map(pinLine) });
}

function platformLayout({ base, images, debian, artifacts }: PlatformLock): Layout {
  return block({
    artifacts: artifacts && blockOf(artifacts, pinLine),
    base: base && imageLayout(base),
    images: blockOf(images, imageLayout),
    debian: blockOf(debian, packagesLayout),
  });
}

function render(layout: Layout, indent: string): string {
  if (typeof layout === 'string') return layout;
  const inner = `${indent}  `;
  const [open, close] = layout instanceof Map ? '{}' : '[]';
  const lines =
    layout instanceof Map
      ? [...layout].map(([name, value]) => `${inner}${JSON.stringify(name)}: ${render(value, inner)}`)
      : (layout as readonly Layout[]).map((item) => inner + render(item, inner));
  return lines.length === 0 ? `${open}${close}` : `${open}\n${lines.join(',\n')}\n${indent}${close}`;
}

/**
 * The bytes of image.lock.json: names sorted by their UTF-8 bytes, two spaces for each level, and one line for each pin, so that
 * diffs are small and merges rarely conflict. Equal locks give equal bytes.
 */
export function renderLock({ version, format, fetches, platforms }: ImageLock): Uint8Array {
  const layout = block({
    version: line(version),
    format: line(format),
    fetches: blockOf(fetches, pinLine),
    platforms: blockOf(platforms, platformLayout),
  });
  return Buffer.from(`${render(layout, '')}\n`);
}
