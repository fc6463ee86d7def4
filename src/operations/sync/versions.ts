import { compare, parse as parseVersion, Range, type SemVer, validRange } from 'semver';

/** Leading zeros mean nothing: `24.04` is 24.4. */
function plain(part: string): string {
  return /^[0-9]+$/.test(part) ? part.replace(/^0+(?=[0-9])/, '') : part;
}

/**
 * The version that a tag is: `MAJOR[.MINOR[.PATCH]]` with an optional `v` in front and an optional pre-release behind a
 * hyphen; missing parts are 0, leading zeros do not count. Undefined for other tags.
 */
export function versionOf(tag: string): SemVer | undefined {
  const [, major, minor = '0', patch = '0', release] =
    /^v?([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?(?:-([0-9A-Za-z.-]+))?$/.exec(tag) ?? [];
  if (major === undefined) return undefined;
  const core = [major, minor, patch].map(plain).join('.');
  const suffix = release === undefined ? '' : `-${release.split('.').map(plain).join('.')}`;
  return parseVersion(core + suffix) ?? undefined;
}

/** True for a range of versions as npm writes it. */
export function isRange(text: string): boolean {
  return validRange(text) !== null;
}

/**
 * The tags that are versions in the range, as npm counts: a pre-release only where the range names one of its version.
 * @param latest only so many of the newest versions; tags of one version count once
 */
export function tagsInRange(tags: readonly string[], range: string, latest: number | undefined): readonly string[] {
  const wanted = new Range(range);
  const found = tags.flatMap((tag) => {
    const version = versionOf(tag);
    return version !== undefined && wanted.test(version) ? [{ tag, version }] : [];
  });
  if (latest === undefined) return found.map(({ tag }) => tag);
  const newest: SemVer[] = [];
  for (const { version } of [...found].sort((a, b) => compare(b.version, a.version))) {
    const last = newest.at(-1);
    if (last === undefined || compare(last, version) !== 0) newest.push(version);
  }
  const oldest = newest[latest - 1] ?? newest.at(-1);
  return found.filter(({ version }) => compare(version, oldest!) >= 0).map(({ tag }) => tag);
}
