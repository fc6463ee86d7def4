import { describe, expect, it } from 'vitest';
import { parse, parseFirst, valuesOf, withHead } from './support.js';

const ROOT = { uid: 0, gid: 0 };
const contents = (text: string) =>
  parseFirst(withHead(`layers:\n- name: a\n  owner: 5:6\n  contents:\n${text}`)).layers[0]!.contents;

const registry = (host: string, repository: string, more: object = {}) => ({
  transport: 'docker',
  registry: host,
  repository,
  ...more,
});

describe('a manifest of nothing but a base', () => {
  it('has the reproducible defaults', () => {
    expect(valuesOf('version: 1\nbase: scratch\n')).toEqual({
      file: 'image.yaml',
      tags: [],
      platforms: [{ os: 'linux', architecture: 'amd64' }],
      created: { kind: 'epoch', seconds: 0 },
      compression: { type: 'gzip', level: 6 },
      each: [
        {
          platform: { os: 'linux', architecture: 'amd64' },
          base: { kind: 'scratch' },
          artifacts: [],
          layers: [],
          config: { env: {}, ports: [], volumes: [], labels: {} },
          annotations: {},
          assertions: { files: [], contents: [], commands: [] },
        },
      ],
    });
  });
});

describe('settings', () => {
  it.each([
    ['0', 0],
    ['253402300799', 253402300799],
    ['"86400"', 86400],
    ['1970-01-01T00:00:00Z', 0],
    ['1970-01-01t00:00:00z', 0],
    ['1970-01-01T02:00:01.000+02:00', 1],
    ['1969-12-31T19:30:00-04:30', 0],
    ['2024-02-29T12:34:56Z', 1709210096],
    ['9999-12-31T23:59:59Z', 253402300799],
    ['2000-02-29T00:00:00Z', 951782400],
  ])('created: %s is %d seconds', (text, seconds) => {
    expect(parse(withHead(`created: ${text}\n`)).created).toEqual({ kind: 'epoch', seconds });
  });

  it('created: git says where', () => {
    expect(parse(withHead('created: git\n')).created).toMatchObject({
      kind: 'git',
      at: { line: 3, column: 10, length: 3 },
    });
  });

  it.each([
    ['gzip', 'gzip', 6],
    ['zstd', 'zstd', 3],
    ['none', 'none', 0],
    ['{ type: gzip, level: 1 }', 'gzip', 1],
    ['{ type: zstd, level: 19 }', 'zstd', 19],
    ['{ type: zstd }', 'zstd', 3],
    ['{ type: none, level: 0 }', 'none', 0],
  ])('compression: %s is %s at level %d', (text, type, level) => {
    expect(parse(withHead(`compression: ${text}\n`)).compression).toEqual({ type, level });
  });

  it.each([
    'app',
    'team/app',
    'registry.example.com/team/app',
    'localhost:5000/app',
    'a.b_c--d/e__f',
    'Host.example/app',
  ])('name: %s is a repository', (name) => {
    expect(parse(withHead(`name: ${name}\n`)).name).toBe(name);
  });

  it.each([
    ['oci:dir', { transport: 'oci', path: 'dir' }],
    ['oci:../dir:v1', { transport: 'oci', path: '../dir', tag: 'v1' }],
    ['oci-archive:file.tar', { transport: 'oci-archive', path: 'file.tar' }],
    ['docker-archive:file.tar:v1', { transport: 'docker-archive', path: 'file.tar', tag: 'v1' }],
    ['oci:dir.yaml', { transport: 'oci', path: 'dir.yaml' }],
    ['dir:../dir', { transport: 'dir', path: '../dir' }],
    ['docker-daemon:app:v1', { transport: 'docker-daemon', name: 'app', tag: 'v1' }],
    ['docker://ghcr.io/a/b:1', registry('ghcr.io', 'a/b', { tag: '1' })],
    ['alpine', registry('docker.io', 'library/alpine')],
    ['nginx:1.25', registry('docker.io', 'library/nginx', { tag: '1.25' })],
    ['docker:24-dind', registry('docker.io', 'library/docker', { tag: '24-dind' })],
    ['dart:3', registry('docker.io', 'library/dart', { tag: '3' })],
    ['gcr.io/distroless/static-debian12:nonroot', registry('gcr.io', 'distroless/static-debian12', { tag: 'nonroot' })],
    ['localhost:5000/x', registry('localhost:5000', 'x')],
    ['docker:5000/x:1', registry('docker:5000', 'x', { tag: '1' })],
    [
      `debian@sha256:${'a'.repeat(64)}`,
      registry('docker.io', 'library/debian', { digest: `sha256:${'a'.repeat(64)}` }),
    ],
  ])('base: %s is an image', (text, reference) => {
    const { base } = parseFirst(`version: 1\nbase: ${text}\n`);
    expect(base).toMatchObject({ kind: 'image', reference, text, at: { line: 2, column: 7, length: text.length } });
  });

  it.each(['./base/image.yaml', './base', '../base/', 'base/image.yaml', 'image.yml', '..', '../..', './oci:x', '.'])(
    'base: %s is another image.yaml',
    (text) => {
      const { base } = parseFirst(`version: 1\nbase: ${text}\n`);
      expect(base).toMatchObject({ kind: 'manifest', path: text, at: { line: 2, column: 7, length: text.length } });
    },
  );

  it('platforms keep their order', () => {
    const { platforms } = parse(withHead('platforms: [linux/arm/v7, linux/386, linux/arm/v6]\n'));
    expect(platforms.map(({ architecture, variant }) => `${architecture} ${variant}`)).toEqual([
      'arm v7',
      '386 undefined',
      'arm v6',
    ]);
  });
});

