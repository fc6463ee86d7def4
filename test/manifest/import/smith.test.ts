import { describe, expect, it } from 'vitest';
import { parseForeign } from '../../../src/manifest/import/parse-foreign.js';
import { parseFirst } from '../support.js';
import { firstOf, importText, warningsOf } from './support.js';

const smith = (text: string) => importText(text, 'smith');
const configOf = (text: string) => firstOf(smith(text)).config;

describe('smith.yaml', () => {
  it.each<[string, string, unknown]>([
    ['a command', 'cmd: [/bin/a, 1, "x y"]', { cmd: ['/bin/a', '1', 'x y'] }],
    ['an entrypoint', 'entrypoint: [/bin/a]', { entrypoint: ['/bin/a'] }],
    ['a directory', 'dir: /write', { workdir: '/write' }],
    ['ports', 'ports: { "80": {}, 53/udp: {}, 80/tcp: {} }', { ports: ['80/tcp', '53/udp'] }],
    ['mounts', 'mounts: [/write, write/, /run]', { volumes: ['/write', '/run'] }],
    ['nobody, who is 10', '', { user: '10:10' }],
    ['a number', 'user: 65532', { user: '65532' }],
    ['a name', 'user: web:www', { user: 'web:www' }],
    ['root', 'root: true', { user: '0:0' }],
  ])('says %s', (_, text, expected) => {
    expect(configOf(`package:\n${text}\n`)).toMatchObject(expected as object);
  });

  it('has variables as a list, of which the last counts', () => {
    const { env } = configOf('env: ["A=1", "B=x=${y}", "A=2"]\n');
    expect(env).toEqual({ A: '2', B: 'x=${y}' });
  });

  it.each<[string, string]>([
    ['https://registry-1.docker.io/library/redis:7', 'docker.io/library/redis:7'],
    ['https://user:secret@registry.example.com:5000/team/app', 'registry.example.com:5000/team/app'],
    ['http://registry.example.com/a', 'registry.example.com/a'],
    ['images/a.tar', 'oci-archive:images/a.tar'],
    ['images/a.tar.gz:latest', 'oci-archive:images/a.tar:latest'],
  ])('takes files of the image %s', (text, image) => {
    const imported = smith(`package: ${text}\npaths: [/bin/a, etc/*.conf]\n`);
    expect(firstOf(imported).layers[0]!.contents[0]).toMatchObject({
      kind: 'image',
      text: image,
      paths: [{ glob: 'bin/a' }, { glob: 'etc/*.conf' }],
      closure: { nameService: false },
    });
    expect(JSON.stringify(imported)).not.toContain('secret');
  });

  it('takes files of the Debian package where it is certain which that is', () => {
    const [layer] = firstOf(smith('package: procps-ng\npaths: [/usr/bin/ps]\nnss: true\n')).layers;
    expect(layer!.contents[0]).toMatchObject({
      kind: 'debian',
      packages: [{ name: 'procps' }],
      paths: [{ glob: 'usr/bin/ps' }],
      closure: { nameService: true },
    });
  });

  it.each<[string, unknown, unknown]>([
    ['user: web', [{ name: 'web', uid: 10, gid: 10 }], [{ name: 'smith', gid: 10 }]],
    ['user: "33:44"\nnss: true', [{ name: 'smith', uid: 33, gid: 44 }], []],
    [
      'user: "web:www"\ngroups: [tty, logs, www]',
      [{ name: 'web', uid: 10, gid: 10, home: '/write' }],
      [
        { name: 'www', gid: 10, members: [] },
        { name: 'logs', gid: 11, members: ['web'] },
      ],
    ],
    ['user: daemon', [{ name: 'daemon', uid: 1, gid: 10 }], [{ name: 'smith', gid: 10 }]],
  ])('makes accounts for %j', (text, users, groups) => {
    const [layer] = firstOf(smith(`${text}\n`)).layers;
    expect(layer!.contents[0]).toMatchObject({ kind: 'accounts', users, groups });
  });

  it('makes no accounts for numbers', () => {
    expect(firstOf(smith('user: "33:44"\n')).layers).toEqual([]);
  });

  it('lays what stands beside it over the image, with the owner of everything', () => {
    const options = { file: 'smith.yaml', directory: '../smith', hasDirectory: (name: string) => name === 'rootfs' };
    const { text } = parseForeign(Buffer.from('user: "33:44"\nmounts: [/write]\n'), options);
    const owner = { uid: 33, gid: 44 };
    expect(parseFirst(text).layers[0]!.contents).toMatchObject([
      { kind: 'directory', to: { path: 'write' }, owner },
      { kind: 'files', source: '../smith/rootfs', owner },
    ]);
  });

  it.each<[string, string]>([
    [
      'package: httpd\npaths: [/a]',
      '1:10 package is left out: look up what the RPM package "httpd" is called in Debian',
    ],
    ['package: curl', '1:10 package is left out: without paths'],
    ['package: curl\ntype: vm\npaths: [/a]', '2:7 type is left out: smith knows no type "vm"'],
    ['package: a.tar.gz\npaths: [/a]', '1:10 package: the archive has to be unpacked for tbuild: gunzip -k a.tar.gz'],
    [
      'package: https://a.example/b\npaths: [/a]\ncmd: [/a]',
      "1:10 package: smith also takes dir, entrypoint, env, ports, labels from the image's config",
    ],
    ['package: https://a.example/B\npaths: [/a]', '1:10 package is left out: image is "a.example/B"'],
    ['package: https://u:p@a.example/b\npaths: [/a]', '1:10 package: the credentials are left out'],
    ['parent: base.tgz', '1:9 parent: the archive has to be unpacked'],
    ['excludes: [/a]', '1:12 excludes[0] is left out: narrow "paths" down'],
    ['mock: { deps: [a] }', '1:9 mock.deps is left out: nothing is built of RPM packages'],
    ['env: [A]', '1:7 env[0] is left out: it has no "="'],
    ['env: [=1]', '1:7 env[0] is left out: '],
    ['ports: { 99999/tcp: {} }', '1:10 ports["99999/tcp"] is left out: '],
    ['dir: a', '1:6 dir is left out: config.workdir is "a"'],
    ['user: a b', '1:7 user is left out: '],
    ['user: a\nroot: true', '1:7 user is left out: the program runs as root'],
    ['chown: true', '1:8 chown is left out: smith has no "chown" there'],
  ])('warns where it says more than image.yaml can: %j', (text, warning) => {
    const found = warningsOf(smith(`${text}\n`));
    expect(found.filter((line) => line.startsWith(warning))).toHaveLength(1);
  });
});
