import { parsePlatform } from '../oci/index.js';
import { didYouMean } from '../util/index.js';
import { parseBase } from './base.js';
import type { ManifestPath } from './build-manifest.js';
import type { Complaint } from './complaint.js';
import { checkCreated } from './created.js';
import { checkDestination, checkDirectoryDestination, checkFileDestination, checkRelativePath } from './destination.js';
import type { Problems } from './problems.js';
import { membersOf, type Plain, quote, renderPath, type SourceNode } from './source-node.js';

type Check = (text: string) => Complaint | undefined;

/** Architectures of Go's ports, as OCI image-spec "Image Index" asks for. */
const ARCHITECTURES: readonly string[] = [
  ...['386', 'amd64', 'arm', 'arm64', 'loong64', 'mips', 'mips64', 'mips64le', 'mipsle'],
  ...['ppc64', 'ppc64le', 'riscv64', 's390x'],
];
const OTHER_NAMES: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  x64: 'amd64',
  aarch64: 'arm64',
  i386: '386',
  i686: '386',
  x86: '386',
};
/** The highest number that a user or group can have; the next means "none" to the kernel. */
const LAST_ID = 2 ** 32 - 2;
const LAST_PORT = 65535;
/** What tbuild itself sets for an artifact's command. */
const OWN_VARIABLES = ['OUT', 'IN', 'PATH', 'HOME', 'TMPDIR', 'SOURCE_DATE_EPOCH'];

const checkPlatform: Check = (text) => {
  const platform = parsePlatform(text);
  if (platform === undefined) return { reason: 'which is not a platform', hint: 'Write linux/amd64 or linux/arm/v7.' };
  if (platform.os !== 'linux') return { reason: 'and only linux is supported', hint: 'Write linux/amd64.' };
  const { architecture } = platform;
  if (ARCHITECTURES.includes(architecture)) return undefined;
  const other = Object.hasOwn(OTHER_NAMES, architecture) ? `Did you mean "${OTHER_NAMES[architecture]}"?` : undefined;
  const hint = other ?? didYouMean(architecture, ARCHITECTURES) ?? `Known: ${ARCHITECTURES.join(', ')}.`;
  return { reason: 'which names no known architecture', hint };
};

const checkOwner: Check = (text) => {
  const isInRange = text.split(':').every((id) => Number(id) <= LAST_ID);
  return isInRange ? undefined : { reason: `and the largest number is ${LAST_ID}` };
};

const checkPort: Check = (text) =>
  Number.parseInt(text, 10) <= LAST_PORT ? undefined : { reason: `and the largest port is ${LAST_PORT}` };

const checkSource: Check = (text) => {
  if (!text.startsWith('/')) return undefined;
  return { reason: 'which is absolute and so not the same on every machine', hint: 'Write it relative to image.yaml.' };
};

const checkGlob: Check = (text) => {
  if (text.startsWith('/')) return { reason: 'which is absolute', hint: 'A glob is relative to the directory.' };
  if (text.split('/').includes('..')) return { reason: 'which leads out of the directory with ".."' };
  return undefined;
};

const checkOutputPath: Check = (text) => {
  if (text === '' || text === '.') return undefined;
  if (text.startsWith('/')) return { reason: 'which is absolute', hint: 'The path is relative to $OUT.' };
  return checkRelativePath(text.replace(/\/$/, ''));
};

const checkScript: Check = (text) => (text.trim() === '' ? { reason: 'which does nothing' } : undefined);

const checkLinkTarget: Check = (text) =>
  Buffer.byteLength(text) < 4096 ? undefined : { reason: 'which has more than 4095 bytes' };

