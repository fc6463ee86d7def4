import { followPath } from '../../closure/index.js';
import type { InstalledPackage } from '../../debian/index.js';
import type { Files } from '../../host/index.js';
import type { HostRoot } from '../../inputs/index.js';
import type { Digest } from '../../oci/index.js';
import type { BroughtFile, ContentReader } from './content-reader.js';
import { type Dpkg, openDpkg } from './dpkg.js';
import { type ToolPlace, toolError } from './tool-error.js';
import { inRoot, ToolFiles } from './tool-files.js';
import { wholeDirectories } from './whole-directories.js';

/** What a tool has from Debian packages. Paths are those of the root file system. */
export interface ToolPackages {
  /** Name (with its architecture, where it is not that of dpkg) → version and digest of its files. */
  readonly digests: Readonly<Record<string, string>>;
  /** Links that update-alternatives made for them → where they lead. */
  readonly alternatives: Readonly<Record<string, string>>;
  /** Files, links and whole directories to be seen. */
  readonly seen: readonly string[];
  /** Programs and libraries among them. */
  readonly parts: readonly string[];
  /** Name → file, of what is in a directory of programs. */
  readonly programs: ReadonlyMap<string, string>;
}

/** What a machine may leave out and no program needs (dpkg.cfg of small images). */
const DOCUMENTATION = /^\/usr\/share\/(?:doc|doc-base|man|info|locale|groff|lintian|linda|bug)\//;
const OF_PROGRAMS = /^\/(?:usr\/)?s?bin\/([^/]+)$/;
const ANYBODY_READS = 0o004;
const ANYBODY_EXECUTES = 0o111;

interface MeasuredPackage {
  readonly digest: Digest;
  /** Its files, links and directories: where they are, as dpkg writes it. */
  readonly places: readonly string[];
  readonly parts: readonly string[];
}

/** The packages of a machine, each measured once for all tools of an artifact. */
export class PackageReader {
  readonly #files: Files;
  readonly #root: HostRoot;
  readonly #reader: ContentReader;
  readonly #measured = new Map<InstalledPackage, Promise<MeasuredPackage>>();

  constructor(files: Files, root: HostRoot, reader: ContentReader) {
    this.#files = files;
    this.#root = root;
    this.#reader = reader;
  }

  /** @throws TbuildError `artifact-tool` where one is not installed, or there is no dpkg */
  async read(names: readonly string[], place: ToolPlace): Promise<ToolPackages> {
    const dpkg = names.length === 0 ? undefined : this.#dpkg(names, place);
    const wanted = names.map((name) => dpkg!.find(name) ?? this.#notInstalled(name, place));
    const packages = dpkg?.withDependencies(wanted) ?? [];
    const digests: { [name: string]: string } = {};
    const seen = new ToolFiles(this.#root);
    const parts = new Set<string>();
    const listed: string[] = [];
    for (const item of packages) {
      const measured = await this.#measure(item, dpkg!);
      digests[this.#nameOf(item, dpkg!)] = `${item.version} ${measured.digest}`;
      for (const path of measured.places) seen.addPlace(inRoot(path));
      for (const part of measured.parts) parts.add(part);
      listed.push(...measured.places);
    }
    const alternatives = this.#alternatives(dpkg, seen);
    const programs = this.#programs([...listed, ...Object.keys(alternatives)], seen);
    return { digests, alternatives, seen: [...wholeDirectories(seen.paths, this.#root)], parts: [...parts], programs };
  }

  #dpkg(names: readonly string[], place: ToolPlace): Dpkg {
    const dpkg = openDpkg(this.#files);
    if (dpkg !== undefined) return dpkg;
    const what = names.map((name) => JSON.stringify(name)).join(', ');
    const hint = 'Name the files and directories that it needs under "with" instead.';
    throw toolError(place, `needs the Debian packages ${what}, but this machine has no dpkg`, hint);
  }

  #notInstalled(name: string, place: ToolPlace): never {
    const what = `needs the Debian package ${JSON.stringify(name)}, which is not installed`;
    throw toolError(place, what, `Install it: apt-get install ${name}`);
  }

  #nameOf({ name, architecture }: InstalledPackage, dpkg: Dpkg): string {
    return dpkg.find(name)?.architecture === architecture ? name : `${name}:${architecture}`;
  }

  #measure(item: InstalledPackage, dpkg: Dpkg): Promise<MeasuredPackage> {
    const known = this.#measured.get(item) ?? this.#read(item, dpkg);
    this.#measured.set(item, known);
    return known;
  }

  async #read(item: InstalledPackage, dpkg: Dpkg): Promise<MeasuredPackage> {
    const files = new ToolFiles(this.#root);
    const places: string[] = [];
    const contents: BroughtFile[] = [];
    for (const { path, place } of dpkg.filesOf(item)) {
      const at = DOCUMENTATION.test(path) ? undefined : files.addPlace(inRoot(place));
      if (at === undefined || !this.#isForAll(at)) continue;
      places.push(place);
      if (this.#root.at(at)?.kind !== 'directory') contents.push({ absolute: `/${at}`, name: path });
    }
    const parts: string[] = [];
    const digest = await this.#reader.digestOfAll(contents, (absolute) => parts.push(inRoot(absolute)));
    return { digest, places, parts };
  }

  /** What just some users may read is no part of a program for all. */
  #isForAll(path: string): boolean {
    const stat = this.#root.statOf(path);
    return stat !== undefined && (stat.kind !== 'file' || (stat.mode & ANYBODY_READS) !== 0);
  }

  /** Both links of an alternative, where it leads to one of the files. */
  #alternatives(dpkg: Dpkg | undefined, seen: ToolFiles): Readonly<Record<string, string>> {
    const found: { [link: string]: string } = {};
    for (const { link, choice } of dpkg?.alternatives ?? []) {
      const [first, second] = [link, choice].map((path) => this.#root.at(inRoot(path)));
      if (first?.kind !== 'symlink' || second?.kind !== 'symlink' || first.target !== choice) continue;
      const end = followPath(inRoot(second.target), this.#root);
      if (end.entry === undefined || !seen.has(end.path)) continue;
      seen.addPlace(inRoot(link));
      seen.addPlace(inRoot(choice));
      found[link] = second.target;
    }
    return found;
  }

  #programs(paths: readonly string[], seen: ToolFiles): ReadonlyMap<string, string> {
    const programs = new Map<string, string>();
    for (const path of paths) {
      const name = OF_PROGRAMS.exec(path)?.[1];
      const end = name === undefined ? undefined : followPath(inRoot(path), this.#root);
      if (end?.entry?.kind !== 'file' || (end.entry.mode & ANYBODY_EXECUTES) === 0 || !seen.has(end.path)) continue;
      programs.set(name!, end.path);
    }
    return programs;
  }
}
