import { fail, TbuildError } from '../errors/index.js';
import type { ReadMember } from '../tar/index.js';
import { type Chunks, collect, escapeBytes } from '../util/index.js';
import { type ArMember, readAr } from './ar.js';
import { parseControl } from './control.js';
import { type ControlArchive, readControlArchive } from './control-archive.js';
import { DataArchive } from './data-archive.js';
import { openArchiveMember } from './deb-member.js';
import { type Package, type PackagePlace, packageOf } from './package.js';

/** A binary package of Debian (deb(5)) that is being read. Nothing of it ever runs. */
export interface Deb extends ControlArchive {
  /** As its control file describes it. */
  readonly package: Package;
  /**
   * What the package puts into the file system, in the order of its archive; to be read once and to the end. Bodies as in
   * `ReadMember`. Throws TbuildError `deb-invalid`, also at the end where the list md5sums does not match.
   */
  members(): AsyncGenerator<ReadMember>;
  /** MD5 of every regular file, by path; complete once `members` has ended. */
  readonly md5OfFiles: ReadonlyMap<string, string>;
  /** Ends the input. */
  close(): Promise<void>;
}

const VERSION_TEXT = '2.0\n';
const VERSION_BYTES = 64;

/** What other rooms report about the bytes of the package. All else, as a damaged cache, is no fault of the package. */
const CODES_OF_CONTENT = [
  'archive-ambiguous',
  'archive-limit',
  'compression-invalid',
  'compression-limit',
  'deb-invalid',
  'release-invalid',
];

/** An error about the content of the package, with its file in front; any other as it is. */
function inPackage(error: unknown, file: string): unknown {
  if (!(error instanceof TbuildError) || !CODES_OF_CONTENT.includes(error.code)) return error;
  const { message, hint, details } = error;
  return fail('deb-invalid', {
    message: `The package ${JSON.stringify(file)} is not valid: ${message}`,
    hint,
    details: { ...details, file },
    cause: error,
  });
}

/** The members of deb(5): those that begin with an underscore are passed over wherever they stand. */
async function* knownMembers(input: Chunks): AsyncGenerator<ArMember> {
  let isFirst = true;
  for await (const member of readAr(input)) {
    if (isFirst || !member.name.startsWith('_')) yield member;
    isFirst = false;
  }
}

async function nextMember(members: AsyncIterator<ArMember>, wanted: string): Promise<ArMember> {
  const next = await members.next();
  if (next.done === true) throw fail('deb-invalid', { message: `it has no member ${wanted}` });
  const { name } = next.value;
  if (name === wanted || name.startsWith(`${wanted}.`)) return next.value;
  throw fail('deb-invalid', {
    message: `it has the member ${JSON.stringify(name)} in the place of ${wanted} (deb(5) gives their order)`,
  });
}

async function checkVersion({ size, body }: ArMember): Promise<void> {
  if (size > VERSION_BYTES) throw fail('deb-invalid', { message: `its format version has ${size} bytes` });
  const bytes = await collect(body, VERSION_BYTES);
  if (Buffer.from(bytes).toString('latin1') === VERSION_TEXT) return;
  throw fail('deb-invalid', { message: `its format version is "${escapeBytes(bytes)}"; only 2.0 is known` });
}

async function checkEnd(members: AsyncIterator<ArMember>): Promise<void> {
  const next = await members.next();
  if (next.done === true) return;
  throw fail('deb-invalid', { message: `it has a member ${JSON.stringify(next.value.name)} after data.tar` });
}

/**
 * The package that the text of a control file describes.
 *
 * @throws TbuildError `deb-invalid`, whose message goes on from "… is not valid: "
 */
export function parseControlFile(text: string, place: PackagePlace): Package {
  const what = 'its control file';
  const [control, ...others] = parseControl(text, { what, code: 'deb-invalid' });
  if (control === undefined) throw fail('deb-invalid', { message: `${what} is empty` });
  if (others.length > 0) throw fail('deb-invalid', { message: `${what} describes more than one package` });
  return packageOf(control, place, what);
}

/**
 * Begins to read a package: format version and control archive. Strict: the members of deb(5) in their order, each once, and
 * none besides but those that begin with an underscore.
 *
 * @param place says what is read; its path names the package in messages
 * @throws TbuildError `deb-invalid`
 */
export async function readDeb(input: Chunks, place: PackagePlace): Promise<Deb> {
  const members = knownMembers(input);
  const close = async (): Promise<void> => void (await members.return(undefined));
  try {
    await checkVersion(await nextMember(members, 'debian-binary'));
    const control = await readControlArchive(
      openArchiveMember(await nextMember(members, 'control.tar'), 'control.tar'),
    );
    const described = parseControlFile(control.controlText, place);
    const archive = new DataArchive(control.md5sums);
    return {
      ...control,
      package: described,
      md5OfFiles: archive.md5OfFiles,
      close,
      async *members() {
        try {
          yield* archive.read(openArchiveMember(await nextMember(members, 'data.tar'), 'data.tar'));
          await checkEnd(members);
        } catch (error) {
          throw inPackage(error, place.path);
        } finally {
          await close();
        }
      },
    };
  } catch (error) {
    await close();
    throw inPackage(error, place.path);
  }
}
