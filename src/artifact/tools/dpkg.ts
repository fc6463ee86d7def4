import { type InstalledPackage, parseStatus, type Relation, satisfies } from '../../debian/index.js';
import { errnoOf, type Files } from '../../host/index.js';
import { compareUtf8, lazy } from '../../util/index.js';

/** dpkg(1), "Files". */
const DATABASE = '/var/lib/dpkg';
const FILE_BYTES_MAX = 256 * 1024 * 1024;

/** A link that update-alternatives(1) keeps. */
export interface AlternativeLink {
  /** `/usr/bin/cc` */
  readonly link: string;
  /** What it leads to: `/etc/alternatives/cc`. */
  readonly choice: string;
}

/** The Debian packages of this machine. */
export interface Dpkg {
  /** The package that is installed under the name, `libc6` or `libc6:i386`; undefined where none is. */
  find(name: string): InstalledPackage | undefined;
  /** These and all installed packages that they depend on, sorted by name, then architecture. */
  withDependencies(packages: readonly InstalledPackage[]): readonly InstalledPackage[];
  /** Absolute paths of its files, links and directories, as it brought them, and where they are if they were diverted. */
  filesOf(item: InstalledPackage): readonly PackageFile[];
  readonly alternatives: readonly AlternativeLink[];
}

export interface PackageFile {
  readonly path: string;
  readonly place: string;
}

function readText(path: string, files: Files): string | undefined {
  try {
    return Buffer.from(files.readFile(path, FILE_BYTES_MAX)).toString('utf8');
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** Lines in threes: where a file would be, where it is, whose stays where it is (dpkg-divert(1)). */
function readDiversions(files: Files): ReadonlyMap<string, { readonly to: string; readonly by: string }> {
  const lines = (readText(`${DATABASE}/diversions`, files) ?? '').split('\n');
  const found = new Map<string, { readonly to: string; readonly by: string }>();
  for (let i = 0; i + 2 < lines.length; i += 3) found.set(lines[i]!, { to: lines[i + 1]!, by: lines[i + 2]! });
  return found;
}

/** How it chooses, the link, then names and links that follow it, up to an empty line. The first name is that of the file. */
function linksOf(name: string, text: string): readonly AlternativeLink[] {
  const [, link, ...rest] = text.split('\n');
  const slaves = rest.slice(0, Math.max(0, rest.indexOf('')));
  const pairs: string[][] = [[name, link ?? '']];
  for (let i = 0; i + 1 < slaves.length; i += 2) pairs.push(slaves.slice(i, i + 2));
  return pairs.map(([choice, at]) => ({ link: at!, choice: `/etc/alternatives/${choice}` }));
}

function readAlternatives(files: Files): readonly AlternativeLink[] {
  const directory = `${DATABASE}/alternatives`;
  if (files.stat(directory)?.kind !== 'directory') return [];
  const names = files.readDirectory(directory).map(({ bytes }) => Buffer.from(bytes).toString('utf8'));
  return names.sort(compareUtf8).flatMap((name) => linksOf(name, readText(`${directory}/${name}`, files) ?? ''));
}

class DpkgDatabase implements Dpkg {
  readonly #files: Files;
  readonly #packages: readonly InstalledPackage[];
  /** By each name that they are asked for by. */
  readonly #byName = new Map<string, InstalledPackage[]>();
  readonly #diversions: () => ReturnType<typeof readDiversions>;
  readonly #alternatives: () => readonly AlternativeLink[];

  constructor(status: string, files: Files) {
    this.#files = files;
    this.#packages = parseStatus(status);
    this.#diversions = lazy(() => readDiversions(files));
    this.#alternatives = lazy(() => readAlternatives(files));
    const native = this.#packages.find(({ name }) => name === 'dpkg')?.architecture;
    const rank = ({ architecture }: InstalledPackage): number => (architecture === native ? 0 : 1);
    const inOrder = [...this.#packages].sort((a, b) => rank(a) - rank(b));
    for (const item of inOrder) this.#enter(item.name, item);
    for (const item of inOrder) for (const { name } of item.provides) this.#enter(name, item);
  }

  get alternatives(): readonly AlternativeLink[] {
    return this.#alternatives();
  }

  find(name: string): InstalledPackage | undefined {
    const [own, architecture] = name.split(':');
    return this.#byName
      .get(own!)
      ?.find((item) => item.name === own && (architecture === undefined || architecture === item.architecture));
  }

  withDependencies(packages: readonly InstalledPackage[]): readonly InstalledPackage[] {
    const found = new Set(packages);
    for (const item of found) {
      for (const dependency of [...item.preDepends, ...item.depends]) {
        const met = dependency.flatMap((relation) => this.#satisfying(relation, item));
        if (met[0] !== undefined && !met.some((candidate) => found.has(candidate))) found.add(met[0]);
      }
    }
    return [...found].sort((a, b) => compareUtf8(a.name, b.name) || compareUtf8(a.architecture, b.architecture));
  }

  filesOf({ name, architecture }: InstalledPackage): readonly PackageFile[] {
    const lists = [`${name}:${architecture}`, name].map((item) => `${DATABASE}/info/${item}.list`);
    const text = readText(lists[0]!, this.#files) ?? readText(lists[1]!, this.#files) ?? '';
    const paths = text.split('\n').filter((path) => path.startsWith('/') && path !== '/.');
    return paths.map((path) => {
      const diversion = this.#diversions().get(path);
      return { path, place: diversion === undefined || diversion.by === name ? path : diversion.to };
    });
  }

  /** Those of the same architecture first. */
  #satisfying(relation: Relation, { architecture }: InstalledPackage): readonly InstalledPackage[] {
    const rank = (candidate: InstalledPackage): number => (candidate.architecture === architecture ? 0 : 1);
    const candidates = this.#byName.get(relation.name) ?? [];
    return candidates.filter((candidate) => satisfies(candidate, relation)).sort((a, b) => rank(a) - rank(b));
  }

  #enter(name: string, item: InstalledPackage): void {
    const known = this.#byName.get(name);
    if (known === undefined) this.#byName.set(name, [item]);
    else if (!known.includes(item)) known.push(item);
  }
}

/** The database as it was read last, by the machine: plans look at it many times. */
const read = new WeakMap<Files, { readonly state: string; readonly dpkg: Dpkg }>();

/** What dpkg knows of this machine; undefined where it is not in use. */
export function openDpkg(files: Files): Dpkg | undefined {
  const path = `${DATABASE}/status`;
  const stat = files.stat(path);
  if (stat === undefined) return undefined;
  const state = `${stat.inode} ${stat.size} ${stat.modifiedMs} ${stat.changedMs}`;
  const known = read.get(files);
  if (known?.state === state) return known.dpkg;
  const dpkg = new DpkgDatabase(readText(path, files) ?? '', files);
  read.set(files, { state, dpkg });
  return dpkg;
}