describe('contents', () => {
  it('of files', () => {
    const [first, second] = contents(
      `  - { files: ../x, to: /opt/, owner: "0:4294967294", mode: "04755", capabilities: [net_bind_service], include: ["**"], exclude: [a/b] }
  - { files: ., to: / }
`,
    );
    expect(first).toMatchObject({
      kind: 'files',
      source: '../x',
      sourceAt: { line: 7, column: 14, length: 4 },
      to: { path: 'opt', intoDirectory: true },
      owner: { uid: 0, gid: 4294967294 },
      mode: 0o4755,
      capabilities: ['net_bind_service'],
      selection: { include: [{ glob: '**', at: { line: 7 } }], exclude: [{ glob: 'a/b' }] },
      replace: false,
    });
    expect(second).toMatchObject({
      to: { path: '', intoDirectory: true },
      owner: { uid: 5, gid: 6 },
      mode: undefined,
      capabilities: [],
      selection: { include: undefined, exclude: [] },
    });
  });

  it('of text', () => {
    const [first, second] = contents(
      '  - text: "a\\0b\\n"\n    to: /etc/a\n  - { text: "", to: /b, mode: "0", replace: true }\n',
    );
    expect(first).toMatchObject({
      kind: 'text',
      text: 'a\0b\n',
      to: { path: 'etc/a', intoDirectory: false },
      mode: 0o644,
    });
    expect(second).toMatchObject({ text: '', mode: 0, replace: true });
  });

  it('of directories and symlinks', () => {
    const [directory, other, link] = contents(
      '  - directory: /a/b\n  - { directory: /tmp/, mode: "1777", owner: "0:0" }\n  - { symlink: ../x, to: /y }\n',
    );
    expect(directory).toMatchObject({ kind: 'directory', to: { path: 'a/b' }, mode: 0o755, owner: { uid: 5, gid: 6 } });
    expect(other).toMatchObject({ to: { path: 'tmp' }, mode: 0o1777, owner: ROOT });
    expect(link).toMatchObject({ kind: 'symlink', target: '../x', to: { path: 'y', intoDirectory: false } });
  });

  it.each([
    ['', ''],
    [', path: .', ''],
    [', path: bin/', 'bin'],
    [', path: bin/app', 'bin/app'],
  ])('of artifacts%s', (text, path) => {
    const manifest = parseFirst(
      withHead(
        `artifacts: { app: { run: x } }\nlayers: [{ name: a, contents: [{ artifact: app, to: /b/${text} }] }]\n`,
      ),
    );
    expect(manifest.layers[0]!.contents[0]).toMatchObject({ kind: 'artifact', artifact: 'app', path, mode: undefined });
  });
});

