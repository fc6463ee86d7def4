import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseRegistryReference, renderRegistryReference } from '../../../src/oci/index.js';
import { expectAllowed, insecureHosts, ruleFor, sitesOf } from '../../../src/store/registry/mirrors.js';
import { readRegistriesConf } from '../../../src/store/registry/registries-conf.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';
import { errorOf, host as realHost } from '../support.js';
import { hostWithVariables } from './pull-support.js';

const temporary = temporaryDirectory();
let count = 0;

/** Writes files below a directory of their own, which is the home and, for /etc, the root. */
function machine(files: Readonly<Record<string, string>>, variables: Readonly<Record<string, string>> = {}) {
  const root = join(temporary.path, String(count++));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  const inside = (path: string) => (path.startsWith('/etc/') ? join(root, path) : path);
  const own = realHost.files;
  const files_ = {
    ...own,
    stat: (path: string) => own.stat(inside(path)),
    readFile: (path: string, limit: number) => own.readFile(inside(path), limit),
    readDirectory: (path: string) => own.readDirectory(inside(path)),
  };
  const named = Object.fromEntries(Object.entries(variables).map(([name, path]) => [name, join(root, path)]));
  const host = hostWithVariables(named, { ...realHost, files: files_ });
  return { root, host: { ...host, env: { ...host.env, homeDirectory: join(root, 'home') } } };
}

const rulesOf = (text: string) => readRegistriesConf(machine({ 'etc/containers/registries.conf': text }).host);
const sites = (text: string, name: string) => {
  const reference = parseRegistryReference(name);
  return sitesOf(ruleFor(rulesOf(text), renderRegistryReference(reference)), reference).map((site) =>
    renderRegistryReference(site.reference),
  );
};

const USER = 'home/.config/containers/registries.conf';
const SYSTEM = 'etc/containers/registries.conf';
const entry = (prefix: string, more = '') => `[[registry]]\nprefix = "${prefix}"\nlocation = "${prefix}"\n${more}\n`;

describe('files', () => {
  const prefixes = (files: Readonly<Record<string, string>>, variables = {}) =>
    readRegistriesConf(machine(files, variables).host).map(({ prefix }) => prefix);
  const all = {
    [SYSTEM]: entry('system.test'),
    [`${SYSTEM}.d/b.conf`]: entry('system-b.test'),
    [`${SYSTEM}.d/a.conf`]: entry('system-a.test'),
    [`${SYSTEM}.d/no.txt`]: entry('no.test'),
    [`${USER}.d/c.conf`]: entry('user-c.test'),
    'named.conf': entry('named.test'),
    'named.conf.d/x.conf': entry('named-x.test'),
  };

  it('are none', () => expect(prefixes({})).toEqual([]));
  it('of the machine come before those of the user', () => {
    expect(prefixes(all)).toEqual(['system.test', 'system-a.test', 'system-b.test', 'user-c.test']);
  });
  it('of the user stand instead of those of the machine', () => {
    expect(prefixes({ ...all, [USER]: entry('user.test') })).toEqual(['user.test', 'user-c.test']);
  });
  it('that a variable names stand instead of all', () => {
    expect(prefixes(all, { CONTAINERS_REGISTRIES_CONF: 'named.conf' })).toEqual(['named.test', 'named-x.test']);
  });
  it('that come later count', () => {
    const files = { [SYSTEM]: entry('a.test'), [`${SYSTEM}.d/x.conf`]: entry('a.test', 'blocked = true') };
    expect(readRegistriesConf(machine(files).host)).toMatchObject([{ prefix: 'a.test', blocked: true }]);
  });
});

describe('an invalid file', () => {
  const cases: readonly (readonly [string, string, number, string])[] = [
    ['no TOML', '# comment\n[[registry]\n', 2, 'it is not TOML'],
    ['a key twice', '[[registry]]\nlocation = "a.test"\nlocation = "b.test"\n', 3, 'it is not TOML'],
    ['no location', '\n[[registry]]\nblocked = true\n', 2, 'neither "location" nor "prefix"'],
    [
      'a location that is a URL',
      `${entry('a.test')}[[registry]]\nlocation = "https://b.test"\n`,
      5,
      '"https://b.test"',
    ],
    [
      'a flag that is none',
      '[[registry]]\nlocation = "a.test"\nblocked = "yes"',
      1,
      '"blocked" is neither true nor false',
    ],
    [
      'a mirror without a place',
      '[[registry]]\nlocation = "a.test"\n[[registry.mirror]]\ninsecure = true',
      1,
      'lacks "location"',
    ],
    [
      'an unknown word',
      '[[registry]]\nlocation = "a.test"\n[[registry.mirror]]\nlocation = "b.test"\npull-from-mirror = "x"',
      1,
      '"pull-from-mirror"',
    ],
    ['a place for many', '[[registry]]\nprefix = "*.a.test"\nlocation = "b.test"', 1, '"*."'],
    ['a table instead of a list', 'registry = 5', 1, 'not a list of tables'],
    ['a dangerous key', '[__proto__]\na = 1', 1, 'it is not TOML'],
  ];
  it.each(cases)('with %s is told with its line', async (_, text, line, words) => {
    const { host } = machine({ [SYSTEM]: text });
    const error = await errorOf(() => readRegistriesConf(host));
    expect(error.code).toBe('network-settings-invalid');
    expect(error.at).toMatchObject({ file: '/etc/containers/registries.conf', line });
    expect(error.message).toContain(words);
    expect(error.message).toContain(`line ${line}`);
  });

  it.each([
    ['a directory instead of a file', { [`${SYSTEM}/x`]: '' }],
    ['a file instead of a directory', { [`${SYSTEM}.d`]: '' }],
    ['more than a mebibyte', { [SYSTEM]: ' '.repeat(1024 * 1024 + 1) }],
  ])('with %s is told', async (_, files) => {
    const { host } = machine(files as unknown as Readonly<Record<string, string>>);
    const error = await errorOf(() => readRegistriesConf(host));
    expect(error.code).toBe('network-settings-invalid');
    expect(error.message).toContain('/etc/containers/registries.conf');
  });

  it('that a variable names and that is not there is told', async () => {
    const { host } = machine({}, { CONTAINERS_REGISTRIES_CONF: 'no.conf' });
    expect((await errorOf(() => readRegistriesConf(host))).code).toBe('network-settings-invalid');
  });
});

