import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect } from 'vitest';
import { type Builder, copySources, digestsOf, makeSources } from './sources.js';
import { temporaryDirectory } from './temporary-directory.js';

/** Where one variation is built: a copy of the sources, and no cache yet. */
export interface Place {
  readonly directory: string;
  readonly sources: string;
  readonly cache: string;
}

/** The sources built plainly, before the tests of the calling file, and places to build them in another way. */
export interface Variations {
  /** Where they were built plainly, with the cache of that. */
  readonly plain: Place;
  /** The digests. */
  readonly expected: Readonly<Record<string, string>>;
  freshPlace(): Place;
  /** Builds in a fresh place as the builder says, after `vary`. */
  expectSame(builder: Builder, vary?: (place: Place) => void): Promise<void>;
}

class VariationsOfFile implements Variations {
  plain!: Place;
  expected!: Readonly<Record<string, string>>;
  readonly #workspace = temporaryDirectory();
  #places = 0;

  async buildPlainly(): Promise<void> {
    makeSources(join(this.#workspace.path, 'pristine'));
    this.plain = this.freshPlace();
    this.expected = await digestsOf(this.plain.sources, this.plain.cache);
  }

  freshPlace(): Place {
    const directory = join(this.#workspace.path, `place-${++this.#places}`);
    mkdirSync(directory);
    const sources = copySources(join(this.#workspace.path, 'pristine'), join(directory, 'sources'));
    return { directory, sources, cache: join(directory, 'cache') };
  }

  async expectSame(builder: Builder, vary: (place: Place) => void = () => undefined): Promise<void> {
    const place = this.freshPlace();
    vary(place);
    expect(await digestsOf(place.sources, place.cache, builder)).toEqual(this.expected);
    rmSync(place.directory, { recursive: true });
  }
}

export function useVariations(): Variations {
  const variations = new VariationsOfFile();
  beforeAll(() => variations.buildPlainly());
  return variations;
}
