import { fail, type SourceSpan } from '../errors/index.js';
import { isElf } from './elf-header.js';
import { isScript, parseScript, type ScriptLine } from './parse-script.js';
import { PartReader } from './part-reader.js';
import { type ElfFacts, readElf } from './read-elf.js';
import type { RootEntry } from './root-files.js';

/** What a file is to the loader. */
export type Program =
  | { readonly kind: 'elf'; readonly elf: ElfFacts }
  | { readonly kind: 'script'; readonly line: ScriptLine }
  /** Nothing that is loaded or run by itself. */
  | { readonly kind: 'data' };

/** Covers the header and the program headers of nearly all files, and the first line of a script. */
const HEAD_BYTES = 4096;

const DATA: Program = { kind: 'data' };

/**
 * Looks at a file, as far as it must. An ELF file is one by its content, a script only where somebody may execute it.
 *
 * @param path in its root file system
 * @param at for messages
 * @throws TbuildError `elf-invalid`, and whatever opening the file throws
 */
export async function readProgram(
  path: string,
  file: Extract<RootEntry, { kind: 'file' }>,
  at: SourceSpan | undefined,
): Promise<Program> {
  const reader = new PartReader(() => file.open());
  try {
    const [head] = await reader.read([{ offset: 0, length: Math.min(HEAD_BYTES, file.size) }]);
    if (isElf(head!)) {
      const refuse = (problem: string) =>
        fail('elf-invalid', {
          message: `${JSON.stringify(`/${path}`)} is damaged, or no ELF file after all: ${problem}`,
          at,
          details: { path: `/${path}` },
        });
      const elf = await readElf({ head: head!, size: file.size, reader, refuse });
      return elf === undefined ? DATA : { kind: 'elf', elf };
    }
    if (!isScript(head!) || (file.mode & 0o111) === 0) return DATA;
    const line = parseScript(head!);
    return line === undefined ? DATA : { kind: 'script', line };
  } finally {
    await reader.close();
  }
}
