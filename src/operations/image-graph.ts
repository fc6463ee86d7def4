import { dirname, join, resolve } from 'node:path';
import { fail, type TbuildError } from '../errors/index.js';
import { parseRegistryReference, renderPlatform, renderRegistryReference, samePlatform } from '../oci/index.js';
import { compareUtf8 } from '../util/index.js';
import type { BuildContext, Workshop } from './build-context.js';
import { type OpenImage, openImage } from './build-image.js';
import type { BuiltPlatform } from './build-platform.js';
import { type ContextOptions, keepDigests, openContext } from './open-context.js';
import { atOther } from './other-errors.js';
import type { OtherImage, OtherManifest } from './other-images.js';
import { type ManifestFile, readManifest, readManifestAt } from './read-manifest.js';
import { recordSource } from './record-source.js';

/** One image.yaml of a run, and those that it is put on. */
export interface GraphNode {
  readonly file: ManifestFile;
  /** True where it was asked for; others are there because an image is put on them. */
  readonly isAsked: boolean;
  readonly needs: readonly ManifestFile[];
}

/** An image that is being built, with what it is built from. */
export interface ImageBuild extends OpenImage {
  readonly context: BuildContext;
}

interface Need extends OtherManifest {
  readonly file: ManifestFile;
}

/** How images that are put on this one name their base: as it is published, else as they write it. */
function referenceOf({ name, tags }: ManifestFile['manifest'], path: string): string {
  if (name === undefined) return path;
  const [tag] = tags;
  const reference = parseRegistryReference(name);
  return renderRegistryReference(tag === undefined ? reference : { ...reference, tag });
}

function foundImage({ image }: BuiltPlatform) {
  if (image === undefined) return 'unknown';
  const { platform, manifest, config } = image;
  return { descriptor: manifest.descriptor, manifest: manifest.value, config: config.value, platform };
}

/**
 * The images of one run and how they lie on each other. Each is read once and built once, also where several are put on
 * it; what they share they take from the cache.
 */
export class ImageGraph {
  readonly #workshop: Workshop;
  readonly #run: boolean;
  readonly #files = new Map<string, ManifestFile>();
  readonly #contexts = new Map<string, Promise<BuildContext>>();
  readonly #builds = new Map<string, Promise<ImageBuild>>();
  readonly #opened: (() => void)[] = [];
  #hasFailed = false;

  /** @param options.run artifacts that are not in the cache run */
  constructor(workshop: Workshop, options: { readonly run: boolean }) {
    this.#workshop = workshop;
    this.#run = options.run;
  }

  /** The image.yaml that the user names. */
  read(named: string): ManifestFile {
    return this.#remember(readManifest(this.#workshop.host, named));
  }

  /**
   * The images and all that they are put on, in the order in which they can be built, otherwise by name.
   * @throws TbuildError `manifest-cycle`, and what reading a manifest reports
   */
  order(asked: readonly ManifestFile[]): readonly GraphNode[] {
    const wanted = new Set(asked.map(({ realPath }) => realPath));
    const nodes: GraphNode[] = [];
    const done = new Set<string>();
    const visit = (file: ManifestFile, above: readonly ManifestFile[]): void => {
      if (done.has(file.realPath)) return;
      const trail = [...above, file];
      const needs = this.#needsOf(file);
      for (const need of needs) {
        const start = trail.findIndex((on) => on.realPath === need.file.realPath);
        if (start >= 0) throw circle([...trail.slice(start), need.file], need);
        visit(need.file, trail);
      }
      done.add(file.realPath);
      nodes.push({ file, isAsked: wanted.has(file.realPath), needs: needs.map((need) => need.file) });
    };
    const sorted = [...asked].sort((a, b) => compareUtf8(a.manifest.file, b.manifest.file));
    for (const file of sorted) visit(file, []);
    return nodes;
  }

  /** What the build of a file has at hand. */
  context(file: ManifestFile, options: Pick<ContextOptions, 'update'> = {}): Promise<BuildContext> {
    const known = this.#contexts.get(file.realPath);
    if (known !== undefined) return known;
    this.#remember(file);
    const others = { image: (other: OtherManifest) => this.#other(file, other) };
    const context = openContext(this.#workshop, file, { ...options, others });
    this.#contexts.set(file.realPath, context);
    return context;
  }

  /** The image of a file, as far as it is known; its blobs can be read until the graph is closed. */
  build(file: ManifestFile): Promise<ImageBuild> {
    const known = this.#builds.get(file.realPath);
    if (known !== undefined) return known;
    const build = this.#build(file);
    this.#builds.set(file.realPath, build);
    return build;
  }

  /** Does the work, and closes everything that was opened for it, whatever happens. */
  async using<T>(work: (graph: ImageGraph) => Promise<T>): Promise<T> {
    try {
      return await work(this);
    } catch (error) {
      this.#hasFailed = true;
      throw error;
    } finally {
      await this.#close();
    }
  }

  async #build(file: ManifestFile): Promise<ImageBuild> {
    const context = await this.context(file);
    const image = await openImage(context, { run: this.#run });
    this.#opened.push(image.close);
    return { ...image, context };
  }

  async #close(): Promise<void> {
    for (const close of this.#opened.splice(0).reverse()) close();
    for (const context of await Promise.allSettled(this.#contexts.values())) {
      if (context.status === 'fulfilled') keepDigests(context.value.digests, this.#hasFailed);
    }
  }

  #remember(file: ManifestFile): ManifestFile {
    const known = this.#files.get(file.realPath);
    if (known !== undefined) return known;
    this.#files.set(file.realPath, file);
    return file;
  }

  #needsOf(file: ManifestFile): readonly Need[] {
    const needs = new Map<string, Need>();
    for (const platform of file.manifest.platforms) {
      const { base } = file.manifest.forPlatform(platform);
      if (base.kind !== 'manifest') continue;
      const need = { ...base, file: this.#read(file, base) };
      needs.set(need.file.realPath, needs.get(need.file.realPath) ?? need);
    }
    return [...needs.values()];
  }

  #read(from: ManifestFile, other: OtherManifest): ManifestFile {
    const shown = join(dirname(from.manifest.file), other.path);
    const path = resolve(from.directory, other.path);
    try {
      return this.#remember(readManifestAt(this.#workshop.host, { file: shown, path }));
    } catch (error) {
      throw atOther(error, other);
    }
  }

  async #other(from: ManifestFile, other: OtherManifest): Promise<OtherImage> {
    const file = this.#read(from, other);
    const { built, context } = await this.build(file).catch((error: unknown) => {
      throw atOther(error, other);
    });
    return {
      reference: referenceOf(file.manifest, other.path),
      blobs: built.blobs,
      source: await recordSource(context),
      platforms: built.platforms.map(({ manifest }) => renderPlatform(manifest.platform)),
      forPlatform(platform) {
        const found = built.platforms.find(({ manifest }) => samePlatform(manifest.platform, platform));
        return found && foundImage(found);
      },
    };
  }
}

/** @param files the first one again at the end */
function circle(files: readonly ManifestFile[], { at }: Need): TbuildError {
  const names = files.map(({ manifest }) => manifest.file);
  const message =
    names.length === 2
      ? `${JSON.stringify(names[0])} is its own base`
      : `Images are put on each other in a circle: ${names.join(' → ')}`;
  return fail('manifest-cycle', { message, at });
}