describe('artifacts', () => {
  it('say what they run and see', () => {
    const { artifacts } = parseFirst(
      withHead(`artifacts:
  app:
    run: [go, build, ""]
    inputs: { include: ["**/*.go"], exclude: ["**/*_test.go"] }
    tools: [go, g++]
    env: { CGO_ENABLED: "0" }
    network: false
    sandbox: relaxed
  other: { run: make, inputs: { exclude: [b] } }
`),
    );
    expect(artifacts).toMatchObject([
      {
        name: 'app',
        run: { kind: 'command', args: ['go', 'build', ''] },
        inputs: {
          from: '.',
          include: [{ glob: '**/*.go', at: { line: 6, column: 25 } }],
          exclude: [{ glob: '**/*_test.go' }],
        },
        tools: [
          { name: 'go', with: [], packages: [] },
          { name: 'g++', with: [], packages: [], at: { line: 7, column: 17, length: 3 } },
        ],
        env: { CGO_ENABLED: '0' },
        needs: {},
        network: false,
        sandbox: 'relaxed',
        perPlatform: false,
        at: { line: 4, column: 3, length: 3 },
      },
      {
        name: 'other',
        run: { kind: 'script', script: 'make' },
        inputs: { from: '.', include: undefined, exclude: [{ glob: 'b' }] },
        network: false,
        sandbox: undefined,
        limits: { time: undefined, memory: undefined, processes: undefined, output: undefined, log: undefined },
      },
    ]);
  });

  it('say what tools need', () => {
    const text = `artifacts:
  app:
    run: make
    tools:
      - make
      - name: cc
        with: [/usr/include/**, ../lib/gcc/, .., ".", "../../x/{a,b}"]
        packages: [gcc, libc6-dev, g++-12]
`;
    const [make, cc] = parseFirst(withHead(text)).artifacts[0]!.tools;
    expect(make).toMatchObject({ name: 'make', with: [], packages: [], at: { line: 7, column: 9, length: 4 } });
    expect(cc).toMatchObject({
      name: 'cc',
      with: ['/usr/include/**', '../lib/gcc', '..', '.', '../../x/{a,b}'],
      packages: ['gcc', 'libc6-dev', 'g++-12'],
      at: { line: 8, column: 9, length: 8 },
    });
  });

  it.each(['.', '..', '../..', '../../../..'])('take inputs from %s', (from) => {
    const text = `artifacts: { a: { run: x, inputs: { from: ${from}, include: [a/**] } } }\n`;
    expect(parseFirst(withHead(text)).artifacts[0]!.inputs).toMatchObject({ from, include: [{ glob: 'a/**' }] });
  });

  it('reach the network in either sandbox', () => {
    const text =
      'artifacts: { a: { run: x, network: true, sandbox: strict }, b: { run: x, network: true, sandbox: relaxed } }\n';
    expect(parseFirst(withHead(text)).artifacts).toMatchObject([
      { network: true, sandbox: 'strict' },
      { network: true, sandbox: 'relaxed' },
    ]);
  });

  it.each([
    ['time: 1', { time: 1 }],
    ['time: 604800', { time: 604_800 }],
    ['time: "90"', { time: 90 }],
    ['time: 90s', { time: 90 }],
    ['time: 10min', { time: 600 }],
    ['time: 2 h', { time: 7200 }],
    ['memory: 2GB', { memory: 2e9 }],
    ['memory: 1048576', { memory: 2 ** 20 }],
    ['processes: 200', { processes: 200 }],
    ['output: 1 GiB', { output: 2 ** 30 }],
    ['log: 10kB', { log: 10_000 }],
  ])('are limited by %s', (text, limits) => {
    const { artifacts } = parseFirst(withHead(`artifacts: { a: { run: x, limits: { ${text} } } }\n`));
    const none = { time: undefined, memory: undefined, processes: undefined, output: undefined, log: undefined };
    expect(artifacts[0]!.limits).toEqual({ ...none, ...limits });
  });

  it.each([
    ['inputs', 'inputs: { include: ["${platform.os}/**"] }'],
    ['a tool', 'tools: ["${platform.architecture}-gcc"]'],
    ['the name of a tool', 'tools: [{ name: "${platform.architecture}-gcc" }]'],
    ['what a tool needs', 'tools: [{ name: gcc, with: ["../${platform.architecture}"] }]'],
    ['the packages of a tool', 'tools: [{ name: gcc, packages: ["gcc-${platform.architecture}"] }]'],
  ])('are per platform if %s is', (_, text) => {
    const { artifacts } = parseFirst(withHead(`artifacts: { a: { run: x, ${text} }, b: { run: x } }\n`));
    expect(artifacts.map(({ perPlatform }) => perPlatform)).toEqual([true, false]);
  });

  it('come after what they need, otherwise as in the file', () => {
    const text = `artifacts:
  d: { run: x, needs: { a: c, b: b } }
  a: { run: x }
  b: { run: x, needs: { a: a } }
  c: { run: x, needs: { a: b } }
  e: { run: x, needs: { a: d, b: d } }
`;
    expect(parseFirst(withHead(text)).artifacts.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('are per platform if they or what they need use it', () => {
    const text = `artifacts:
  top: { run: x, needs: { a: middle } }
  middle: { run: x, needs: { a: low } }
  low: { run: x, env: { A: "\${platform.os}" } }
  apart: { run: "echo $\${platform.os}", env: { "\${platform.os}": a } }
`;
    const { artifacts } = parseFirst(withHead(text));
    expect(Object.fromEntries(artifacts.map(({ name, perPlatform }) => [name, perPlatform]))).toEqual({
      top: true,
      middle: true,
      low: true,
      apart: false,
    });
  });
});

describe('config', () => {
  it('sets, removes and leaves', () => {
    const text = `config:
  entrypoint: [/a, "", "\${x}"]
  cmd: null
  env: { B: "1", A: null, C: "" }
  user: null
  workdir: /srv/
  ports: [8080/tcp, 53/udp]
  volumes: [/data/]
  labels: { b: "1", a: null }
  stop-signal: SIGRTMIN+3
vars: { x: y }
`;
    expect(parseFirst(withHead(text)).config).toEqual({
      entrypoint: ['/a', '', 'y'],
      cmd: null,
      env: { A: null, B: '1', C: '' },
      user: null,
      workdir: '/srv/',
      ports: ['8080/tcp', '53/udp'],
      volumes: ['/data/'],
      labels: { a: null, b: '1' },
      stopSignal: 'SIGRTMIN+3',
    });
  });

  it('lists variables in the order of their bytes', () => {
    const { config } = parseFirst(
      withHead('config: { env: { Z: "1", a: "1", "\\U0001F600": "1", "\\uFFFD": "1" } }\n'),
    );
    expect(Object.keys(config.env)).toEqual(['Z', 'a', '\ufffd', '\u{1f600}']);
  });
});

describe('spanOf', () => {
  const manifest = parse(
    withHead(
      'config:\n  env: { A: "1" }\n  user:  app  # who\n  labels:\n    a: null\nlayers:\n- name: a # first\n  contents: []\n',
    ),
  );

  it.each([
    [['config', 'user'], '5:10+3'],
    [['config', 'env', 'A'], '4:13+3'],
    [['config', 'env'], '4:3+3'],
    [['config'], '3:1+6'],
    [['config', 'labels', 'a'], '7:8+4'],
    [['layers', 0], '9:3+7'],
    [['layers', 0, 'owner'], '9:3+7'],
    [['layers', 0, 'contents'], '10:3+8'],
    [['layers', 7, 'name'], '8:1+6'],
    [['config', 'cmd'], '3:1+6'],
    [['created'], '1:1+10'],
    [[], '1:1+10'],
    [['__proto__', 'x'], '1:1+10'],
  ])('of %j is %s', (path, expected) => {
    const { line, column, length, text } = manifest.spanOf(path);
    expect(`${line}:${column}+${length}`).toBe(expected);
    expect(text).toBeTypeOf('string');
  });
});
