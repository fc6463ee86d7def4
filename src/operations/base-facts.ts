import { fail } from '../errors/index.js';
import type { TreeFact, TreeFacts } from '../lock/index.js';
import { type Digest, parseDigest } from '../oci/index.js';
import { ancestorsOf, type Entry, emptyTree, type FileTree, type Origin, treeOf } from '../tree/index.js';
import { type Chunks, compareUtf8 } from '../util/index.js';

/** Something of a base was asked for that the lock does not tell: the base itself has to be read. */
export class NotInFacts extends Error {
  override readonly name = 'NotInFacts';
}

/** With more than so many a lock is nothing that people read in a diff, and reading the base is no slower. */
const FACTS_MAX = 10_000;

/** Identity of what is below where there is no base. */
const NOTHING = 'scratch';

const ORIGIN: Origin = { kind: 'base', label: 'the base' };
const octal = (mode: number): string => mode.toString(8).padStart(4, '0');

function factOf(entry: Entry): readonly TreeFact[] {
  if (entry.kind === 'whiteout') throw new Error('a whole tree has no whiteouts');
  const facts: TreeFact[] = [entry.kind, octal(entry.mode), `${entry.uid}:${entry.gid}`];
  if (entry.kind === 'file') facts.push(entry.digest, entry.size);
  else if (entry.kind === 'symlink') facts.push(entry.target);
  else if (entry.kind !== 'directory') facts.push(`${entry.deviceMajor}:${entry.deviceMinor}`);
  const xattrs = [...(entry.xattrs ?? [])].sort(([a], [b]) => compareUtf8(a, b));
  if (xattrs.length > 0) {
    facts.push(Object.fromEntries(xattrs.map(([name, value]) => [name, Buffer.from(value).toString('base64')])));
  }
  return facts;
}

function xattrsOf(last: TreeFact | undefined): { readonly xattrs?: ReadonlyMap<string, Uint8Array> } {
  if (typeof last !== 'object') return {};
  return { xattrs: new Map(Object.entries(last).map(([name, value]) => [name, Buffer.from(value, 'base64')])) };
}

type Content = (file: { readonly digest: Digest; readonly size: number }) => Chunks | undefined;

function entryOf(path: string, facts: readonly TreeFact[], contentOf: Content): Entry {
  const [kind, mode, owner, fourth, size] = facts;
  const [uid, gid] = String(owner).split(':').map(Number) as [number, number];
  const shared = { path, mode: Number.parseInt(String(mode), 8), uid, gid, ...xattrsOf(facts.at(-1)), origin: ORIGIN };
  switch (kind) {
    case 'directory':
      return { ...shared, kind, claim: 'declared' };
    case 'symlink':
      return { ...shared, kind, target: String(fourth) };
    case 'file': {
      const content = { digest: parseDigest(fourth, 'A file of the base in the lock'), size: Number(size) };
      const open = (): Chunks => {
        const chunks = contentOf(content);
        if (chunks === undefined) throw new NotInFacts(`the content of ${path}`);
        return chunks;
      };
      return { ...shared, kind, ...content, open };
    }
    case 'character-device':
    case 'block-device':
    case 'fifo': {
      const [deviceMajor, deviceMinor] = String(fourth).split(':').map(Number) as [number, number];
      return { ...shared, kind, deviceMajor, deviceMinor };
    }
    default:
      throw fail('lock-invalid', { message: `The lock says that /${path} of the base is ${JSON.stringify(kind)}` });
  }
}

/** The tree of a base, as far as a lock tells. */
export interface KnownFacts {
  /** Just what is there. */
  readonly tree: FileTree;
  /** True where the facts say what is at the path, or that nothing is. */
  isKnown(path: string): boolean;
}

/** @param contentOf the content of a file where it is at hand without the base */
export function knownFacts(facts: TreeFacts, contentOf: Content): KnownFacts {
  const entries = Object.entries(facts).flatMap(([path, known]) =>
    known === null ? [] : [entryOf(path, known, contentOf)],
  );
  const isAbsent = (path: string): boolean => Object.hasOwn(facts, path) && facts[path] === null;
  return {
    tree: treeOf(entries),
    isKnown: (path) => Object.hasOwn(facts, path) || [...ancestorsOf(path)].some(isAbsent),
  };
}

/** What was asked of a base. */
export interface Asked {
  readonly paths: Set<string>;
  isWhole: boolean;
}

/**
 * The tree of a base, which remembers what was asked of it: just that goes into the lock, so that the next build need not
 * read the base's layers (architecture.md, "What the design must not lose", 2).
 */
export class ObservedBase {
  readonly #tree: FileTree;
  readonly #isKnown: (path: string) => boolean;
  readonly #isWhole: boolean;
  readonly #asked = new Set<string>();
  #isAskedWhole = false;
  /** The same for the same tree, known as far; undefined where that cannot be said. */
  readonly identity: string | undefined;

  /** What is below where there is no base: whatever is asked, the answer is in no lock. */
  static nothing(): ObservedBase {
    return new ObservedBase(emptyTree, undefined, NOTHING);
  }

  /** True where it matters what is asked. */
  get isTold(): boolean {
    return this.identity !== NOTHING;
  }

  /** @param known where only facts are at hand: which paths they tell about */
  constructor(tree: FileTree, known?: KnownFacts['isKnown'], identity?: string) {
    this.identity = identity;
    this.#tree = tree;
    this.#isWhole = known === undefined;
    this.#isKnown = known ?? (() => true);
  }

  /** @throws NotInFacts */
  ask(path: string): void {
    if (!this.#isKnown(path)) throw new NotInFacts(path);
    this.#asked.add(path);
  }

  /** @throws NotInFacts */
  askWhole(): void {
    if (!this.#isWhole) throw new NotInFacts('all of it');
    this.#isAskedWhole = true;
  }

  /** Asks again what was asked in an earlier build. @throws NotInFacts */
  askAgain({ paths, isWhole }: Asked): void {
    if (isWhole) this.askWhole();
    for (const path of paths) this.ask(path);
  }

  /**
   * What lies below a layer: the base and what is on it. `tree` is the sum, of which some is the base's. What is asked is
   * also noted in `asked`.
   */
  under(tree: FileTree, asked?: Asked): FileTree {
    const observed = this;
    return {
      get entries() {
        observed.askWhole();
        if (asked !== undefined) asked.isWhole = true;
        return tree.entries;
      },
      get(path) {
        observed.ask(path);
        asked?.paths.add(path);
        return tree.get(path);
      },
    };
  }

  /** What was asked for; undefined where that was everything, or more than a lock should tell. */
  facts(): TreeFacts | undefined {
    if (this.#isAskedWhole) return undefined;
    const facts = new Map<string, readonly TreeFact[] | null>();
    for (const path of this.#asked) {
      const entry = this.#tree.get(path);
      if (entry !== undefined) facts.set(path, factOf(entry));
      else facts.set(this.#topmostAbsent(path), null);
    }
    if (facts.size > FACTS_MAX) return undefined;
    return Object.fromEntries([...facts].sort(([a], [b]) => compareUtf8(a, b)));
  }

  /** Nothing is below what is not there; of a parent that only facts could tell about, and do not, nobody can say so. */
  #topmostAbsent(path: string): string {
    let topmost = path;
    for (const parent of ancestorsOf(path)) {
      if (this.#isKnown(parent) && this.#tree.get(parent) === undefined) topmost = parent;
    }
    return topmost;
  }
}
