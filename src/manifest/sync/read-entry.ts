import { type Digest, isTag, type Platform, parsePlatform, type RegistryReference } from '../../oci/index.js';
import type { ManifestPath } from '../build-manifest.js';
import type { Complaint } from '../complaint.js';
import { reportDuplicates } from '../duplicates.js';
import type { ManifestText } from '../manifest-text.js';
import { parseTextPattern } from '../patterns/text-pattern.js';
import type { Problems } from '../problems.js';
import {
  isMap,
  membersOf,
  nearestNode,
  type Plain,
  placeOf,
  quote,
  renderPath,
  type SourceNode,
  valueAt,
} from '../source-node.js';
import type { ExactTag, SyncEntry } from './sync-list.js';
import { checkBelow, referenceOrComplaint, type SyncTarget } from './sync-target.js';

/** What the entries of a list are read with. */
export interface EntryReading {
  readonly source: ManifestText;
  readonly top: SourceNode;
  readonly problems: Problems;
  /** Undefined where it is not known, which is reported. */
  readonly target: SyncTarget | undefined;
  /** True for a range of versions as npm writes it. */
  readonly isRange: (text: string) => boolean;
}

const isComplaint = (value: object): value is Complaint => 'reason' in value;

function parseSource(text: string): RegistryReference | Complaint {
  if (/^(?:oci|oci-archive|docker-archive|docker-daemon|dir):/.test(text)) {
    return { reason: 'which is not a repository of a registry', hint: 'Copy single images with "tbuild copy".' };
  }
  const reference = referenceOrComplaint(text.replace(/^docker:\/\//, ''), text);
  if (isComplaint(reference) || (reference.tag === undefined && reference.digest === undefined)) return reference;
  const { tag = 'TAG', digest } = reference;
  const exact = digest === undefined ? tag : `${tag}@${digest}`;
  const what = digest === undefined ? 'a tag' : 'a digest';
  return { reason: `which names ${what}`, hint: `Write the repository, and beside it tags: ["${exact}"].` };
}

/** A repository below a registry's name; which registry that is does not matter for its form. */
function parseRepository(text: string, target: SyncTarget | undefined): { readonly path: string } | Complaint {
  const reference = referenceOrComplaint(`localhost/${text}`, text);
  if (isComplaint(reference)) return reference;
  if (reference.tag !== undefined || reference.digest !== undefined) {
    return { reason: 'which is more than a repository', hint: 'Tags keep their names.' };
  }
  return (target && checkBelow(target, text)) ?? { path: text };
}

/** Reads the values of one entry, and reports what is wrong with them. */
class EntryReader {
  readonly #value: Plain;
  readonly #path: ManifestPath;
  readonly #reading: EntryReading;

  constructor(value: Plain, path: ManifestPath, reading: EntryReading) {
    this.#value = value;
    this.#path = path;
    this.#reading = reading;
  }

  has(key: string): boolean {
    return valueAt(this.#value, [key]) !== undefined;
  }

  spanOf(below: ManifestPath): ExactTag['at'] {
    const { source, top } = this.#reading;
    return source.spanOf(placeOf(nearestNode(top, [...this.#path, ...below]).node));
  }

  complain(below: ManifestPath, { reason, hint }: Complaint): void {
    const { top, problems } = this.#reading;
    const path = [...this.#path, ...below];
    const value = valueAt(this.#value, below);
    const shown = typeof value === 'string' ? ` is ${quote(value)}, ` : ' ';
    problems.report(top, path, { code: 'manifest-wrong-value', message: `${renderPath(path)}${shown}${reason}`, hint });
  }

  lacksTags(): void {
    const { top, problems } = this.#reading;
    problems.report(top, [...this.#path, 'tags'], {
      code: 'manifest-missing-key',
      message: `${renderPath(this.#path)} lacks what says which tags to copy: "tags", "match" or "semver"`,
      hint: 'Write match: "" to take every tag.',
    });
  }

  /** Undefined where the text is not written, or is wrong. */
  text<T extends object>(below: ManifestPath, parse: (text: string) => T | Complaint): T | undefined {
    const value = valueAt(this.#value, below);
    if (typeof value !== 'string' || this.#reading.problems.isSettled([...this.#path, ...below])) return undefined;
    const parsed = parse(value);
    if (!isComplaint(parsed)) return parsed;
    this.complain(below, parsed);
    return undefined;
  }

  tags(): readonly ExactTag[] {
    const list = valueAt(this.#value, ['tags']);
    const written = membersOf(Array.isArray(list) ? list : undefined).flatMap(([index, item]) => {
      const [, name = '', digest] = typeof item === 'string' ? (/^([^@]*)(?:@(.*))?$/s.exec(item) ?? []) : [];
      if (!isTag(name)) return [];
      return [
        { index, text: String(item), name, digest: digest as Digest | undefined, at: this.spanOf(['tags', index]) },
      ];
    });
    const first = new Map<string, (typeof written)[number]>();
    const pathOf = (index: string | number) => [...this.#path, 'tags', index];
    for (const tag of written) {
      const before = first.get(tag.name);
      if (before === undefined) first.set(tag.name, tag);
      else {
        const [second, earlier] = [tag, before].map(({ index, text }) => ({ path: pathOf(index), name: text }));
        reportDuplicates([[second!, earlier!]], this.#reading);
      }
    }
    return written.map(({ name, digest, at }) => ({ name, digest, at }));
  }

  platform(): Platform | undefined {
    const listed = valueAt(this.#value, ['platforms']);
    if (Array.isArray(listed) && listed.length > 1) {
      this.complain(['platforms'], {
        reason: `names ${listed.length} platforms, and several platforms would need a new index`,
        hint: 'Name one, or none to copy everything as it is.',
      });
      return undefined;
    }
    return this.text<Platform>(
      ['platforms', 0],
      (text) =>
        parsePlatform(text) ?? { reason: 'which is not a platform', hint: 'Write linux/amd64 or linux/arm/v7.' },
    );
  }
}

/** Settings that are nothing without others. */
function checkTogether(reader: EntryReader): void {
  const finds = reader.has('match') || reader.has('semver');
  if (!finds && !reader.has('tags')) reader.lacksTags();
  if (reader.has('latest') && !reader.has('semver')) {
    reader.complain(['latest'], { reason: 'needs semver, of whose versions it takes the newest' });
  }
  if (reader.has('exclude') && !finds && reader.has('tags')) {
    reader.complain(['exclude'], {
      reason: 'which leaves nothing out: without match and semver there are only exact tags',
    });
  }
}

/**
 * One member of `images`, as far as it is right; what is wrong is reported.
 * @returns undefined where it is no entry, or names no repository
 */
export function readEntry(value: Plain, path: ManifestPath, reading: EntryReading): SyncEntry | undefined {
  if (!isMap(value)) return undefined;
  const reader = new EntryReader(value, path, reading);
  const source = reader.text(['from'], parseSource);
  const below = reader.has('to')
    ? reader.text(['to'], (text) => parseRepository(text, reading.target))
    : reader.text(['from'], () => parseRepository(source?.repository ?? 'x', reading.target));
  const semver = reader.text(['semver'], (text) =>
    reading.isRange(text)
      ? { text }
      : {
          reason: 'which is not a range of versions',
          hint: 'Write ">=3.18 <4", "~1.25" or "2.x", and numbers without zeros in front.',
        },
  );
  const { latest } = value;
  const entry = {
    tags: reader.tags(),
    match: reader.text(['match'], parseTextPattern),
    semver: semver?.text,
    latest: typeof latest === 'number' ? latest : undefined,
    exclude: reader.text(['exclude'], parseTextPattern),
    platform: reader.platform(),
    at: reader.spanOf([]),
  };
  checkTogether(reader);
  return source === undefined || below === undefined ? undefined : { source, repository: below.path, ...entry };
}
