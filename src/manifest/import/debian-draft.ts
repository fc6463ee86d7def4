import { renderPath } from '../source-node.js';
import { type DebianNames, NEEDLESS_NAMES } from './debian-names.js';
import { type Draft, type DraftMap, Noted } from './draft.js';
import type { Found, Reading } from './reading.js';
import { writeImageYaml } from './write-image-yaml.js';

const SUITE = 'bookworm';

/** Packages of another distribution, and what of them is wanted. */
export interface ForeignPackages {
  /** `Alpine`, `RPM`. */
  readonly kind: string;
  /** Each perhaps with a version, as that distribution writes it. */
  readonly wanted: readonly Found<string>[];
  readonly names: DebianNames;
  /** Members of `debian` besides suite and packages. */
  readonly more: DraftMap;
}

/** `nginx=1.26.3-r0`, `nginx~1.26`, `nginx@local` → the name, and whether there was more. */
function nameOf(text: string): { readonly name: string; readonly isConstrained: boolean } {
  const [name = ''] = /^[^=<>~@\s]+/.exec(text) ?? [];
  return { name, isConstrained: name !== text };
}

/** The Debian packages that are certain, and the names of the others, with a warning each. */
function sortOut({ kind, wanted, names }: ForeignPackages, reading: Reading) {
  const known = new Set<string>();
  const unknown = new Set<string>();
  for (const { value, path } of wanted) {
    const { name, isConstrained } = nameOf(value);
    const needless = NEEDLESS_NAMES.get(name);
    const debian = names.get(name);
    if (value.startsWith('!')) reading.leaveOut(path, 'it keeps a package out; "exclude" of debian does that');
    else if (needless !== undefined) reading.leaveOut(path, needless);
    else if (debian === undefined) {
      unknown.add(value);
      reading.leaveOut(path, `look up what the ${kind} package ${JSON.stringify(name)} is called in Debian`);
    } else {
      known.add(debian);
      const message = `${renderPath(path)}: the version is left out, as Debian has versions of its own`;
      if (isConstrained) reading.warn(path, message);
    }
  }
  return { known: [...known], unknown: [...unknown] };
}

const CHOICE = `The release is a choice; "tbuild lock" pins the versions.`;

/** The content as it would be, for people to complete. */
function template({ kind, more }: ForeignPackages, unknown: readonly string[]): readonly string[] {
  const written = writeImageYaml({ contents: [{ debian: { suite: SUITE, packages: unknown, ...more } }] }, []);
  const lines = written.trimEnd().split('\n').slice(1);
  const note = `Look up what these ${kind} packages are called in Debian, and put this in place of "[]":`;
  return [note, `(${CHOICE})`, ...lines.map((line) => line.slice(2))];
}

/**
 * The `contents` that bring in the packages of another distribution as Debian's: those whose counterpart is certain; the
 * others stand in a comment. Undefined where there are none.
 */
export function debianContents(packages: ForeignPackages, reading: Reading): Draft | undefined {
  const { known, unknown } = sortOut(packages, reading);
  if (known.length === 0) return unknown.length === 0 ? undefined : new Noted([], template(packages, unknown));
  const others = unknown.map((name) => `  ${JSON.stringify(name)}`);
  const note =
    others.length === 0 ? [] : [`Look up what these ${packages.kind} packages are called in Debian:`, ...others];
  const debian = { suite: new Noted(SUITE, [CHOICE]), packages: new Noted(known, note), ...packages.more };
  return [{ debian }];
}
