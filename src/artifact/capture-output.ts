import { posix } from 'node:path';
import { fail, TbuildError } from '../errors/index.js';
import { errnoOf, reasonOf } from '../host/index.js';
import { readHostFile, type SelectedFile, selectFiles } from '../inputs/index.js';
import type { ArtifactDeclaration } from '../manifest/index.js';
import type { Content } from '../store/index.js';
import { type Entry, type FileTree, treeOf } from '../tree/index.js';
import type { Chunks } from '../util/index.js';
import type { ArtifactContext } from './artifact-context.js';
import type { Workspace } from './workspace.js';

const EVERYTHING = { include: undefined, exclude: [] };

function unusable({ name, at }: ArtifactDeclaration, what: string, hint?: string): TbuildError {
  const message = `The output of artifact ${JSON.stringify(name)} ${what}`;
  return fail('artifact-output', { message, hint, at, details: { artifact: name } });
}

/** Absolute links are those of the image to be; one into the workspace would lead nowhere, as a relative one out of it. */
function checkLink(file: SelectedFile, { root, seen }: Workspace, declaration: ArtifactDeclaration): void {
  const { path, target } = file;
  const places = [root, seen.source, seen.out, seen.in, seen.tools, seen.home];
  const isInto = places.some((place) => target === place || target.startsWith(`${place}/`));
  const from = posix.join(posix.dirname(path), target);
  const isOut = !posix.isAbsolute(target) && target !== '' && (from === '..' || from.startsWith('../'));
  if (!isInto && !isOut) return;
  const where = isInto ? 'into the build directory, which is removed after the run' : 'that leads out of $OUT';
  const what = `holds the symlink ${JSON.stringify(path)} ${where}`;
  throw unusable(declaration, what, 'Copy the file, or make the link relative within $OUT.');
}

const OWNER_READS = { directory: 0o500, file: 0o400, symlink: 0 };

/** Root could read them, others not: whether there is an output must not depend on that. */
function checkReadable({ path, kind, stat }: SelectedFile, declaration: ArtifactDeclaration): void {
  if ((stat.mode & OWNER_READS[kind]) === OWNER_READS[kind]) return;
  const what = `holds the ${kind} ${JSON.stringify(path)}, which its owner may not read`;
  throw unusable(declaration, what, 'Let the command give it the usual permissions: chmod -R u+rX "$OUT".');
}

function select(workspace: Workspace, declaration: ArtifactDeclaration, context: ArtifactContext) {
  const { files } = context.host;
  if (files.lstat(workspace.here.out)?.kind !== 'directory') {
    throw unusable(declaration, 'is no directory any more', 'Write files into "$OUT", and leave "$OUT" itself alone.');
  }
  const from = { absolute: workspace.here.out, shown: '$OUT', at: declaration.at, selection: EVERYTHING };
  const selected = selectFiles(from, context);
  if (selected.length > 0) return selected;
  throw unusable(declaration, 'is empty', 'The command must write its results into the directory "$OUT".');
}

function entryOf(file: SelectedFile, name: string, content: () => Content, { store }: ArtifactContext): Entry {
  const { path } = file;
  const shared = { path, uid: 0, gid: 0, origin: { kind: 'artifact', label: `artifact ${name}`, source: path } };
  if (file.kind === 'symlink') return { kind: 'symlink', ...shared, mode: 0o777, target: file.target };
  if (file.kind === 'directory') return { kind: 'directory', ...shared, mode: 0o755, claim: 'walked' };
  const { digest, size } = content();
  const mode = (file.stat.mode & 0o100) === 0 ? 0o644 : 0o755;
  return { kind: 'file', ...shared, mode, size, digest, open: () => store.chunks({ digest, size }) };
}

/**
 * Takes the files into the store. A digest is that of the bytes which the store has, so that a process which still holds
 * a file open cannot change what was measured (CVE-2024-27297).
 */
async function take(selected: readonly SelectedFile[], name: string, context: ArtifactContext): Promise<FileTree> {
  const { host, store } = context;
  const files = selected.filter(({ kind }) => kind === 'file');
  function* bytes(): Generator<Chunks> {
    for (const file of files) yield readHostFile(file, host.files);
  }
  const contents = (await store.ingestAll(bytes())).values();
  return treeOf(selected.map((file) => entryOf(file, name, () => contents.next().value!, context)));
}

/**
 * What a command left in `$OUT`, as a tree with paths relative to it: files 0644 or 0755, directories 0755, owner 0:0.
 * @throws TbuildError `artifact-output`
 */
export async function captureOutput(
  workspace: Workspace,
  declaration: ArtifactDeclaration,
  context: ArtifactContext,
): Promise<FileTree> {
  try {
    const selected = select(workspace, declaration, context);
    for (const file of selected) {
      checkLink(file, workspace, declaration);
      checkReadable(file, declaration);
    }
    return await take(selected, declaration.name, context);
  } catch (error) {
    // The command may have closed its own directory to everybody.
    if (errnoOf(error) !== undefined) throw unusable(declaration, `cannot be taken: ${reasonOf(error)}`);
    if (!(error instanceof TbuildError) || !error.code.startsWith('input-')) throw error;
    throw unusable(declaration, `cannot be taken: ${error.message}`);
  }
}
