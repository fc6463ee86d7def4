import { describe, expect, it } from 'vitest';
import { checkAssertions, checkCommand } from '../../src/assertions/index.js';
import type {
  AssertedPattern,
  CommandAssertion,
  ContentAssertion,
  FileAssertion,
  MetadataAssertion,
} from '../../src/manifest/index.js';
import type { ImageConfig, RuntimeConfig } from '../../src/oci/index.js';
import { digestOf } from '../../src/oci/index.js';
import { type Entry, type FileTree, treeOf } from '../../src/tree/index.js';

const at = { file: 'image.yaml', line: 1, column: 1, length: 1 };
const origin = { kind: 'text', label: 'a test' };
const platform = { os: 'linux', architecture: 'amd64' };

const pattern = (text: string): AssertedPattern => ({ text, at, matches: (other) => new RegExp(text).test(other) });
const shared = { uid: 0, gid: 0, origin };

function file(path: string, content: string | Uint8Array = '', mode = 0o644): Entry {
  const bytes = Buffer.from(content);
  return { kind: 'file', path, mode, ...shared, size: bytes.length, digest: digestOf(bytes), open: () => [bytes] };
}
const directory = (path: string, mode = 0o755): Entry => ({
  kind: 'directory',
  path,
  mode,
  ...shared,
  claim: 'declared',
});
const link = (path: string, target: string): Entry => ({ kind: 'symlink', path, mode: 0o777, ...shared, target });
const special = (path: string, kind: 'character-device' | 'block-device' | 'fifo'): Entry => ({
  kind,
  path,
  mode: 0o666,
  ...shared,
  deviceMajor: 1,
  deviceMinor: 3,
});

const tree: FileTree = treeOf([
  link('bin', 'usr/bin'),
  directory('dev'),
  special('dev/null', 'character-device'),
  special('dev/sda', 'block-device'),
  special('dev/initctl', 'fifo'),
  directory('etc'),
  file('etc/motd', 'hello\nworld\nsecret: 42\n'),
  link('etc/mtab', '/proc/mounts'),
  link('etc/motd.link', '../etc/motd'),
  file('etc/latin1', Buffer.from([0x63, 0x61, 0x66, 0xe9, 0x0a])),
  link('loop', 'loop2'),
  link('loop2', 'loop'),
  directory('tmp', 0o1777),
  directory('usr'),
  directory('usr/bin'),
  { ...(file('usr/bin/app', 'x', 0o750) as Extract<Entry, { kind: 'file' }>), uid: 1000, gid: 50 },
  file('usr/bin/su', 'x', 0o4755),
  file('usr/bin/odd', 'x', 0o6644),
  { ...(file('usr/bin/huge', '') as Extract<Entry, { kind: 'file' }>), size: 20_000_000 },
]);

const config: ImageConfig = { os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [] } };

async function check(asserted: {
  files?: readonly Partial<FileAssertion>[];
  contents?: readonly Partial<ContentAssertion>[];
  metadata?: Partial<MetadataAssertion>;
  config?: RuntimeConfig;
}) {
  const nothing = { permissions: undefined, uid: undefined, gid: undefined, executableBy: undefined };
  const none = { entrypoint: undefined, cmd: undefined, user: undefined, workdir: undefined };
  const empty = { env: [], labels: [], ports: [], noPorts: [], volumes: [], noVolumes: [] };
  const results = await checkAssertions(
    {
      files: (asserted.files ?? []).map((one) => ({ path: '/', exists: true, ...nothing, at, ...one })),
      contents: (asserted.contents ?? []).map((one) => ({ path: '/', expected: [], excluded: [], at, ...one })),
      metadata: asserted.metadata === undefined ? undefined : { ...none, ...empty, at, ...asserted.metadata },
    },
    { tree, config: asserted.config === undefined ? config : { ...config, config: asserted.config }, platform },
  );
  return results.map(({ what, message }) => [what, message ?? 'holds']);
}

