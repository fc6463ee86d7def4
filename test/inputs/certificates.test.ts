import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCertificates } from '../../src/inputs/certificates.js';
import type { CertificatesContent } from '../../src/manifest/index.js';
import { type Entry, type FileTree, treeOf } from '../../src/tree/index.js';
import { directory, file, symlink } from '../tree/support.js';
import { one, three, two } from './certificate-samples.js';
import { at, contextIn, failureOf, inDirectory, type Layout, lay, textOf } from './support.js';

function certificates(...sources: readonly string[]): CertificatesContent {
  const places = sources.map((path, i) => ({ path, at: { ...at, line: 10 + i } }));
  return { kind: 'certificates', sources: places, owner: { uid: 7, gid: 7 }, replace: false, at };
}

function read(content: CertificatesContent, layout: Layout, below: readonly Entry[]): Promise<FileTree> {
  return inDirectory(async (top) => {
    lay(top, layout);
    return readCertificates(content, { ...contextIn(top), below: () => treeOf(below) });
  });
}

/** A tree with its directories, which only have to be there. */
function withDirectories(...entries: readonly Entry[]): readonly Entry[] {
  const holders = new Set(entries.flatMap(({ path }) => [...path.matchAll(/\//g)].map((m) => path.slice(0, m.index))));
  return [...entries, ...[...holders].map((path) => directory(path, 'declared'))];
}

const DEBIAN = 'etc/ssl/certs/ca-certificates.crt';
const FEDORA = 'etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem';
const packaged = withDirectories(
  file('usr/share/ca-certificates/mozilla/a.crt', two),
  file('usr/share/ca-certificates/mozilla/B.crt', one),
  file('usr/share/ca-certificates/mozilla/README', 'no certificate'),
);

describe('certificates', () => {
  const cases: readonly [string, readonly string[], readonly Entry[], Readonly<Record<string, string>>][] = [
    ['are put behind those of a bundle', ['one.pem'], withDirectories(file(DEBIAN, two)), { [DEBIAN]: two + one }],
    [
      'leave every byte of a bundle as it is',
      ['one.pem'],
      withDirectories(file(DEBIAN, `# Two \u00e9\r\n${two.trimEnd()}`)),
      { [DEBIAN]: `# Two \u00e9\r\n${two}${one}` },
    ],
    [
      'come into every bundle, and only where they lack',
      ['one.pem', 'two.pem'],
      withDirectories(file(DEBIAN, two), file('etc/ssl/ca-bundle.pem', one + two), file(FEDORA, '')),
      { [DEBIAN]: two + one, [FEDORA]: one + two },
    ],
    [
      'are put where a symlink leads',
      ['one.pem'],
      withDirectories(
        symlink('etc/pki/tls/certs/ca-bundle.crt', `/${FEDORA}`),
        symlink('etc/ssl/cert.pem', '../pki/tls/certs/ca-bundle.crt'),
        file(FEDORA, two),
      ),
      { [FEDORA]: two + one },
    ],
    ['are left out where a bundle has all of them', ['one.pem'], withDirectories(file(DEBIAN, one)), {}],
    ['leave a bundle alone where none are listed', [], withDirectories(file(DEBIAN, 'anything')), {}],
    ['make a bundle where there is none', ['one.pem'], [], { [DEBIAN]: one }],
    [
      'are found where an editor put something before their lines',
      ['marked.pem', 'indented.pem'],
      [],
      { [DEBIAN]: one + two + three },
    ],
    ['are written in one way, each once', ['all.pem', 'one.pem'], [], { [DEBIAN]: two + one }],
    [
      'come after those of the package ca-certificates',
      ['three.pem', 'one.pem'],
      packaged,
      { [DEBIAN]: one + two + three },
    ],
    ['may all be of the package', [], packaged, { [DEBIAN]: one + two }],
    [
      'of the package are left out where its settings say so',
      [],
      [...packaged, directory('etc'), file('etc/ca-certificates.conf', '# all\nmozilla/a.crt\n!mozilla/B.crt\n')],
      { [DEBIAN]: two },
    ],
    [
      'that lie in /usr/local come last',
      [],
      withDirectories(
        file('usr/local/share/ca-certificates/a.crt', one),
        symlink('usr/share/ca-certificates/z.crt', '../three.crt'),
        file('usr/share/three.crt', three),
      ),
      { [DEBIAN]: three + one },
    ],
  ];
  const layout = {
    'one.pem': one,
    'two.pem': two,
    'three.pem': three,
    'marked.pem': `\ufeff${one}\ufeff${two}`,
    'indented.pem': two + three.replaceAll(/^/gm, '\t '),
    'all.pem': `Two:\r\n${two.replaceAll('\n', '\r\n')}\nOne:\n${one.replaceAll(/(?<=\w{32})(?=\w{32})/g, '\n')}${two}`,
  };
  it.each(cases)('%s', async (_title, sources, below, expected) => {
    const tree = await read(certificates(...sources), layout, below);
    const found = await Promise.all(tree.entries.map(async (entry) => [entry.path, await textOf(entry)]));
    expect(Object.fromEntries(found)).toEqual(expected);
  });

  it('are root\u2019s, readable by all, where the bundle is new', async () => {
    const tree = await read(certificates('one.pem'), layout, []);
    expect(tree.get(DEBIAN)).toMatchObject({
      mode: 0o644,
      uid: 0,
      gid: 0,
      origin: { label: 'certificates one.pem', at },
    });
  });

  it('keep owner and mode of a bundle', async () => {
    const below = withDirectories(file(DEBIAN, two, { mode: 0o444, uid: 3 }));
    expect((await read(certificates('one.pem'), layout, below)).get(DEBIAN)).toMatchObject({ mode: 0o444, uid: 3 });
  });
});

describe('certificates that cannot be taken', () => {
  const key = '-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n';
  const broken = two.replace(/^(-+.*-+)\n..../, '$1\nAAAA');
  const cases: readonly [string, string, RegExp, string][] = [
    ['a private key', 'certificate-invalid', /^Block 2 of "x.pem" is a private key$/, one + key],
    [
      'a request',
      'certificate-invalid',
      /^Block 1 of "x.pem" is "CERTIFICATE REQUEST"/,
      one.replaceAll('CERTIFICATE', 'CERTIFICATE REQUEST'),
    ],
    ['a damaged one', 'certificate-invalid', /^Certificate 2 of "x.pem" is not valid/, one + broken],
    [
      'one that does not end',
      'certificate-invalid',
      /^Certificate 1 .* "-----END CERTIFICATE-----" is missing$/,
      one.slice(0, 100),
    ],
    ['one in another', 'certificate-invalid', /^Certificate 1 .* is missing$/, one.slice(0, 93) + two],
    ['one that is not base64', 'certificate-invalid', /is not base64$/, one.replace('M', '!')],
    [
      'one with something behind it',
      'certificate-invalid',
      /not in DER|not valid/,
      one.replace(/=*\n-----END/, (end) => `AAAA${end}`),
    ],
    ['no certificate', 'certificate-invalid', /^"x.pem" holds no certificate$/, 'hello\n'],
    ['an empty file', 'certificate-invalid', /^"x.pem" holds no certificate$/, ''],
  ];
  it.each(cases)('are refused: %s', async (_title, code, message, text) => {
    const error = await failureOf(read(certificates('x.pem'), { 'x.pem': text }, []));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.at).toMatchObject({ line: 10 });
  });

  it('are refused with a way out where they are DER', async () => {
    const error = await failureOf(read(certificates('x.pem'), { 'x.pem': '0\u0001' }, []));
    expect(error.hint).toMatch(/openssl x509 -inform der/);
  });

  it('are refused where a package is damaged, by the path in the image', async () => {
    const below = withDirectories(file('usr/share/ca-certificates/a.crt', 'x'));
    const error = await failureOf(read(certificates(), {}, below));
    expect(error.message).toBe('"/usr/share/ca-certificates/a.crt" holds no certificate');
  });

  const missing: readonly [string, string, RegExp, CertificatesContent, Layout][] = [
    ['a file that is not there', 'input-missing', /^"no.pem" does not exist$/, certificates('no.pem'), {}],
    ['a directory', 'input-kind', /^"d" is a directory, not a PEM file$/, certificates('d'), { 'd/': '' }],
    ['none at all', 'input-empty', /^No certificates are listed, and the image has none$/, certificates(), {}],
  ];
  it.each(missing)('are refused: %s', async (_title, code, message, content, layout) => {
    const error = await failureOf(read(content, layout, []));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });
});

const SHARED = '/usr/share/ca-certificates';

describe.skipIf(!existsSync(SHARED) || !existsSync(`/${DEBIAN}`))('the package ca-certificates of this machine', () => {
  it('gives the certificates that its script makes of it, in the same order', async () => {
    const names = readdirSync(SHARED, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.crt'));
    const settings = readFileSync('/etc/ca-certificates.conf', 'utf8');
    const below = withDirectories(
      ...names.map((name) => file(join(SHARED, name).slice(1), readFileSync(join(SHARED, name), 'utf8'))),
      file('etc/ca-certificates.conf', settings),
    );
    const made = await textOf((await read(certificates(), {}, below)).get(DEBIAN));
    expect(names.length).toBeGreaterThan(100);
    // What this machine trusts besides comes behind them.
    expect(readFileSync(`/${DEBIAN}`, 'utf8').startsWith(made)).toBe(true);
  });
});
