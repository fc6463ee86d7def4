import { describe, expect, it } from 'vitest';
import { firstOf, importText, warningsOf } from './support.js';

const apko = (text: string) => importText(text, 'apko');
const layersOf = (text: string) => firstOf(apko(text)).layers;
const configOf = (text: string) => firstOf(apko(text)).config;

describe('apko.yaml', () => {
  it('may say nothing', () => {
    const imported = apko('contents: {}\n');
    expect(firstOf(imported)).toMatchObject({ layers: [], base: { kind: 'scratch' } });
    expect(imported.warnings).toEqual([]);
  });

  it.each<[string, string, unknown]>([
    ['a command', "entrypoint: { command: /bin/a 'b c' }", { entrypoint: ['/bin/a', 'b c'] }],
    ['a shell fragment', 'entrypoint: { shell-fragment: "exec $A" }', { entrypoint: ['/bin/sh', '-c', 'exec $A'] }],
    ['arguments', 'cmd: --port "80 80"', { cmd: ['--port', '80 80'] }],
    [
      'one service',
      'entrypoint: { type: service-bundle, services: { a: /bin/a -x } }',
      { entrypoint: ['/bin/a', '-x'] },
    ],
    ['who it runs as', 'accounts: { run-as: 65532 }', { user: '65532' }],
    ['where', 'work-dir: /srv', { workdir: '/srv' }],
    ['volumes, each once', 'volumes: [/a, /b, /a]', { volumes: ['/a', '/b'] }],
    ['a signal', 'stop-signal: SIGQUIT', { stopSignal: 'SIGQUIT' }],
  ])('says %s', (_, text, expected) => {
    expect(configOf(`contents: {}\n${text}\n`)).toMatchObject(expected as object);
  });

  it('has the variables that apko adds, unless it sets them itself', () => {
    const env = (text: string) => firstOf(apko(`contents: {}\n${text}`)).config.env;
    expect(env('')).toMatchObject({ SSL_CERT_FILE: '/etc/ssl/certs/ca-certificates.crt' });
    expect(env('environment: { PATH: /b, A: "${b}", N: 1.10, E: }')).toMatchObject({
      PATH: '/b',
      A: '${b}',
      N: '1.10',
      E: '',
    });
  });

  it('makes annotations labels, and a URL with a revision annotations', () => {
    const { text } = apko('annotations: { a: b }\nvcs-url: https://example.com/x@abc\n');
    const { annotations, config } = firstOf({ text, format: 'apko', warnings: [] });
    const all = {
      a: 'b',
      'org.opencontainers.image.source': 'https://example.com/x',
      'org.opencontainers.image.revision': 'abc',
    };
    expect(annotations).toEqual(all);
    expect(config.labels).toEqual(all);
  });

  it.each([
    ['0o755', '0755'],
    ['0755', '0755'],
    ['0o2775', '2775'],
    ['493', '0755'],
    ['0', '0000'],
  ])('takes the mode %s for %s', (written, mode) => {
    const [layer] = layersOf(`paths: [{ path: /a, type: directory, permissions: ${written} }]\n`);
    expect(layer!.contents[0]).toMatchObject({ kind: 'directory', mode: Number.parseInt(mode, 8) });
  });

  it.each([
    ['uid: 7, gid: 8', { uid: 7, gid: 8 }],
    ['uid: 7', { uid: 7, gid: 0 }],
    ['gid: 8', { uid: 0, gid: 8 }],
    ['permissions: 0o700', { uid: 0, gid: 0 }],
  ])('gives a path with { %s } its owner', (written, owner) => {
    const [layer] = layersOf(`paths: [{ path: a, type: empty-file, ${written} }]\n`);
    expect(layer!.contents[0]).toMatchObject({ kind: 'text', text: '', owner });
  });

  it('lets a later path replace an earlier one, and what accounts bring', () => {
    const [layer] = layersOf(`accounts: { users: [{ username: app, uid: 7 }] }
paths:
  - { path: /home/app, type: directory, permissions: 0o700 }
  - { path: /a, type: directory }
  - { path: /a, type: directory, permissions: 0o700 }
`);
    expect(layer!.contents.slice(1)).toMatchObject([{ replace: true }, { replace: false }, { replace: true }]);
  });

  it('gives accounts what apko gives them', () => {
    const [layer] = layersOf(`accounts:
  users:
    - { username: app, uid: 1000 }
    - { username: web, uid: 1001, gid: 33, homedir: /srv, shell: /bin/bash }
  groups:
    - { groupname: web, gid: 33, members: [app, app] }
`);
    expect(layer!.contents[0]).toMatchObject({
      kind: 'accounts',
      users: [
        { name: 'app', uid: 1000, gid: 1000, home: '/home/app', shell: '/bin/sh' },
        { name: 'web', uid: 1001, gid: 33, home: '/srv', shell: '/bin/bash' },
      ],
      groups: [{ name: 'web', gid: 33, members: ['app'] }],
    });
  });

  it.each<[string, unknown]>([
    ['layering: { strategy: origin }', { by: 'source' }],
    ['layering: { strategy: origin, budget: 7 }', { by: 'source', budget: 7 }],
    ['', undefined],
  ])('spreads packages over layers for "%s"', (layering, split) => {
    const [layer] = layersOf(`contents: { packages: [curl] }\n${layering}\n`);
    if (split === undefined) expect(layer!.split).toBeUndefined();
    else expect(layer!.split).toMatchObject(split as object);
  });

  it('takes the packages whose counterpart is certain, each once', () => {
    const [layer] = layersOf('contents: { packages: [ca-certificates-bundle, ca-certificates, musl, foo, xz] }\n');
    expect(layer!.contents[0]).toMatchObject({
      kind: 'debian',
      packages: [{ name: 'ca-certificates' }, { name: 'xz-utils' }],
    });
  });

  it.each<[string, string]>([
    ['contents: { keyring: [a] }', '1:13 contents.keyring is left out: '],
    ['contents: { packages: ["curl=8.1-r0"] }', '1:24 contents.packages[0]: the version is left out'],
    [
      'contents: { packages: [foo~1] }',
      '1:24 contents.packages[0] is left out: look up what the Alpine package "foo" is',
    ],
    ['contents: { packages: ["!a"] }', '1:24 contents.packages[0] is left out: it keeps a package out'],
    ['contents: { new: 1 }', '1:18 contents.new is left out: apko has no "new" there'],
    ['entrypoint: { command: "\'a" }', `1:24 entrypoint.command is left out: the command has no closing '`],
    ['entrypoint: { type: other }', '1:21 entrypoint.type is left out: apko knows no type "other"'],
    [
      'entrypoint: { shell-fragment: a, command: b }',
      '1:43 entrypoint.command is left out: the shell-fragment is started instead',
    ],
    ['entrypoint: { services: { a: b } }', '1:15 entrypoint.services is left out: apko starts services only'],
    ['entrypoint: { type: service-bundle, services: { a: b } }', '1:52 entrypoint.services.a becomes the entrypoint'],
    ['accounts: { run-as: a b }', '1:21 accounts.run-as is left out: config.user is "a b", which is not allowed'],
    [
      'accounts: { users: [{ username: a, uid: 1 }, { username: a, uid: 2 }] }',
      '1:46 accounts.users[1] is left out: "a" is',
    ],
    ['accounts: { users: [{ uid: 1 }] }', '1:21 accounts.users[0] is left out: accounts.users[0] lacks "name"'],
    [
      'accounts: { users: [{ username: a, uid: 1, x: 1 }] }',
      '1:47 accounts.users[0].x is left out: apko has no "x" there',
    ],
    ['archs: [all]', '1:9 archs[0] is left out: write the platforms'],
    ['archs: [vax]', '1:9 archs[0] is left out: platforms[0] is "linux/vax", which names no known architecture'],
    ['environment: { "": a }', '1:20 environment[""] is left out: Key "" is not allowed in config.env'],
    ['paths: [{ path: /a }]', '1:9 paths[0] is left out: it has no "type"'],
    ['paths: [{ path: /../a, type: directory }]', '1:17 paths[0].path is left out: directory is "/../a"'],
    ['paths: [{ path: /a, type: symlink }]', '1:17 paths[0].path is left out: symlink is empty'],
    [
      'paths: [{ path: /a, type: directory, permissions: 99999 }]',
      '1:51 paths[0].permissions is left out: 99999 is no mode',
    ],
    ['paths: [{ path: /a, type: permissions }]', '1:9 paths[0] is left out: files of packages keep'],
    ['paths: [{ path: /a, type: device }]', '1:9 paths[0] is left out: apko knows no type "device"'],
    ['vcs-url: https://example.com/x', '1:10 vcs-url is left out: it has no "@" and revision'],
    ['annotations: { "": a }', '1:20 annotations[""] is left out: Key "" is not allowed'],
    ['include: a.yaml', '1:10 include is left out: import that file, too'],
    ['volumes: [a]', '1:11 volumes[0] is left out: config.volumes[0] is "a"'],
    ['layering: { strategy: origin, budget: 1000 }', '1:39 layering.budget is left out: '],
    ['layering: { strategy: origin }', '1:1 layering is left out: there are no packages'],
    [
      'certificates: { additional: [{ name: a, content: b }] }',
      '1:30 certificates.additional[0] is left out: save the certificate as "a.pem"',
    ],
    ['format: erofs', '1:9 format is left out: layers are tar archives'],
    ['typo: 1', '1:7 typo is left out: apko has no "typo" there'],
  ])('warns where it says more than image.yaml can: %s', (text, warning) => {
    expect(warningsOf(apko(`${text}\n`)).filter((line) => line.startsWith(warning))).toHaveLength(1);
  });

  it('keeps its credentials out of what is shown', () => {
    const { text, warnings } = apko('contents: { repositories: ["https://me:secret@example.com/os"] }\n');
    expect(JSON.stringify({ text, warnings })).not.toContain('secret');
  });
});