describe('files mean what fileExistenceTests mean', () => {
  it.each<[Partial<FileAssertion>, string]>([
    [{ path: '/' }, 'holds'],
    [{ path: '/etc/motd' }, 'holds'],
    [{ path: '/etc' }, 'holds'],
    [{ path: '/etc/none' }, 'expected it to exist, found nothing'],
    [{ path: '/etc/none', exists: false }, 'holds'],
    [{ path: '/etc/none', permissions: '-rw-r--r--', uid: 5 }, 'expected it to exist, found nothing'],
    [{ path: '/etc/motd', exists: false }, 'expected nothing, found a file'],
    [{ path: '/etc/mtab', exists: false }, 'expected nothing, found a symlink to "/proc/mounts"'],
    [{ path: '/etc/motd/x' }, 'expected it to exist, found nothing: "/etc/motd" on the way is no directory'],
    [{ path: '/loop/x' }, 'expected it to exist, found nothing: the symlinks on the way lead in a circle'],
    [{ path: '/loop' }, 'holds'],
    // Symlinks on the way are followed.
    [{ path: '/bin/app', permissions: '-rwxr-x---', uid: 1000, gid: 50 }, 'holds'],
    // One at the end is looked at itself, also where it leads nowhere.
    [{ path: '/etc/mtab', permissions: 'lrwxrwxrwx' }, 'holds'],
    [{ path: '/etc/motd', permissions: '-rw-r--r--' }, 'holds'],
    [{ path: '/etc/motd', permissions: '-rwxr-xr-x' }, 'expected permissions -rwxr-xr-x, found -rw-r--r--'],
    [{ path: '/tmp', permissions: 'drwxrwxrwt' }, 'holds'],
    [{ path: '/usr/bin/su', permissions: '-rwsr-xr-x' }, 'holds'],
    [{ path: '/usr/bin/odd', permissions: '-rwSr-Sr--' }, 'holds'],
    [{ path: '/dev/null', permissions: 'crw-rw-rw-' }, 'holds'],
    [{ path: '/dev/sda', permissions: 'brw-rw-rw-' }, 'holds'],
    [{ path: '/dev/initctl', permissions: 'prw-rw-rw-' }, 'holds'],
    [{ path: '/usr/bin/app', uid: 0, gid: 0 }, 'expected uid 0, found 1000; expected gid 0, found 50'],
    [{ path: '/usr/bin/app', executableBy: 'owner' }, 'holds'],
    [{ path: '/usr/bin/app', executableBy: 'group' }, 'holds'],
    [{ path: '/usr/bin/app', executableBy: 'any' }, 'holds'],
    [{ path: '/usr/bin/app', executableBy: 'other' }, 'expected it to be executable by others, found -rwxr-x---'],
    [{ path: '/etc/motd', executableBy: 'any' }, 'expected it to be executable by anybody, found -rw-r--r--'],
  ])('%j: %s', async (asserted, expected) => {
    expect(await check({ files: [asserted] })).toEqual([[`files ${asserted.path}`, expected]]);
  });
});

describe('contents mean what fileContentTests mean', () => {
  it.each<[string, readonly string[], readonly string[], string]>([
    ['/etc/motd', ['hello', 'w.rld'], ['bye'], 'holds'],
    ['/etc/motd.link', ['hello'], [], 'holds'],
    ['/etc/motd', ['bye'], [], 'expected "bye", found "hello\\nworld\\nsecret: 42\\n"'],
    ['/etc/motd', [], ['sec.et'], 'expected no "sec.et", found it in line 3: "secret: 42"'],
    ['/etc/motd', [], ['hello\\nworld'], 'expected no "hello\\\\nworld", found it'],
    ['/etc/latin1', ['^caf\uFFFD\\n$'], [], 'holds'],
    ['/etc/none', ['x'], [], 'expected a file, found nothing'],
    ['/etc', ['x'], [], 'expected a file, found a directory'],
    ['/etc/mtab', ['x'], [], 'expected a file, found nothing'],
    ['/dev/null', [], ['x'], 'expected a file, found a character device'],
    ['/loop', [], ['x'], 'expected a file, found nothing: the symlinks on the way lead in a circle'],
    [
      '/usr/bin/huge',
      [],
      ['x'],
      'expected at most 16777216 bytes, which are all that is looked through, found 20000000',
    ],
  ])('%s matches %j and not %j: %s', async (path, expected, excluded, message) => {
    const asserted = { path, expected: expected.map(pattern), excluded: excluded.map(pattern) };
    expect(await check({ contents: [asserted] })).toEqual([[`contents ${path}`, message]]);
  });
});