/** `*` stands for any key or position. The first row that fits counts. */
const CHECKS: readonly (readonly [pattern: string, check: Check])[] = [
  ['created', checkCreated],
  ['platforms.*', checkPlatform],
  ['artifacts.*.run', checkScript],
  ['artifacts.*.run.0', checkScript],
  ['artifacts.*.inputs.include.*', checkGlob],
  ['artifacts.*.inputs.exclude.*', checkGlob],
  ['layers.*.owner', checkOwner],
  ['layers.*.contents.*.files', checkSource],
  ['layers.*.contents.*.directory', checkDirectoryDestination],
  ['layers.*.contents.*.symlink', checkLinkTarget],
  ['layers.*.contents.*.path', checkOutputPath],
  ['layers.*.contents.*.owner', checkOwner],
  ['layers.*.contents.*.include.*', checkGlob],
  ['layers.*.contents.*.exclude.*', checkGlob],
  ['config.entrypoint.0', checkScript],
  ['config.workdir', checkDestination],
  ['config.ports.*', checkPort],
  ['config.volumes.*', checkDestination],
];
const PATTERNS = CHECKS.map(([pattern, check]) => ({ steps: pattern.split('.'), check }));

function checkFor(path: ManifestPath): Check | undefined {
  return PATTERNS.find(
    ({ steps }) =>
      steps.length === path.length && steps.every((step, index) => step === '*' || step === String(path[index])),
  )?.check;
}

/** The place of a single file may end in `/` where the file has a name of its own. */
function checkTo(content: Plain): Check {
  const hasName = membersOf(content).some(([key]) => key === 'files' || key === 'artifact');
  return hasName ? checkDestination : checkFileDestination;
}

/** Rules for single texts that the schema cannot express, for the manifest with its variables replaced. */
export function checkTexts(value: Plain, top: SourceNode, problems: Problems): void {
  const complain = (path: ManifestPath, text: string, { reason, hint }: Complaint): void => {
    const message = `${renderPath(path)} is ${quote(text)}, ${reason}`;
    problems.report(top, path, { code: 'manifest-wrong-value', message, hint });
  };
  const visit = (item: Plain, path: ManifestPath, parent: Plain): void => {
    for (const [step, member] of membersOf(item)) visit(member, [...path, step], item);
    if (typeof item !== 'string' || problems.isSettled(path)) return;
    const isText = path.length === 5 && path[4] === 'text';
    if (item.includes('\0') && !isText) complain(path, item, { reason: 'which holds a NUL character' });
    const isTo = path.length === 5 && path[0] === 'layers' && path[4] === 'to';
    const complaint = (isTo ? checkTo(parent) : checkFor(path))?.(item);
    if (complaint !== undefined) complain(path, item, complaint);
  };
  visit(value, [], null);
  checkBase(value, top, problems);
  checkKeys(top, problems);
}

function checkBase(value: Plain, top: SourceNode, problems: Problems): void {
  const base = membersOf(value).find(([key]) => key === 'base')?.[1];
  if (typeof base !== 'string' || problems.isSettled(['base'])) return;
  const parsed = parseBase(base);
  if (parsed === 'scratch' || !('code' in parsed)) return;
  const message = 'message' in parsed ? parsed.message : `base is ${quote(base)}, ${parsed.reason}`;
  problems.report(top, ['base'], { code: parsed.code, message, hint: parsed.hint });
}

/** Rules for keys: no NUL, which the schema's patterns do not exclude, and no variable that tbuild itself sets. */
function checkKeys(top: SourceNode, problems: Problems): void {
  const visit = (node: SourceNode, path: ManifestPath): void => {
    for (const [step, child] of node.children) {
      const at = [...path, step];
      visit(child, at);
      if (typeof step !== 'string') continue;
      if (step.includes('\0')) {
        const message = `Key ${quote(step)} holds a NUL character`;
        problems.reportKey(top, at, { code: 'manifest-wrong-value', message });
      }
      if (path.length === 3 && path[0] === 'artifacts' && path[2] === 'env' && OWN_VARIABLES.includes(step)) {
        const message = `${renderPath(at)} is set by tbuild itself`;
        problems.reportKey(top, at, { code: 'manifest-wrong-value', message });
      }
    }
  };
  visit(top, []);
}
