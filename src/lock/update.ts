import { fail } from '../errors/index.js';
import { didYouMean } from '../util/index.js';

const FORMS = 'Name "base", an image as in image.yaml, a URL, a layer with packages, a package, or an artifact.';

/** Which pins shall be found anew, and whether every name that was given for one names something. */
export class Update {
  readonly isAll: boolean;
  readonly #wanted: ReadonlySet<string>;
  readonly #known = new Set<string>();

  constructor(update: 'none' | 'all' | readonly string[]) {
    this.isAll = update === 'all';
    this.#wanted = new Set(typeof update === 'string' ? [] : update);
  }

  /** True where something with these names shall be found anew. */
  takes(...names: readonly string[]): boolean {
    this.know(names);
    return this.isAll || names.some((name) => this.#wanted.has(name));
  }

  /** These are names of something. */
  know(names: Iterable<string>): void {
    for (const name of names) this.#known.add(name);
  }

  /** @throws TbuildError `usage` where a name was never known */
  checkNames(): void {
    const unknown = [...this.#wanted].filter((name) => !this.#known.has(name));
    const [first] = unknown;
    if (first === undefined) return;
    const shown = unknown.map((name) => JSON.stringify(name)).join(', ');
    throw fail('usage', {
      message: `Nothing that is pinned is called ${shown}`,
      hint: this.#known.size === 0 ? 'Nothing in image.yaml needs a pin.' : (didYouMean(first, this.#known) ?? FORMS),
      details: { names: unknown },
    });
  }
}
