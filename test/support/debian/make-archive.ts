import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { run } from '../run.js';
import { controlFields, makeDeb, type PackageDescription, renderStanza } from './make-deb.js';
import { makeKey, type SigningKey, signText } from './signing.js';

export interface SuiteDescription {
  /** `stable`. */
  readonly suite: string;
  /** Packages of the component main, or by component. */
  readonly packages: readonly PackageDescription[] | Readonly<Record<string, readonly PackageDescription[]>>;
  /** Fields of the Release file that are added or replaced; undefined drops one. */
  readonly release?: Readonly<Record<string, string | undefined>>;
  /** The forms of Packages that are there and listed; all by default. `xz` needs the program. */
  readonly forms?: readonly ('' | '.gz' | '.xz')[];
  /** Also puts the indexes below by-hash/SHA256, and only there where it is `only`. */
  readonly byHash?: boolean | 'only';
  /** When it was signed and is dated; 2025-01-01 by default. */
  readonly date?: Date;
}

export interface TestArchive {
  readonly directory: string;
  readonly key: SigningKey;
  /** The file with the public key, in binary form: `keyring.gpg` in the directory. */
  readonly keyringFile: string;
}

const DATE = new Date('2025-01-01T00:00:00Z');
const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function put(directory: string, path: string, bytes: Uint8Array | string): void {
  const file = join(directory, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes);
}

/** Puts the package into the pool; its stanza in Packages. */
async function addPackage(directory: string, component: string, description: PackageDescription): Promise<string> {
  const bytes = description.bytes ?? (await makeDeb(description));
  const fields = controlFields(description);
  const { Package: name, Version: version, Architecture: architecture } = fields as Record<string, string>;
  const file = `${name}_${version!.replace(/^\d+:/, '')}_${architecture}.deb`;
  const path = `pool/${component}/${name![0]}/${name}/${file}`;
  put(directory, path, bytes);
  return renderStanza({ ...fields, Filename: path, Size: String(bytes.length), SHA256: sha256(bytes) });
}

async function xz(bytes: Uint8Array): Promise<Uint8Array> {
  const { stdout, status } = await run('sh', ['-c', 'xz -c | base64'], { input: bytes });
  if (status !== 0) throw new Error('xz failed');
  return Buffer.from(stdout, 'base64');
}

const COMPRESS: Readonly<Record<string, (bytes: Uint8Array) => Uint8Array | Promise<Uint8Array>>> = {
  '': (bytes) => bytes,
  '.gz': (bytes) => gzipSync(bytes),
  '.xz': xz,
};

type Index = { readonly path: string; readonly bytes: Uint8Array };

async function indexesOf(component: string, stanzas: readonly string[], forms: readonly string[]): Promise<Index[]> {
  const text = Buffer.from(stanzas.join('\n'));
  const path = `${component}/binary-amd64/Packages`;
  const made = forms.map(async (form) => ({ path: `${path}${form}`, bytes: await COMPRESS[form]!(text) }));
  // The plain one is always listed, as in Debian's archive, where it often is not there.
  return [...(await Promise.all(made)), ...(forms.includes('') ? [] : [{ path, bytes: text }])];
}

function renderRelease(suite: SuiteDescription, components: readonly string[], indexes: readonly Index[]): string {
  const fields: Record<string, string | undefined> = {
    Origin: 'Tests',
    Suite: suite.suite,
    Codename: suite.suite,
    Date: (suite.date ?? DATE).toUTCString().replace('GMT', 'UTC'),
    'Acquire-By-Hash': suite.byHash ? 'yes' : undefined,
    Architectures: 'all amd64',
    Components: components.join(' '),
    SHA256: indexes.map(({ path, bytes }) => `\n ${sha256(bytes)} ${bytes.length} ${path}`).join(''),
    ...suite.release,
  };
  return Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => (value!.startsWith('\n') ? `${name}:${value}\n` : `${name}: ${value}\n`))
    .join('');
}

async function addSuite(directory: string, suite: SuiteDescription, key: SigningKey): Promise<void> {
  const byComponent = 'length' in suite.packages ? { main: suite.packages } : suite.packages;
  const forms = suite.forms ?? ['', '.gz', '.xz'];
  const indexes: Index[] = [];
  for (const [component, packages] of Object.entries(byComponent as Record<string, readonly PackageDescription[]>)) {
    const stanzas: string[] = [];
    for (const description of packages) stanzas.push(await addPackage(directory, component, description));
    indexes.push(...(await indexesOf(component, stanzas, forms)));
  }
  const dists = `dists/${suite.suite}`;
  for (const { path, bytes } of indexes) {
    if (!forms.some((form) => path.endsWith(`/Packages${form}`))) continue;
    if (suite.byHash) put(directory, `${dists}/${dirname(path)}/by-hash/SHA256/${sha256(bytes)}`, bytes);
    if (suite.byHash !== 'only') put(directory, `${dists}/${path}`, bytes);
  }
  const text = renderRelease(suite, Object.keys(byComponent), indexes);
  put(directory, `${dists}/InRelease`, await signText(text, { key, date: suite.date ?? DATE }));
}

/**
 * Makes a signed archive in a directory: `dists/SUITE/InRelease`, `dists/SUITE/COMPONENT/binary-amd64/Packages{,.gz,.xz}`, and the
 * packages below `pool/`.
 */
export async function makeArchive(
  directory: string,
  suites: readonly SuiteDescription[],
  key?: SigningKey,
): Promise<TestArchive> {
  const signing = key ?? (await makeKey());
  for (const suite of suites) await addSuite(directory, suite, signing);
  const keyringFile = join(directory, 'keyring.gpg');
  writeFileSync(keyringFile, signing.publicBytes);
  return { directory, key: signing, keyringFile };
}
