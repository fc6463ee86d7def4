import { parsePlatform } from '../oci/index.js';
import { didYouMean } from '../util/index.js';
import { checkPermissions } from './assertions/permissions.js';
import type { ManifestPath } from './build-manifest.js';
import { parseByteCount } from './byte-count.js';
import { type Complaint, isComplaint } from './complaint.js';
import { checkCreated } from './created.js';
import { checkComponent, checkPackageName, checkSnapshot, checkSuite, parsePackageRequest } from './debian-names.js';
import {
  checkAccountPath,
  checkDestination,
  checkDirectoryDestination,
  checkFileDestination,
  checkNeeded,
  checkPlace,
  checkRelativePath,
  checkRemoved,
} from './destination.js';
import { parseBase, parseSourceImage } from './image-name.js';
import { parseTextPattern } from './patterns/text-pattern.js';
import { parseTimeSpan } from './time-span.js';
import { parseMirror, parseWebUrl } from './web-url.js';

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

/** A value that can be parsed is not wrong. */
const checkOf =
  (parse: (text: string) => unknown): Check =>
  (text) => {
    const parsed = parse(text);
    return isComplaint(parsed) ? parsed : undefined;
  };

const checkUrl = checkOf(parseWebUrl);
const checkMirror = checkOf(parseMirror);
const checkBytes = checkOf(parseByteCount);
const checkPattern = checkOf(parseTextPattern);
const CONTENT = 'layers.*.contents.*';
const DEBIAN = `${CONTENT}.debian`;
const USER = `${CONTENT}.accounts.users.*`;

/** `*` stands for any key or position. The first row that fits counts. */
const CHECKS: readonly (readonly [pattern: string, check: Check])[] = [
  ['base', checkOf(parseBase)],
  ['created', checkCreated],
  ['platforms.*', checkPlatform],
  ['artifacts.*.run', checkScript],
  ['artifacts.*.run.0', checkScript],
  ['artifacts.*.inputs.include.*', checkGlob],
  ['artifacts.*.inputs.exclude.*', checkGlob],
  ['artifacts.*.tools.*.with.*', checkNeeded],
  ['artifacts.*.tools.*.packages.*', checkPackageName],
  ['artifacts.*.limits.time', checkOf(parseTimeSpan)],
  ['artifacts.*.limits.memory', checkBytes],
  ['artifacts.*.limits.output', checkBytes],
  ['artifacts.*.limits.log', checkBytes],
  ['layers.*.owner', checkOwner],
  [`${CONTENT}.files`, checkSource],
  [`${CONTENT}.directory`, checkDirectoryDestination],
  [`${CONTENT}.symlink`, checkLinkTarget],
  [`${CONTENT}.path`, checkOutputPath],
  [`${CONTENT}.owner`, checkOwner],
  [`${CONTENT}.include.*`, checkGlob],
  [`${CONTENT}.exclude.*`, checkGlob],
  [`${CONTENT}.extract.include.*`, checkGlob],
  [`${CONTENT}.extract.exclude.*`, checkGlob],
  [`${CONTENT}.paths.*`, checkPlace],
  [`${CONTENT}.extras.*`, checkPlace],
  [`${CONTENT}.closure.extras.*`, checkPlace],
  [`${CONTENT}.fetch`, checkUrl],
  [`${CONTENT}.fetch.*`, checkUrl],
  [`${CONTENT}.limit`, checkBytes],
  [`${CONTENT}.image`, checkOf(parseSourceImage)],
  [`${CONTENT}.certificates.*`, checkSource],
  [`${CONTENT}.remove.*`, checkRemoved],
  [`${DEBIAN}.suite`, checkSuite],
  [`${DEBIAN}.mirror`, checkMirror],
  [`${DEBIAN}.mirror.*`, checkMirror],
  [`${DEBIAN}.snapshot`, checkSnapshot],
  [`${DEBIAN}.components.*`, checkComponent],
  [`${DEBIAN}.sources.*.suite`, checkSuite],
  [`${DEBIAN}.sources.*.mirror`, checkMirror],
  [`${DEBIAN}.sources.*.mirror.*`, checkMirror],
  [`${DEBIAN}.sources.*.snapshot`, checkSnapshot],
  [`${DEBIAN}.sources.*.components.*`, checkComponent],
  [`${DEBIAN}.keyring`, checkSource],
  [`${DEBIAN}.packages.*`, checkOf(parsePackageRequest)],
  [`${DEBIAN}.exclude.*`, checkPackageName],
  [`${DEBIAN}.paths.*`, checkPlace],
  [`${DEBIAN}.extras.*`, checkPlace],
  [`${DEBIAN}.closure.extras.*`, checkPlace],
  [`${USER}.home`, checkAccountPath],
  [`${USER}.shell`, checkAccountPath],
  ['config.entrypoint.0', checkScript],
  ['config.workdir', checkDestination],
  ['config.ports.*', checkPort],
  ['config.volumes.*', checkDestination],
  ['assertions.files.*.path', checkDestination],
  ['assertions.files.*.permissions', checkPermissions],
  ['assertions.contents.*.path', checkFileDestination],
  ['assertions.contents.*.expected.*', checkPattern],
  ['assertions.contents.*.excluded.*', checkPattern],
  ['assertions.metadata.env.*.matches', checkPattern],
  ['assertions.metadata.labels.*.matches', checkPattern],
  ['assertions.metadata.ports.*', checkPort],
  ['assertions.metadata.no-ports.*', checkPort],
  ['assertions.metadata.volumes.*', checkDestination],
  ['assertions.metadata.no-volumes.*', checkDestination],
  ['assertions.commands.*.run.0', checkScript],
  ['assertions.commands.*.stdout.*', checkPattern],
  ['assertions.commands.*.no-stdout.*', checkPattern],
  ['assertions.commands.*.stderr.*', checkPattern],
  ['assertions.commands.*.no-stderr.*', checkPattern],
];
const PATTERNS = CHECKS.map(([pattern, check]) => ({ steps: pattern.split('.'), check }));

/** The rule for the text at the path, if there is one. */
export function checkFor(path: ManifestPath): Check | undefined {
  return PATTERNS.find(
    ({ steps }) =>
      steps.length === path.length && steps.every((step, index) => step === '*' || step === String(path[index])),
  )?.check;
}