describe('metadata means what metadataTest means', () => {
  const runtime: RuntimeConfig = {
    Env: ['PORT=8080', 'EMPTY=', 'PORT=9090', 'WITH=a=b'],
    Labels: { vendor: 'Acme', date: '2024-01-01' },
    Entrypoint: ['/app'],
    Cmd: null,
    User: 'app',
    WorkingDir: '/srv',
    ExposedPorts: { '80/tcp': {}, '53/udp': {} },
    Volumes: { '/data': {} },
  };
  const text = (key: string, value: string) => ({ key, value, at });
  const match = (key: string, value: string) => ({ key, value: pattern(value), at });

  it.each<[Partial<MetadataAssertion>, string, string]>([
    [{ env: [text('PORT', '9090')] }, 'env.PORT', 'holds'],
    [{ env: [text('PORT', '8080')] }, 'env.PORT', 'expected "8080", found "9090"'],
    [{ env: [text('EMPTY', '')] }, 'env.EMPTY', 'holds'],
    [{ env: [text('WITH', 'a=b')] }, 'env.WITH', 'holds'],
    [{ env: [text('NONE', '')] }, 'env.NONE', 'expected "", found none'],
    [{ env: [match('PORT', '^90')] }, 'env.PORT', 'holds'],
    [{ env: [match('PORT', '^80')] }, 'env.PORT', 'expected a match of "^80", found "9090"'],
    [{ env: [match('NONE', '.*')] }, 'env.NONE', 'expected a match of ".*", found none'],
    [{ labels: [text('vendor', 'Acme')] }, 'labels.vendor', 'holds'],
    [{ labels: [match('date', '^\\d{4}-')] }, 'labels.date', 'holds'],
    [{ labels: [text('none', 'x')] }, 'labels.none', 'expected "x", found none'],
    [{ entrypoint: ['/app'] }, 'entrypoint', 'holds'],
    [{ entrypoint: [] }, 'entrypoint', 'expected [], found ["/app"]'],
    [{ cmd: [] }, 'cmd', 'holds'],
    [{ cmd: ['x'] }, 'cmd', 'expected ["x"], found []'],
    [{ user: 'app' }, 'user', 'holds'],
    [{ user: 'root' }, 'user', 'expected "root", found "app"'],
    [{ workdir: '/srv' }, 'workdir', 'holds'],
    [{ workdir: '/' }, 'workdir', 'expected "/", found "/srv"'],
    [{ ports: ['80'] }, 'ports 80/tcp', 'holds'],
    [{ ports: ['53/udp'] }, 'ports 53/udp', 'holds'],
    [{ ports: ['53/tcp'] }, 'ports 53/tcp', 'expected 53/tcp, found 80/tcp, 53/udp'],
    [{ noPorts: ['443'] }, 'no-ports 443/tcp', 'holds'],
    [{ noPorts: ['80/tcp'] }, 'no-ports 80/tcp', 'expected no 80/tcp, found 80/tcp, 53/udp'],
    [{ volumes: ['/data'] }, 'volumes /data', 'holds'],
    [{ volumes: ['/x'] }, 'volumes /x', 'expected /x, found /data'],
    [{ noVolumes: ['/data'] }, 'no-volumes /data', 'expected no /data, found /data'],
  ])('%j', async (metadata, name, message) => {
    expect(await check({ metadata, config: runtime })).toEqual([[`metadata ${name}`, message]]);
  });

  it('what is not written is not looked at, and a config that says nothing begins in the root', async () => {
    expect(await check({ metadata: {} })).toEqual([]);
    expect(await check({ metadata: { workdir: '/', cmd: [] } })).toEqual([
      ['metadata cmd', 'holds'],
      ['metadata workdir', 'holds'],
    ]);
  });
});

it('results come in the order in which they are written', async () => {
  const results = await check({
    files: [{ path: '/tmp' }, { path: '/etc' }],
    contents: [{ path: '/etc/motd' }],
    metadata: { cmd: [] },
  });
  expect(results.map(([what]) => what)).toEqual(['files /tmp', 'files /etc', 'contents /etc/motd', 'metadata cmd']);
});

describe('commands mean what commandTests mean', () => {
  const command: CommandAssertion = {
    name: 'version',
    run: ['/app', '--version'],
    env: {},
    exitCode: 0,
    stdout: [pattern('^1\\.2')],
    noStdout: [pattern('beta')],
    stderr: [],
    noStderr: [pattern('warning')],
    at,
  };
  const outcome = (status: number, stdout: string, stderr = '') => ({
    status,
    stdout: Buffer.from(stdout),
    stderr: Buffer.from(stderr),
  });
  it.each([
    [outcome(0, '1.2.3\n'), []],
    [outcome(2, '1.2.3\n'), ['expected exit code 0, found 2, and it said "1.2.3"']],
    [
      outcome(127, '', 'gone\n'),
      ['expected exit code 0, found 127, and it said "gone"', 'stdout: expected "^1\\\\.2", found nothing'],
    ],
    [
      outcome(0, '1.2-beta\n', 'a warning\n'),
      [
        'stdout: expected no "beta", found it in line 1: "1.2-beta"',
        'stderr: expected no "warning", found it in line 1: "a warning"',
      ],
    ],
  ])('%j', (found, problems) => {
    expect(checkCommand(command, found)).toEqual(problems);
  });
});
