import { type Deb, readDeb } from '../../debian/index.js';
import type { PackagePin } from '../../lock/index.js';
import type { ReadMember } from '../../tar/index.js';
import type { ContentContext } from '../input-context.js';

/** What is known of a package besides its files, once it has been read. */
export interface PackageFacts {
  readonly controlText: string;
  /** MD5 of regular files, by path in the package. */
  readonly md5OfFiles: ReadonlyMap<string, string>;
}

type FactsContext = Pick<ContentContext, 'store'>;

const keyOf = ({ digest }: PackagePin): string => `facts of a Debian package, 1: ${digest}`;

function writeFacts(pin: PackagePin, { controlText, md5OfFiles }: Deb, { store }: FactsContext): void {
  store.records.write('contents', keyOf(pin), JSON.stringify({ controlText, md5s: [...md5OfFiles] }));
}

/**
 * The members of a package in the store, for the one who takes its files in. When they have all been read, the facts are
 * kept.
 *
 * @throws TbuildError `deb-invalid`; `blob-missing`, `blob-mismatch`
 */
export async function* openPackage(pin: PackagePin, context: FactsContext): AsyncGenerator<ReadMember> {
  const deb = await readDeb(context.store.chunks(pin), pin);
  try {
    yield* deb.members();
  } finally {
    await deb.close();
  }
  writeFacts(pin, deb, context);
}

function keptFacts(pin: PackagePin, { store }: FactsContext): PackageFacts | undefined {
  const text = store.records.read('contents', keyOf(pin));
  if (text === undefined) return undefined;
  const { controlText, md5s } = JSON.parse(text) as { controlText: string; md5s: [string, string][] };
  return { controlText, md5OfFiles: new Map(md5s) };
}

/**
 * The facts of a package in the store; it is read where they were not kept.
 *
 * @throws TbuildError as `openPackage`
 */
export async function readPackageFacts(pin: PackagePin, context: FactsContext): Promise<PackageFacts> {
  const kept = keptFacts(pin, context);
  if (kept !== undefined) return kept;
  const deb = await readDeb(context.store.chunks(pin), pin);
  for await (const _ of deb.members());
  writeFacts(pin, deb, context);
  return deb;
}
