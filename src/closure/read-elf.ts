import { decodeUtf8 } from '../util/index.js';
import { type DynamicSection, locateStrings, parseDynamicSection } from './elf-dynamic.js';
import type { Refuse } from './elf-fields.js';
import { type ElfAbi, parseElfHeader, parseSegments, type Segment } from './elf-header.js';
import type { Part, PartReader } from './part-reader.js';

/** What a program or library says of how it is to be loaded. */
export interface ElfFacts {
  readonly abi: ElfAbi;
  /** The loader, an absolute path: only programs name one. */
  readonly interpreter: string | undefined;
  /** Names of libraries, in the order in which they are loaded. */
  readonly needed: readonly string[];
  /** Libraries that are loaded where they are there (DT_AUXILIARY). */
  readonly auxiliary: readonly string[];
  readonly soname: string | undefined;
  /** Directories, with colons between them, tokens not yet replaced. */
  readonly rpath: string | undefined;
  readonly runpath: string | undefined;
  /** DF_1_NODEFLIB */
  readonly noDefaultDirectories: boolean;
}

const PT_DYNAMIC = 2;
const PT_INTERP = 3;
/** PATH_MAX, which Linux also allows for the path of a loader. */
const NAME_BYTES_MAX = 4096;
const SEARCH_PATH_BYTES_MAX = 65_536;
const DYNAMIC_BYTES_MAX = 1024 * 1024;

/** A file that begins as ELF files do. */
export interface ElfFile {
  /** Its first bytes: 64 at least, as long as the longest header, where it has so many. */
  readonly head: Uint8Array;
  /** Bytes. */
  readonly size: number;
  readonly reader: PartReader;
  readonly refuse: Refuse;
}

async function readPart(part: Part, what: string, { size, reader, refuse }: ElfFile): Promise<Uint8Array> {
  if (part.offset + part.length > size) throw refuse(`${what} would end behind the end of the file`);
  const [bytes] = await reader.read([part]);
  if (bytes!.length < part.length) throw refuse(`the file is shorter than its ${size} bytes`);
  return bytes!;
}

function only(type: number, segments: readonly Segment[], what: string, refuse: Refuse): Segment | undefined {
  const found = segments.filter((segment) => segment.type === type);
  if (found.length > 1) throw refuse(`it has ${what} ${found.length} times`);
  return found[0];
}

function text(bytes: Uint8Array, what: string, refuse: Refuse): string {
  const found = decodeUtf8(bytes);
  if (found === undefined) throw refuse(`${what} is not UTF-8`);
  return found;
}

async function readInterpreter(segments: readonly Segment[], file: ElfFile): Promise<string | undefined> {
  const { refuse } = file;
  const segment = only(PT_INTERP, segments, 'the path of a loader', refuse);
  if (segment === undefined) return undefined;
  if (segment.size < 2 || segment.size > NAME_BYTES_MAX)
    throw refuse(`the path of its loader has ${segment.size} bytes`);
  const bytes = await readPart({ offset: segment.offset, length: segment.size }, 'the path of its loader', file);
  if (bytes[bytes.length - 1] !== 0) throw refuse('the path of its loader has no end');
  const path = text(bytes.subarray(0, bytes.indexOf(0)), 'the path of its loader', refuse);
  if (!path.startsWith('/')) throw refuse(`the path of its loader is ${JSON.stringify(path)}, which is not absolute`);
  return path;
}

async function readDynamic(
  segments: readonly Segment[],
  abi: ElfAbi,
  file: ElfFile,
): Promise<DynamicSection | undefined> {
  const { refuse } = file;
  const segment = only(PT_DYNAMIC, segments, 'a dynamic section', refuse);
  if (segment === undefined) return undefined;
  if (segment.size > DYNAMIC_BYTES_MAX) throw refuse(`its dynamic section has ${segment.size} bytes`);
  const bytes = await readPart({ offset: segment.offset, length: segment.size }, 'its dynamic section', file);
  return parseDynamicSection(bytes, abi, refuse);
}

interface WantedString {
  readonly at: number;
  readonly bytesMax: number;
}

/** The strings of the table at these places, in one pass. */
async function readStrings(
  wanted: readonly WantedString[],
  table: { readonly offset: number; readonly size: number },
  { size, reader, refuse }: ElfFile,
): Promise<readonly string[]> {
  const end = Math.min(table.size, size - table.offset);
  if (wanted.some(({ at }) => at >= end)) throw refuse('a name lies behind the end of its string table');
  const parts = wanted.map(({ at, bytesMax }) => ({
    offset: table.offset + at,
    length: Math.min(bytesMax + 1, end - at),
  }));
  return (await reader.read(parts)).map((bytes) => {
    const length = bytes.indexOf(0);
    if (length < 0) throw refuse('a name in its string table is too long, or has no end');
    return text(bytes.subarray(0, length), 'a name in its string table', refuse);
  });
}

async function readNames(section: DynamicSection, segments: readonly Segment[], file: ElfFile) {
  const single = [section.soname, section.rpath, section.runpath];
  const listed = [...section.needed, ...section.auxiliary].map((at) => ({ at, bytesMax: NAME_BYTES_MAX }));
  const wanted = single.flatMap((at) => (at === undefined ? [] : [{ at, bytesMax: SEARCH_PATH_BYTES_MAX }]));
  const all = [...listed, ...wanted];
  const strings = all.length === 0 ? [] : await readStrings(all, locateStrings(section, segments, file.refuse), file);
  const rest = strings.slice(listed.length);
  const [soname, rpath, runpath] = single.map((at) => (at === undefined ? undefined : rest.shift()));
  const needed = strings.slice(0, section.needed.length);
  return { needed, auxiliary: strings.slice(needed.length, listed.length), soname, rpath, runpath };
}

/**
 * Reads what the loader would of a file that `isElf`: header, program headers, dynamic section; never section headers,
 * which strip may take away. Undefined for what is not loaded, as object files and core dumps.
 */
export async function readElf(file: ElfFile): Promise<ElfFacts | undefined> {
  const { abi, isLoadable, table } = parseElfHeader(file.head, file.refuse);
  if (!isLoadable) return undefined;
  const segments = parseSegments(await readPart(table, 'the table of its program headers', file), abi);
  const interpreter = await readInterpreter(segments, file);
  const section = await readDynamic(segments, abi, file);
  const names = section && (await readNames(section, segments, file));
  return {
    abi,
    interpreter,
    needed: names?.needed ?? [],
    auxiliary: names?.auxiliary ?? [],
    soname: names?.soname,
    rpath: names?.rpath,
    runpath: names?.runpath,
    noDefaultDirectories: section?.noDefaultDirectories ?? false,
  };
}
