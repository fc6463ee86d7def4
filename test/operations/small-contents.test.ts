import { describe, expect, it } from 'vitest';
import { createNodeHost } from '../../src/host/index.js';
import { applyImage, type ListedEntry, listFiles } from '../../src/operations/index.js';
import { one, two } from '../inputs/certificate-samples.js';
import { failureOf } from '../support/failure-of.js';
import { workspace } from './support.js';

const host = createNodeHost();

const BASE = `version: 1
platforms: [linux/amd64]
base: scratch
layers:
  - name: base
    contents:
      - { text: "root:x:0:0::/:/\\n", to: /etc/passwd }
      - { text: "x", to: /usr/share/doc/a/x }
      - { text: "y", to: /usr/share/doc/y }
      - { text: "#!/bin/sh\\n", to: /usr/bin/tool, mode: "4755" }
      - { symlink: usr/bin, to: /bin }
      - { files: ca.pem, to: /etc/ssl/certs/ca-certificates.crt }
`;

/** Builds an image on top of a small one, and lists its layer and what a runtime sees. */
async function build(...contents: readonly string[]) {
  const top = ['version: 1', 'platforms: [linux/amd64]', 'base: oci:base/out:latest', 'layers:', '  - name: more'];
  const image = workspace({
    'base/image.yaml': BASE,
    'base/ca.pem': one,
    'two.pem': two,
    'image.yaml': `${[...top, '    contents:', ...contents.map((content) => `      - ${content}`)].join('\n')}\n`,
  });
  const { cacheDirectory } = image.request;
  const destination = (out: string) => ({ transport: 'oci', path: image.path(out), tag: 'latest' }) as const;
  await applyImage(host, { ...image.request, file: image.path('base'), destinations: [destination('base/out')] });
  await applyImage(host, { ...image.request, destinations: [destination('out')] });
  const list = async (more: { readonly layer?: number }) =>
    (await listFiles(host, { reference: destination('out'), cacheDirectory, ...more })).entries.map(lineOf);
  return { layer: await list({ layer: 1 }), all: await list({}) };
}

function lineOf({ path, kind, mode, uid, gid }: ListedEntry): string {
  return `${path} ${kind} ${mode} ${uid}:${gid}`;
}

describe('an image that changes what its base has', () => {
  it('has accounts, certificates, removals and files of images in one layer', async () => {
    const { layer, all } = await build(
      '{ accounts: { users: [{ name: app, uid: 1000, gid: 1000, home: /home/app }] } }',
      '{ accounts: { groups: [{ name: web, gid: 33, members: [app] }] } }',
      '{ certificates: [two.pem] }',
      '{ remove: [/usr/share/doc] }',
      '{ text: "new", to: /usr/share/doc/new }',
      '{ image: "oci:base/out:latest", paths: [/bin/tool], to: /opt/ }',
    );
    expect(layer).toEqual([
      '/etc directory 0755 0:0',
      '/etc/group file 0644 0:0',
      '/etc/nsswitch.conf file 0644 0:0',
      '/etc/passwd file 0644 0:0',
      '/etc/ssl directory 0755 0:0',
      '/etc/ssl/certs directory 0755 0:0',
      '/etc/ssl/certs/ca-certificates.crt file 0644 0:0',
      '/home directory 0755 0:0',
      '/home/app directory 0700 1000:1000',
      '/opt directory 0755 0:0',
      '/opt/tool file 4755 0:0',
      '/usr directory 0755 0:0',
      '/usr/share directory 0755 0:0',
      '/usr/share/doc directory 0755 0:0',
      '/usr/share/doc opaque-whiteout 0000 0:0',
      '/usr/share/doc/new file 0644 0:0',
    ]);
    expect(all.filter((line) => line.startsWith('/usr/share/doc/'))).toEqual(['/usr/share/doc/new file 0644 0:0']);
  });

  it('cannot remove what the same layer puts there', async () => {
    const work = build('{ text: "new", to: /usr/share/doc/new }', '{ remove: [/usr/share/doc] }');
    const { code, message } = await failureOf(work);
    expect(code).toBe('path-clash');
    expect(message).toMatch(/^remove \/usr\/share\/doc removes what text at \/usr\/share\/doc\/new puts at/);
  });
});
