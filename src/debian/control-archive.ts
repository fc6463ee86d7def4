import { fail, type TbuildError } from '../errors/index.js';
import { type ReadMember, readTar } from '../tar/index.js';
import { type Bytes, collect, decodeUtf8 } from '../util/index.js';

/** What the control archive of a package holds. Nothing of it ever runs. */
export interface ControlArchive {
  /** Of the control file, as it is. */
  readonly controlText: string;
  /** By path in the package: MD5 in lower-case hexadecimal digits. Undefined where the package has no such list. */
  readonly md5sums: ReadonlyMap<string, string> | undefined;
  /** Absolute paths of configuration files, in their order. */
  readonly conffiles: readonly string[];
  /** Names of the maintainer scripts that are there, sorted: `postinst`. */
  readonly scripts: readonly string[];
}

const SCRIPTS = ['config', 'postinst', 'postrm', 'preinst', 'prerm'];
/** 64 MiB: the lists of the largest packages have a few. */
const MAX_ARCHIVE_BYTES = 64 * 1024 * 1024;
const MAX_FILES = 1000;
/** The files that are read, and how large they may be. */
const LIMIT_BYTES: Readonly<Record<string, number>> = {
  control: 1024 * 1024,
  conffiles: 4 * 1024 * 1024,
  md5sums: MAX_ARCHIVE_BYTES,
};

const invalid = (problem: string): TbuildError => fail('deb-invalid', { message: problem });

async function textOf({ path, size, body }: ReadMember): Promise<string> {
  const limit = LIMIT_BYTES[path] ?? 0;
  if (size > limit) throw invalid(`its file ${path} has ${size} bytes; at most ${limit} are allowed`);
  const text = decodeUtf8(await collect(body, limit));
  if (text === undefined) throw invalid(`its file ${path} is not UTF-8 text`);
  if (text.includes('\0')) throw invalid(`its file ${path} holds a NUL byte`);
  return text;
}

function linesOf(text: string): readonly string[] {
  const lines = text.split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

/** deb-md5sums(5): hash, two spaces or a space and an asterisk, path without leading slash. */
function parseMd5sums(text: string): ReadonlyMap<string, string> {
  const sums = new Map<string, string>();
  for (const line of linesOf(text)) {
    const match = /^([0-9a-f]{32}) [ *](?:\.?\/)?(.*\S)\s*$/i.exec(line);
    const path = match?.[2] ?? '';
    if (match === null || path.split('/').some((name) => ['', '.', '..'].includes(name))) {
      throw invalid(`its list md5sums has the line ${JSON.stringify(line.slice(0, 200))}`);
    }
    if (sums.has(path)) throw invalid(`its list md5sums names ${JSON.stringify(path)} twice`);
    sums.set(path, match[1]!.toLowerCase());
  }
  return sums;
}

/** deb-conffiles(5): an absolute path in each line, or a flag and the path. Files with the flag are not in the package. */
function parseConffiles(text: string): readonly string[] {
  const isWanted = (line: string): boolean => {
    if (/^\/./.test(line)) return true;
    if (line.trim() === '' || /^remove-on-upgrade \/./.test(line)) return false;
    throw invalid(`its list conffiles has the line ${JSON.stringify(line.slice(0, 200))}`);
  };
  return linesOf(text)
    .filter(isWanted)
    .map((line) => line.trimEnd());
}

function checkMember({ path, kind }: ReadMember): void {
  if (kind === 'file' && !path.includes('/')) return;
  throw invalid(`its control archive holds ${JSON.stringify(path)}, a ${kind}; only plain files are allowed (deb(5))`);
}

/**
 * Reads the control archive of a package, decompressed.
 *
 * @throws TbuildError `deb-invalid`, whose message goes on from "… is not valid: "; `archive-ambiguous`, `archive-limit`
 */
export async function readControlArchive(tar: Bytes): Promise<ControlArchive> {
  const texts = new Map<string, string>();
  const scripts: string[] = [];
  for await (const member of readTar(tar, { maxEntries: MAX_FILES, maxBytes: MAX_ARCHIVE_BYTES })) {
    checkMember(member);
    if (SCRIPTS.includes(member.path)) scripts.push(member.path);
    if (Object.hasOwn(LIMIT_BYTES, member.path)) texts.set(member.path, await textOf(member));
  }
  const controlText = texts.get('control');
  if (controlText === undefined) throw invalid('it has no control file');
  const md5sums = texts.get('md5sums');
  return {
    controlText,
    md5sums: md5sums === undefined ? undefined : parseMd5sums(md5sums),
    conffiles: parseConffiles(texts.get('conffiles') ?? ''),
    scripts: scripts.sort(),
  };
}
