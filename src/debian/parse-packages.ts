import { fail, type TbuildError } from '../errors/index.js';
import { isDigest } from '../oci/index.js';
import type { Bytes } from '../util/index.js';
import { describePackage, PACKAGE_FIELDS, type Package, type PackageField, type PackageFields } from './package.js';

export interface PackagesSource {
  /** For messages: `Packages of bookworm main`. */
  readonly what: string;
  readonly suite?: string;
  readonly isAutomatic?: boolean;
}

/** Longer than any stanza, and so what has to be kept of a stream. */
const STANZA_MAX_CHARACTERS = 4 * 1024 * 1024;
const PACKAGES_MAX = 1_000_000;
const POSITIONS: ReadonlyMap<string, number> = new Map(PACKAGE_FIELDS.map((name, position) => [name, position]));
const OUTSIDE_ASCII = /[^\n\t\u0020-\u007e]/;
/** Below the archive, in plain words: no `..`, nothing absolute, nothing that means something in a URL. */
const POOL_PATH = /^(?!.*(?:^|\/)\.{0,2}(?:\/|$))(?![^/]*:)[A-Za-z0-9][A-Za-z0-9+._~@:/-]{0,1000}\.deb$/;
/** Some archives write paths as find(1) prints them. */
const HERE = /^(?:\.\/)+/;
const SIZE = /^[0-9]{1,12}$/;

function invalid({ what }: PackagesSource, problem: string): TbuildError {
  return fail('release-invalid', { message: `${what}: ${problem}`, details: { what } });
}

/** The values of a stanza that packages are made of, by their position in `PACKAGE_FIELDS`. */
class PackagesStanza implements PackageFields {
  readonly #values: string[] = [];

  get(name: PackageField): string | undefined {
    return this.#values[POSITIONS.get(name)!];
  }

  has(position: number): boolean {
    return this.#values[position] !== undefined;
  }

  add(position: number, value: string): void {
    this.#values[position] = value;
  }
}

/** From the colon to the first line end that no continuation follows. */
function valueEnd(text: string, from: number): number {
  let end = text.indexOf('\n', from);
  while (end >= 0 && (text[end + 1] === ' ' || text[end + 1] === '\t')) end = text.indexOf('\n', end + 1);
  return end < 0 ? text.length : end;
}

function parseStanza(text: string, source: PackagesSource): PackagesStanza {
  const stanza = new PackagesStanza();
  for (let at = 0; at < text.length; ) {
    const colon = text.indexOf(':', at);
    const end = valueEnd(text, at);
    if (colon < 0 || colon > end) throw invalid(source, `${JSON.stringify(text.slice(at, at + 80))} is no field`);
    const position = POSITIONS.get(text.slice(at, colon).toLowerCase());
    if (position !== undefined) {
      const value = text.slice(colon + 1, end).trim();
      const name = PACKAGE_FIELDS[position]!;
      if (stanza.has(position))
        throw invalid(source, `the field ${JSON.stringify(name)} of ${stanza.get('package')} is there twice`);
      if (OUTSIDE_ASCII.test(value))
        throw invalid(source, `the field ${JSON.stringify(name)} of ${stanza.get('package')} is not ASCII`);
      stanza.add(position, value);
    }
    at = end + 1;
  }
  return stanza;
}

function parsePackage(text: string, source: PackagesSource): Package {
  const stanza = parseStanza(text, source);
  const need = (name: PackageField, isValid: (value: string) => boolean): string => {
    const value = stanza.get(name);
    if (value !== undefined && isValid(value)) return value;
    const problem =
      value === undefined ? 'is missing' : `is ${JSON.stringify(value.slice(0, 200))}, which it cannot be`;
    throw invalid(source, `the field ${JSON.stringify(name)} of ${JSON.stringify(stanza.get('package'))} ${problem}`);
  };
  const digest = `sha256:${need('sha256', (value) => isDigest(`sha256:${value}`))}`;
  const place = {
    path: need('filename', (value) => POOL_PATH.test(value.replace(HERE, ''))).replace(HERE, ''),
    digest: digest as Package['digest'],
    size: Number(need('size', (value) => SIZE.test(value))),
    suite: source.suite,
    isAutomatic: source.isAutomatic,
  };
  return describePackage(stanza, place, { what: source.what, code: 'release-invalid' });
}

/** Text by text, in pieces that end where a stanza ends. */
async function* stanzaTexts(input: Bytes, source: PackagesSource): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of input) {
    // Only ASCII values are used, so that no character can be torn apart.
    rest += Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
    const end = rest.lastIndexOf('\n\n');
    if (end >= 0) {
      yield rest.slice(0, end);
      rest = rest.slice(end + 2);
    }
    if (rest.length > STANZA_MAX_CHARACTERS)
      throw invalid(source, `a stanza has more than ${STANZA_MAX_CHARACTERS} characters`);
  }
  yield rest;
}

/**
 * The packages of a Packages file (Debian repository format, "Packages Indices"), in its order.
 *
 * @param input the decompressed file, whose hash was checked or will be before the packages are used
 * @throws TbuildError `release-invalid`, naming package and field
 */
export async function parsePackages(input: Bytes, source: PackagesSource): Promise<readonly Package[]> {
  const packages: Package[] = [];
  for await (const texts of stanzaTexts(input, source)) {
    for (const text of texts.split(/\n{2,}/)) {
      const stanza = text.replace(/^\n+|\n+$/g, '');
      if (stanza === '') continue;
      if (packages.length >= PACKAGES_MAX) throw invalid(source, `there are more than ${PACKAGES_MAX} packages`);
      packages.push(parsePackage(stanza, source));
    }
  }
  return packages;
}
