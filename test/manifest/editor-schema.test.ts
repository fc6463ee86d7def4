import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { artifactExampleNames, exampleNames, packageExampleNames } from '../support/examples.js';
import { root } from '../support/root.js';

const read = (path: string): string => readFileSync(join(root, path), 'utf8');

/** As an editor reads it: the published file, strictly, with no knowledge of tbuild. */
const validate = new Ajv2020({ strict: true, strictTypes: false, strictRequired: false }).compile(
  JSON.parse(read('schema/image.schema.json')),
);

const withHead = (rest: object): object => ({ version: 1, base: 'scratch', ...rest });
const content = (item: object): object => withHead({ layers: [{ name: 'a', contents: [item] }] });
const artifact = (more: object): object => withHead({ artifacts: { a: { run: 'make', ...more } } });

describe('schema/image.schema.json in an editor', () => {
  it.each([...exampleNames, ...packageExampleNames, ...artifactExampleNames])('accepts the example %s', (name) => {
    expect(validate(parse(read(`examples/${name}/image.yaml`))), JSON.stringify(validate.errors)).toBe(true);
  });

  it('accepts the image.yaml of README.md', () => {
    const [, text] = /```yaml\n(# image\.yaml\n[\s\S]*?)```/.exec(read('README.md'))!;
    expect(validate(parse(text!)), JSON.stringify(validate.errors)).toBe(true);
  });

  it.each<[name: string, value: object]>([
    ['a compression', { compression: '${c}' }],
    ['a type of compression', { compression: { type: '${c}' } }],
    ['a time', { created: '${when}' }],
    ['a name', { name: 'example.com/${name}' }],
    ['a tag', { tags: ['v${version}'] }],
    ['a platform', { platforms: ['linux/${arch}'] }],
    ['a base', { base: 'oci:${platform.architecture}' }],
    ['a name of a layer', { layers: [{ name: '${name}', contents: [] }] }],
    ['an owner', { layers: [{ name: 'a', owner: '${uid}:0', contents: [] }] }],
    ['a mode', content({ text: 'x', to: '/${x}', mode: '${mode}' })],
    ['a destination', content({ text: 'x', to: '${root}/x' })],
    ['a capability', content({ files: 'x', to: '/x', capabilities: ['${cap}'] })],
    ['a way to split', { layers: [{ name: 'a', split: '${how}', contents: [] }] }],
    ['a URL', content({ fetch: ['${url}'], to: '/x' })],
    ['a digest', content({ fetch: 'https://e.org/x', sha256: '${digest}', to: '/x' })],
    ['a limit', content({ fetch: 'https://e.org/x', limit: '${n}MB', to: '/x' })],
    ['a secret', content({ fetch: 'https://e.org/x', headers: { a: { env: '${env}', prefix: '${p} ' } }, to: '/x' })],
    [
      'packages',
      content({ debian: { suite: '${suite}', packages: ['${p}=${v}'], snapshot: '${t}', archive: '${a}' } }),
    ],
    ['an image', content({ image: '${i}', paths: ['${p}'], closure: { extras: ['${e}'] } })],
    ['an account', content({ accounts: { users: [{ name: '${n}', uid: 1, gid: 1, home: '${h}' }] } })],
    ['a member', content({ accounts: { groups: [{ name: 'a', gid: 1, members: ['${n}'] }] } })],
    ['a certificate', content({ certificates: ['${c}.pem'] })],
    ['a path to remove', content({ remove: ['${p}'] })],
    ['a sandbox', artifact({ sandbox: '${sandbox}' })],
    ['a directory of inputs', artifact({ inputs: { from: '${up}' } })],
    ['a tool', artifact({ tools: ['${cc}', { name: '${ld}', with: ['${lib}/*'], packages: ['${p}'] }] })],
    [
      'a limit of an artifact',
      artifact({ limits: { time: '${t}min', memory: '${m}GB', output: '${o}', log: '${l}' } }),
    ],
    [
      'a file that is asserted',
      { assertions: { files: [{ path: '/${p}', permissions: '${m}', 'executable-by': '${who}' }] } },
    ],
    ['a pattern', { assertions: { contents: [{ path: '/${p}', expected: ['${a}'], excluded: ['${b}'] }] } }],
    [
      'metadata that is asserted',
      { assertions: { metadata: { env: { A: '${a}', B: { matches: '${b}' } }, ports: ['${p}'], volumes: ['${v}'] } } },
    ],
    ['a command that is asserted', { assertions: { commands: [{ name: '${n}', run: ['${p}'], stdout: ['${o}'] }] } }],
    ['a port', { config: { ports: ['${port}/tcp'] } }],
    ['a volume', { config: { volumes: ['${data}'] } }],
    ['a user', { config: { user: '${uid}' } }],
    ['a directory', { config: { workdir: '${dir}' } }],
    ['a signal', { config: { 'stop-signal': '${signal}' } }],
    ['a program', { config: { entrypoint: ['${program}'] } }],
  ])('accepts a variable in %s', (_, value) => {
    expect(validate(withHead(value)), JSON.stringify(validate.errors)).toBe(true);
  });

  it.each<[name: string, value: object]>([
    ['no version', { version: undefined }],
    ['another version', { version: 2 }],
    ['no base', { base: undefined }],
    ['an unknown key', { nmae: 'x' }],
    ['an unknown key of config', { config: { entrypont: ['/x'] } }],
    ['tags that are no list', { tags: 'latest' }],
    ['a tag with a space', { tags: ['a b'] }],
    ['a tag that is a number', { tags: [1.4] }],
    ['a tag twice', { tags: ['a', 'a'] }],
    ['a compression that there is not', { compression: 'brotli' }],
    ['env as a list', { config: { env: ['A=b'] } }],
    ['env with a number', { config: { env: { PORT: 80 } } }],
    ['an entrypoint that is a text', { config: { entrypoint: '/x' } }],
    ['a port without protocol', { config: { ports: ['80'] } }],
    ['a port that is a number', { config: { ports: [80] } }],
    ['a content of no kind', content({ to: '/x' })],
    ['a content of two kinds', content({ files: 'a', text: 'b', to: '/x' })],
    ['a content without destination', content({ files: 'a' })],
    ['a mode that is a number', content({ text: 'x', to: '/x', mode: 755 })],
    ['a mode in letters', content({ text: 'x', to: '/x', mode: 'rwx' })],
    ['an owner by name', content({ text: 'x', to: '/x', owner: 'root:root' })],
    ['a URL that is a number', content({ fetch: 5, to: '/x' })],
    ['no URL', content({ fetch: [], to: '/x' })],
    ['a digest with its algorithm', content({ fetch: 'x', sha256: `sha256:${'a'.repeat(64)}`, to: '/x' })],
    ['a header that is text', content({ fetch: 'x', headers: { authorization: 'x' }, to: '/x' })],
    ['a header with a space', content({ fetch: 'x', headers: { 'a b': { env: 'A' } }, to: '/x' })],
    ['packages without suite', content({ debian: { packages: ['hello'] } })],
    ['packages as text', content({ debian: { suite: 'a', packages: 'hello' } })],
    ['a closure that is text', content({ image: 'a', paths: ['/a'], closure: 'yes' })],
    ['a name of a user with a colon', content({ accounts: { users: [{ name: 'a:', uid: 1, gid: 1 }] } })],
    ['a split of 101 layers', { layers: [{ name: 'a', split: { by: 'package', budget: 101 }, contents: [] }] }],
    ['a layer without name', { layers: [{ contents: [] }] }],
    ['a layer of a map', { layers: [{ name: 'a', contents: { text: 'x', to: '/x' } }] }],
    ['an artifact without command', { artifacts: { a: { tools: ['sh'] } } }],
    ['a tool that is no list', artifact({ tools: 'sh' })],
    ['a tool without name', artifact({ tools: [{ with: ['/usr/lib'] }] })],
    ['a tool of nothing more', artifact({ tools: [{ name: 'cc', with: [] }] })],
    ['inputs from a directory beside', artifact({ inputs: { from: '../lib' } })],
    ['a limit of nothing', artifact({ limits: { time: 0 } })],
    ['an unknown limit', artifact({ limits: { cpu: 1 } })],
    ['an assertion without path', { assertions: { files: [{ exists: true }] } }],
    ['an assertion that only a few may execute', { assertions: { files: [{ path: '/a', 'executable-by': 'me' }] } }],
    ['metadata that is no config', { assertions: { metadata: { env: { A: { equals: 'a' } } } } }],
    ['a command without name', { assertions: { commands: [{ run: ['/a'] }] } }],
    ['a status that there is not', { assertions: { commands: [{ name: 'a', run: ['/a'], 'exit-code': 256 }] } }],
  ])('refuses %s', (_, value) => {
    const { version, base, ...rest } = withHead(value) as Record<string, unknown>;
    const head = { ...(version === undefined ? {} : { version }), ...(base === undefined ? {} : { base }) };
    expect(validate({ ...head, ...rest })).toBe(false);
  });
});