describe('places to read from', () => {
  const mirrored = `
[[registry]]
prefix = "docker.io"
location = "docker.io"
[[registry.mirror]]
location = "mirror.test:5000/hub"
[[registry.mirror]]
location = "digests.test"
pull-from-mirror = "digest-only"
[[registry.mirror]]
location = "tags.test"
pull-from-mirror = "tag-only"
[[registry]]
prefix = "docker.io/library/special"
location = "special.test/moved"
[[registry]]
prefix = "*.wild.test"
[[registry.mirror]]
location = "wild-mirror.test"
[[registry]]
location = "old.test"
mirror-by-digest-only = true
[[registry.mirror]]
location = "old-mirror.test"
`;
  const digest = `sha256:${'a'.repeat(64)}`;
  it.each([
    ['alpine:3', ['mirror.test:5000/hub/library/alpine:3', 'tags.test/library/alpine:3', 'docker.io/library/alpine:3']],
    [
      `alpine@${digest}`,
      [
        `mirror.test:5000/hub/library/alpine@${digest}`,
        `digests.test/library/alpine@${digest}`,
        `docker.io/library/alpine@${digest}`,
      ],
    ],
    ['special:1', ['special.test/moved:1']],
    ['special/sub:1', ['mirror.test:5000/hub/special/sub:1', 'tags.test/special/sub:1', 'docker.io/special/sub:1']],
    [
      'specialist:1',
      ['mirror.test:5000/hub/library/specialist:1', 'tags.test/library/specialist:1', 'docker.io/library/specialist:1'],
    ],
    ['a.wild.test/x', ['wild-mirror.test/x', 'a.wild.test/x']],
    ['a.b.wild.test/x', ['wild-mirror.test/x', 'a.b.wild.test/x']],
    ['wild.test/x', ['wild.test/x']],
    ['a.wild.tester/x', ['a.wild.tester/x']],
    ['evil.test/a.wild.test/x', ['evil.test/a.wild.test/x']],
    ['old.test/x:1', ['old.test/x:1']],
    [`old.test/x@${digest}`, [`old-mirror.test/x@${digest}`, `old.test/x@${digest}`]],
    ['other.test/x', ['other.test/x']],
  ])('of %s', (name, expected) => {
    expect(sites(mirrored, name)).toEqual(expected);
  });

  it('are none where the registry is blocked', async () => {
    const rules = rulesOf(entry('a.test/secret', 'blocked = true'));
    const error = await errorOf(() => expectAllowed(ruleFor(rules, 'a.test/secret/x:1'), 'a.test/secret/x:1'));
    expect(error.code).toBe('registry-refused');
    expectAllowed(ruleFor(rules, 'a.test/public:1'), 'a.test/public:1');
  });

  it('may be insecure', () => {
    const text = `${entry('a.test', 'insecure = true')}[[registry.mirror]]\nlocation = "m.test:80/x"\ninsecure = true\n[[registry]]\nprefix = "*.w.test"\ninsecure = true`;
    const rules = rulesOf(text);
    expect(insecureHosts(ruleFor(rules, 'a.test/x'), 'a.test')).toEqual(['a.test', 'a.test', 'm.test:80']);
    expect(insecureHosts(ruleFor(rules, 'b.w.test/x'), 'b.w.test')).toEqual(['b.w.test']);
    expect(insecureHosts(ruleFor(rules, 'other.test/x'), 'other.test')).toEqual([]);
  });

  it('are told by the first version of the file too', () => {
    const rules = rulesOf(
      '[registries.search]\nregistries = ["docker.io"]\n[registries.insecure]\nregistries = ["i.test"]\n[registries.block]\nregistries = ["b.test"]',
    );
    expect(rules).toMatchObject([
      { prefix: 'b.test', blocked: true, insecure: false },
      { prefix: 'i.test', blocked: false, insecure: true },
    ]);
  });
});
