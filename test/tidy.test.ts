import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const source = join(root, 'src');

/** Which rooms a room may import: the table of ARCHITECTURE.md, which this test makes the law. */
const low = [
  'errors',
  'util',
  'oci',
  'host',
  'network',
  'credentials',
  'tree',
  'codec',
  'tar',
  'layer',
  'store',
  'manifest',
  'lock',
  'closure',
  'debian',
];
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  errors: [],
  util: ['errors'],
  oci: ['errors', 'util'],
  host: ['errors', 'util'],
  network: ['errors', 'util', 'host'],
  credentials: ['errors', 'util', 'oci', 'host'],
  tree: ['errors', 'util', 'oci'],
  codec: ['errors', 'util', 'host'],
  tar: ['errors', 'util'],
  layer: ['errors', 'util', 'oci', 'host', 'tree', 'codec', 'tar'],
  store: ['errors', 'util', 'oci', 'host', 'network', 'credentials', 'tar'],
  manifest: ['errors', 'util', 'oci'],
  lock: ['errors', 'util', 'oci', 'manifest'],
  closure: ['errors', 'util', 'oci', 'tree'],
  debian: ['errors', 'util', 'oci', 'codec', 'tar'],
  inputs: low,
  artifact: [...low, 'inputs'],
  plan: ['errors', 'util', 'oci', 'tree', 'manifest', 'lock'],
  image: ['errors', 'util', 'oci', 'tree', 'layer', 'plan'],
  compare: ['errors', 'util', 'oci', 'tree', 'codec', 'tar', 'layer', 'manifest', 'closure', 'plan', 'image'],
  assertions: ['errors', 'util', 'oci', 'tree', 'manifest'],
  container: ['errors', 'util', 'oci', 'host', 'tree'],
  operations: [...low, 'inputs', 'artifact', 'plan', 'image', 'compare', 'assertions', 'container'],
  cli: ['operations', 'errors', 'util', 'oci', 'host', 'plan'],
  api: ['operations', 'errors', 'oci', 'host', 'plan'],
  '': ['cli', 'host'],
};

/** Third-party packages and the rooms that own them. */
const PACKAGE_OWNERS: Readonly<Record<string, readonly string[]>> = {
  yaml: ['manifest'],
  picomatch: ['inputs'],
  '@bokuweb/zstd-wasm': ['codec'],
  fzstd: ['codec'],
  undici: ['host'],
  openpgp: ['debian'],
  yauzl: ['inputs'],
  'smol-toml': ['store'],
  semver: ['operations'],
  commander: ['cli'],
  picocolors: ['cli'],
};

/** Node modules that only compute. The others reach the machine and belong to host/. */
const PURE_MODULES = ['node:crypto', 'node:zlib', 'node:path', 'node:buffer', 'node:util'];
const SEES_MACHINE = ['host', 'cli', ''];

/** Words through which a clock, a locale, randomness or the process could reach an output. */
const MACHINE_WORDS: readonly (readonly [RegExp, string])[] = [
  [/\bDate\.now\b|\bnew Date\(\)|\bperformance\b|\bhrtime\b/, 'a clock'],
  [/\bMath\.random\b|\brandomUUID\b|\brandomBytes\b/, 'randomness'],
  [/\btoLocale\w*|\blocaleCompare\b|\bIntl\b/, 'the locale'],
  [/\bprocess\.|\bglobalThis\.process\b/, 'the process'],
  [/\bconsole\./, 'the console'],
];

interface SourceFile {
  /** Relative to src/, with `/`. */
  readonly path: string;
  readonly room: string;
  readonly text: string;
  /** Without comments and the insides of plain strings that are not imports. */
  readonly code: string;
  readonly imports: readonly string[];
}

