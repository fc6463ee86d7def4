import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../run.js';
import { DEBIAN_KEYRING } from './real-archive.js';

export interface Apt {
  /** What `apt-get install --no-install-recommends` would install in an empty root: `NAME VERSION`, sorted; or what it says against it. */
  install(names: readonly string[]): Promise<readonly string[] | { readonly refused: string }>;
  close(): void;
}

/** The configuration that has apt use nothing of this machine but its program. */
function renderConfiguration(root: string): string {
  return [
    `Dir::State "${root}"`,
    `Dir::State::lists "${root}/lists"`,
    `Dir::State::status "${root}/status"`,
    `Dir::Cache "${root}/cache"`,
    `Dir::Etc "${root}"`,
    'Dir::Etc::main "/dev/null"',
    'Dir::Etc::parts "/dev/null"',
    `Dir::Etc::sourcelist "${root}/sources.list"`,
    'Dir::Etc::sourceparts "/dev/null"',
    'Dir::Etc::preferencesparts "/dev/null"',
    'APT::Architecture "amd64"',
    'APT::Architectures { "amd64"; }',
    'APT::Solver "internal"',
    'APT::Get::Show-User-Simulation-Note "false"',
  ]
    .map((line) => `${line};\n`)
    .join('');
}

/** apt over the index of the real archive, as if nothing were installed. */
export function aptOver(archive: string): Apt {
  const root = mkdtempSync(join(tmpdir(), 'tbuild-apt-'));
  const lists = join(root, 'lists');
  mkdirSync(join(lists, 'partial'), { recursive: true });
  mkdirSync(join(root, 'cache', 'archives', 'partial'), { recursive: true });
  const prefix = join(lists, 'deb.debian.org_debian_dists_bookworm');
  symlinkSync(join(archive, 'dists/bookworm/InRelease'), `${prefix}_InRelease`);
  symlinkSync(join(archive, 'dists/bookworm/main/binary-amd64/Packages'), `${prefix}_main_binary-amd64_Packages`);
  const source = `deb [signed-by=${DEBIAN_KEYRING}] http://deb.debian.org/debian bookworm main\n`;
  writeFileSync(join(root, 'sources.list'), source);
  writeFileSync(join(root, 'status'), '');
  writeFileSync(join(root, 'apt.conf'), renderConfiguration(root));
  const env = { APT_CONFIG: join(root, 'apt.conf'), LC_ALL: 'C.UTF-8' };
  return {
    async install(names) {
      const args = ['install', '-s', '-q', '--no-install-recommends', ...names];
      const { status, stdout, stderr } = await run('apt-get', args, { env });
      if (status !== 0) return { refused: `${stdout}${stderr}` };
      return [...stdout.matchAll(/^Inst (\S+) \((\S+) /gm)].map(([, name, version]) => `${name} ${version}`).sort();
    },
    close: () => rmSync(root, { recursive: true, force: true }),
  };
}