function readSources(): SourceFile[] {
  return readdirSync(source, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile() && item.name.endsWith('.ts'))
    .map((item) => {
      const file = join(item.parentPath, item.name);
      const path = relative(source, file).split(sep).join('/');
      const text = readFileSync(file, 'utf8');
      const code = text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
      const imports = [...code.matchAll(/(?<![.\w'"])(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1]!);
      return { path, room: path.includes('/') ? path.slice(0, path.indexOf('/')) : '', text, code, imports };
    })
    .filter((item) => !item.path.includes('/generated/'));
}

/** The room and the rest of the path that a relative import leads to. */
function targetOf(file: SourceFile, specifier: string): { readonly room: string; readonly rest: string } {
  const parts = join(dirname(file.path), specifier).split(sep);
  return parts.length === 1 ? { room: '', rest: parts[0]! } : { room: parts[0]!, rest: parts.slice(1).join('/') };
}

function problemsOfImport(file: SourceFile, specifier: string): string | undefined {
  if (specifier.startsWith('node:')) {
    if (PURE_MODULES.includes(specifier) || SEES_MACHINE.includes(file.room)) return undefined;
    return `${file.path} imports ${specifier}: only host/ sees the machine`;
  }
  if (!specifier.startsWith('.')) {
    const name = specifier
      .split('/')
      .slice(0, specifier.startsWith('@') ? 2 : 1)
      .join('/');
    if (PACKAGE_OWNERS[name]?.includes(file.room)) return undefined;
    return `${file.path} imports ${name}, which belongs to ${PACKAGE_OWNERS[name]?.join(', ') ?? 'no room'}`;
  }
  const { room, rest } = targetOf(file, specifier);
  if (room === file.room) return undefined;
  if (room === '..')
    return rest === 'schema/image.schema.json' ? undefined : `${file.path} imports ${specifier} from outside src/`;
  if (!MAY_IMPORT[file.room]?.includes(room)) return `${file.path} may not import ${room || 'a loose file'}`;
  return rest === 'index.js' ? undefined : `${file.path} imports ${specifier}, not the index of ${room}`;
}

/** Cycles of files: each is a list of paths. */
function cyclesOf(files: readonly SourceFile[]): string[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const state = new Map<string, 'open' | 'done'>();
  const cycles: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === 'done') return;
    if (state.get(path) === 'open') {
      cycles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '));
      return;
    }
    state.set(path, 'open');
    const file = byPath.get(path)!;
    for (const specifier of file.imports.filter((name) => name.startsWith('.'))) {
      const target = join(dirname(path), specifier).split(sep).join('/').replace(/\.js$/, '.ts');
      if (byPath.has(target)) visit(target, [...trail, path]);
    }
    state.set(path, 'done');
  };
  for (const file of files) visit(file.path, []);
  return cycles;
}

const files = readSources();

describe('the house is tidy', () => {
  it('holds files', () => {
    expect(files.length).toBeGreaterThan(50);
  });

  it('has only the rooms of the table, and one loose file', () => {
    const rooms = new Set(files.map((file) => file.room));
    expect([...rooms].filter((room) => !Object.hasOwn(MAY_IMPORT, room))).toEqual([]);
    expect(files.filter((file) => file.room === '').map((file) => file.path)).toEqual(['main.ts']);
    expect(files.find((file) => file.path === 'main.ts')!.text.split('\n').length).toBeLessThanOrEqual(31);
  });

  it('imports one way, through the index of a room, and packages only where they belong', () => {
    const problems = files.flatMap((file) => file.imports.map((specifier) => problemsOfImport(file, specifier)));
    expect(problems.filter((problem) => problem !== undefined)).toEqual([]);
  });

  it('has no circle of imports', () => {
    expect(cyclesOf(files)).toEqual([]);
  });

  it('keeps stores apart', () => {
    const kinds = ['content', 'layout', 'archive', 'directory', 'daemon', 'registry'];
    const problems = files
      .filter((file) => file.room === 'store')
      .flatMap((file) => {
        const own = kinds.find((kind) => file.path.startsWith(`store/${kind}/`));
        if (own === undefined) return [];
        const others = kinds.filter((kind) => kind !== own);
        const targets = file.imports.filter((name) => name.startsWith('.')).map((name) => targetOf(file, name));
        return targets
          .filter(({ room, rest }) => room === 'store' && others.some((kind) => rest.startsWith(`${kind}/`)))
          .map(({ rest }) => `${file.path} -> ${rest}`);
      });
    expect(problems).toEqual([]);
  });

  it('lets no clock, locale, randomness, process or console into a room that makes outputs', () => {
    const problems = files
      .filter((file) => !SEES_MACHINE.includes(file.room))
      .flatMap((file) =>
        MACHINE_WORDS.filter(([word]) => word.test(file.code)).map(([, what]) => `${file.path} uses ${what}`),
      );
    expect(problems).toEqual([]);
  });

  it('has files of at most 300 lines, named in kebab-case', () => {
    expect(files.filter((file) => file.text.split('\n').length > 301).map((file) => file.path)).toEqual([]);
    expect(
      files
        .filter((file) => !/^([a-z0-9]+(-[a-z0-9]+)*\/)*[a-z0-9]+(-[a-z0-9]+)*(\.d)?\.ts$/.test(file.path))
        .map((file) => file.path),
    ).toEqual([]);
  });

  it('leaves nothing for later in the code', () => {
    const words = /\b(TODO|FIXME|XXX|HACK)\b/;
    expect(files.filter((file) => words.test(file.text)).map((file) => file.path)).toEqual([]);
  });
});

describe('the table of ARCHITECTURE.md', () => {
  it('is the table of this test', () => {
    const text = readFileSync(join(root, 'ARCHITECTURE.md'), 'utf8');
    const rows = [...text.matchAll(/^\| `([a-z]+)\/` \|.*\| ([^|]+) \|$/gm)].map((match) => [
      match[1],
      match[2]!.trim(),
    ]);
    expect(rows.map(([room]) => room).sort()).toEqual(
      Object.keys(MAY_IMPORT)
        .filter((room) => room !== '')
        .sort(),
    );
    for (const [room, allowed] of rows) {
      const listed = allowed === '–' ? [] : allowed!.split(' ');
      expect({ room, imports: [...listed].sort() }).toEqual({ room, imports: [...MAY_IMPORT[room!]!].sort() });
    }
  });
});
