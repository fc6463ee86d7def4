import { describe, expect, it } from 'vitest';
import type { ContentDeclaration } from '../../src/manifest/index.js';
import { parse, parseFirst, problemsOf, withHead } from './support.js';

/** The contents of a layer with the owner 5:6; the first begins on line 7, column 5. */
const contents = (text: string): readonly ContentDeclaration[] =>
  parseFirst(withHead(`layers:\n- name: a\n  owner: 5:6\n  contents:\n${text}`)).layers[0]!.contents;
const first = (text: string): ContentDeclaration => contents(`  - ${text}\n`)[0]!;

const DIGEST = 'a'.repeat(64);
const LAYER_OWNER = { uid: 5, gid: 6 };
const hrefs = (urls: readonly URL[]): readonly string[] => urls.map(({ href }) => href);

describe('fetch', () => {
  const fetch = (text: string) => {
    const content = first(text);
    if (content.kind !== 'fetch') throw new Error(content.kind);
    return content;
  };

  it('has defaults', () => {
    const content = fetch('{ fetch: https://e.org/x, to: /x }');
    expect(content).toEqual({
      kind: 'fetch',
      urls: [{ url: new URL('https://e.org/x'), at: expect.objectContaining({ line: 7, column: 14, length: 15 }) }],
      digest: undefined,
      limitBytes: 2147483648,
      headers: [],
      extract: undefined,
      to: { path: 'x', intoDirectory: false },
      mode: undefined,
      capabilities: [],
      owner: LAYER_OWNER,
      replace: false,
      at: expect.objectContaining({ line: 7, column: 5 }),
    });
  });

  it('has everything that is written', () => {
    const content = fetch(`fetch: [https://e.org/a?b=c, "http://e.org:8080/d"]
    sha256: ${DIGEST}
    limit: 500MB
    headers: { PRIVATE-TOKEN: { env: _T1 }, Authorization: { env: TOKEN, prefix: "Bearer " } }
    extract: { strip: 1, include: ["bin/*"], exclude: [b] }
    to: /opt/
    mode: "0750"
    owner: 1:2
    capabilities: [chown]
    replace: true`);
    expect(content).toMatchObject({
      digest: `sha256:${DIGEST}`,
      limitBytes: 500_000_000,
      headers: [
        { name: 'authorization', variable: 'TOKEN', prefix: 'Bearer ', at: { line: 10, column: 45 } },
        { name: 'private-token', variable: '_T1', prefix: '', at: { line: 10, column: 16 } },
      ],
      extract: { strip: 1, selection: { include: [{ glob: 'bin/*', at: { line: 11 } }], exclude: [{ glob: 'b' }] } },
      to: { path: 'opt', intoDirectory: true },
      ...{ mode: 0o750, owner: { uid: 1, gid: 2 }, capabilities: ['chown'], replace: true },
    });
    expect(hrefs(content.urls.map(({ url }) => url))).toEqual(['https://e.org/a?b=c', 'http://e.org:8080/d']);
    expect(content.urls[1]!.at).toMatchObject({ line: 7, column: 34, length: 21 });
  });

  it.each([
    ['1', 1],
    ['1099511627776', 2 ** 40],
    ['"7"', 7],
    ['1kB', 1000],
    ['2 MB', 2_000_000],
    ['3GB', 3_000_000_000],
    ['1KiB', 1024],
    ['5MiB', 5_242_880],
    ['1024GiB', 2 ** 40],
  ])('limit: %s is %d bytes', (text, bytes) => {
    expect(fetch(`{ fetch: https://e.org/x, to: /x, limit: ${text} }`).limitBytes).toBe(bytes);
  });

  it.each([
    'http://localhost/x',
    'https://[::1]:8443/x',
    'https://e.org/a%20b',
    'https://e.org/a@b:c',
    'https://e.org/?x=%23',
    'https://e.org/~me/x',
  ])('takes %s', (text) => {
    expect(fetch(`{ fetch: "${text}", to: /x }`).urls[0]!.url.href).toBe(text);
  });

  it.each([
    ['https://e.org/a', '/x/'],
    ['https://e.org/a%20b', '/'],
    ['https://e.org/a/?b=c', '/x'],
    ['https://e.org/a?b=/', '/x/'],
    ['["https://e.org/a", "https://e.org/"]', '/x/'],
  ])('of %s goes to %s', (url, to) => {
    expect(fetch(`{ fetch: ${url.startsWith('[') ? url : `"${url}"`}, to: ${to} }`).to).toMatchObject({
      intoDirectory: to.endsWith('/'),
    });
  });

  it('may take everything out of an archive into a directory', () => {
    const content = fetch('{ fetch: https://e.org/, to: /opt/, extract: {} }');
    expect(content.extract).toEqual({ strip: 0, selection: { include: undefined, exclude: [] } });
  });

  it('says the same for headers in any order', () => {
    const names = (text: string) =>
      fetch(`{ fetch: https://e.org/x, to: /x, headers: ${text} }`).headers.map(({ name }) => name);
    expect(names('{ B: { env: A }, a: { env: A } }')).toEqual(['a', 'b']);
    expect(names('{ A: { env: A }, b: { env: A } }')).toEqual(['a', 'b']);
  });
});

describe('debian', () => {
  const debian = (text: string) => {
    const content = first(text);
    if (content.kind !== 'debian') throw new Error(content.kind);
    return content;
  };
  const sourcesOf = (text: string) =>
    debian(`debian: { packages: [hello], ${text} }`).sources.map(({ mirrors, at, ...source }) => ({
      ...source,
      mirrors: hrefs(mirrors),
    }));
  const DEBIAN = 'http://deb.debian.org/debian/';
  const SNAPSHOT = 'https://snapshot.debian.org/archive';

  it('has defaults', () => {
    expect(debian('debian: { suite: bookworm, packages: [hello] }')).toEqual({
      kind: 'debian',
      sources: [
        {
          mirrors: [new URL(DEBIAN)],
          suite: 'bookworm',
          components: ['main'],
          isSnapshot: false,
          at: expect.objectContaining({ line: 7, column: 22, length: 8 }),
        },
      ],
      keyring: undefined,
      packages: [
        { name: 'hello', version: undefined, at: expect.objectContaining({ line: 7, column: 43, length: 5 }) },
      ],
      exclude: [],
      recommends: false,
      essential: false,
      slim: false,
      paths: undefined,
      closure: undefined,
      owner: LAYER_OWNER,
      replace: false,
      at: expect.objectContaining({ line: 7, column: 5 }),
    });
  });

  it('has everything that is written', () => {
    const content = debian(`debian:
      suite: bookworm
      keyring: ./keys.gpg
      packages: [nginx-light, "libssl3=3.0.15-1~deb12u1", g++=4:12.2.0-3]
      exclude: [perl-base]
      recommends: true
      essential: true
      slim: true
      paths: [/usr/bin/curl, "/usr/lib/*/x/"]
      closure: { extras: [/usr/lib/a.so], name-service: true }
    replace: true`);
    expect(content).toMatchObject({
      keyring: { path: './keys.gpg', at: { line: 9, column: 16 } },
      packages: [
        { name: 'nginx-light', version: undefined },
        { name: 'libssl3', version: '3.0.15-1~deb12u1' },
        { name: 'g++', version: '4:12.2.0-3', at: { line: 10, column: 59 } },
      ],
      ...{ exclude: ['perl-base'], recommends: true, essential: true, slim: true, replace: true },
      paths: [{ glob: 'usr/bin/curl', at: { line: 15, column: 15 } }, { glob: 'usr/lib/*/x/' }],
      closure: { extras: [{ glob: 'usr/lib/a.so', at: { line: 16, column: 27 } }], nameService: true },
    });
  });

  it.each<[title: string, text: string, sources: readonly object[]]>([
    ['a mirror', 'suite: a, mirror: https://e.org/d', [{ suite: 'a', mirrors: ['https://e.org/d/'] }]],
    ['a mirror with a slash', 'suite: a, mirror: https://e.org/', [{ suite: 'a', mirrors: ['https://e.org/'] }]],
    [
      'mirrors',
      'suite: a, mirror: [http://e.org/d, http://f.org/d/]',
      [{ suite: 'a', mirrors: ['http://e.org/d/', 'http://f.org/d/'] }],
    ],
    [
      'a snapshot',
      'suite: a, snapshot: 20250520T000000Z',
      [{ suite: 'a', mirrors: [`${SNAPSHOT}/debian/20250520T000000Z/`], isSnapshot: true }],
    ],
    [
      'a snapshot of another archive',
      'suite: a, snapshot: 20240229T235959Z, archive: debian-ports',
      [{ suite: 'a', mirrors: [`${SNAPSHOT}/debian-ports/20240229T235959Z/`], isSnapshot: true }],
    ],
    [
      'components',
      'suite: stable/updates, components: [main, non-free-firmware, updates/main]',
      [{ suite: 'stable/updates', mirrors: [DEBIAN], components: ['main', 'non-free-firmware', 'updates/main'] }],
    ],
    [
      'more suites of another archive',
      'suite: a, sources: [{ suite: a-security, mirror: http://e.org/s, components: [contrib] }]',
      [
        { suite: 'a', mirrors: [DEBIAN] },
        { suite: 'a-security', mirrors: ['http://e.org/s/'], components: ['contrib'] },
      ],
    ],
    [
      'more suites of the same mirror',
      'suite: a, mirror: http://e.org/d, components: [contrib], sources: [{ suite: a-updates }]',
      [
        { suite: 'a', mirrors: ['http://e.org/d/'], components: ['contrib'] },
        { suite: 'a-updates', mirrors: ['http://e.org/d/'] },
      ],
    ],
    [
      'more suites of the same time',
      'suite: a, snapshot: 20250520T000000Z, sources: [{ suite: b }, { suite: c, archive: debian-security }]',
      [
        { suite: 'a', mirrors: [`${SNAPSHOT}/debian/20250520T000000Z/`], isSnapshot: true },
        { suite: 'b', mirrors: [`${SNAPSHOT}/debian/20250520T000000Z/`], isSnapshot: true },
        { suite: 'c', mirrors: [`${SNAPSHOT}/debian-security/20250520T000000Z/`], isSnapshot: true },
      ],
    ],
    [
      'a suite of another time',
      'suite: a, mirror: http://e.org/d, sources: [{ suite: b, snapshot: 20250520T000000Z }]',
      [
        { suite: 'a', mirrors: ['http://e.org/d/'] },
        { suite: 'b', mirrors: [`${SNAPSHOT}/debian/20250520T000000Z/`], isSnapshot: true },
      ],
    ],
    [
      'a suite of a mirror beside a snapshot',
      'suite: a, snapshot: 20250520T000000Z, sources: [{ suite: b, mirror: http://e.org/d }]',
      [
        { suite: 'a', mirrors: [`${SNAPSHOT}/debian/20250520T000000Z/`], isSnapshot: true },
        { suite: 'b', mirrors: ['http://e.org/d/'] },
      ],
    ],
  ])('comes from %s', (_, text, sources) => {
    const usual = { components: ['main'], isSnapshot: false };
    expect(sourcesOf(text)).toEqual(sources.map((source) => ({ ...usual, ...source })));
  });

  it('says where each source stands', () => {
    const { sources } = debian('debian: { packages: [hello], suite: a, sources: [{ suite: b }] }');
    expect(sources.map(({ at }) => at)).toMatchObject([
      { line: 7, column: 41, length: 1 },
      { line: 7, column: 54, length: 12 },
    ]);
  });

  it.each(['bookworm', 'bookworm-security', 'bookworm/updates', 'n.2_b~c+d', 'Debian12.1', '13x'])(
    'knows the suite %s',
    (suite) => {
      expect(sourcesOf(`suite: ${suite}`)[0]!.suite).toBe(suite);
    },
  );

  it.each([
    ['0ad', '0ad', undefined],
    ['libstdc++6', 'libstdc++6', undefined],
    ['ab=1', 'ab', '1'],
    ['ab=1:2.3-4', 'ab', '1:2.3-4'],
    ['ab=1.0-2-3', 'ab', '1.0-2-3'],
    ['ab=2.36-9+deb12u10~bpo1', 'ab', '2.36-9+deb12u10~bpo1'],
    ['ab=1.0~', 'ab', '1.0~'],
  ])('asks for %s', (text, name, version) => {
    const { packages } = debian(`debian: { suite: a, packages: ["${text}"] }`);
    expect(packages).toMatchObject([{ name, version }]);
  });
});

describe('closure', () => {
  const closureOf = (text: string) => {
    const content = first(text);
    return 'closure' in content ? content.closure : 'none';
  };
  const KINDS: readonly (readonly [kind: string, text: (closure: string) => string])[] = [
    ['files', (closure) => `{ files: root, to: /, include: [usr/bin/tool]${closure} }`],
    ['image', (closure) => `{ image: busybox, paths: [/bin/busybox]${closure} }`],
    ['debian', (closure) => `debian: { suite: a, packages: [hello], paths: [/usr]${closure} }`],
  ];

  describe.each(KINDS)('of %s', (_, text) => {
    it.each<[written: string, closure: object | undefined]>([
      ['', undefined],
      [', closure: false', undefined],
      [', closure: true', { extras: [], nameService: false }],
      [', closure: {}', { extras: [], nameService: false }],
      [', closure: { name-service: true }', { extras: [], nameService: true }],
      [', closure: { extras: ["/a/*.so"] }', { extras: [{ glob: 'a/*.so' }], nameService: false }],
      [', closure: true, extras: ["/a/*.so", "/{b,c}/d"]', { extras: [{ glob: 'a/*.so' }, { glob: '{b,c}/d' }] }],
    ])('%j', (written, closure) => {
      const found = closureOf(text(written));
      if (closure === undefined) expect(found).toBeUndefined();
      else expect(found).toMatchObject(closure);
    });
  });

  it('says where extras stand', () => {
    expect(closureOf('{ image: a, paths: [/a], closure: true, extras: [/b] }')).toMatchObject({
      extras: [{ at: { line: 7, column: 54, length: 2 } }],
    });
    expect(closureOf('{ image: a, paths: [/a], closure: { extras: [/b] } }')).toMatchObject({
      extras: [{ at: { line: 7, column: 50, length: 2 } }],
    });
  });
});

describe('image', () => {
  it('has defaults', () => {
    expect(first('{ image: busybox:1.36, paths: [/bin/busybox] }')).toEqual({
      kind: 'image',
      reference: { transport: 'docker', registry: 'docker.io', repository: 'library/busybox', tag: '1.36' },
      text: 'busybox:1.36',
      paths: [{ glob: 'bin/busybox', at: expect.objectContaining({ line: 7, column: 36, length: 12 }) }],
      to: undefined,
      closure: undefined,
      owner: LAYER_OWNER,
      replace: false,
      at: expect.objectContaining({ line: 7, column: 5 }),
    });
  });

  it.each([
    ['oci:../dir:v1', { transport: 'oci', path: '../dir', tag: 'v1' }],
    ['docker-archive:a.tar', { transport: 'docker-archive', path: 'a.tar' }],
    ['scratchy', { transport: 'docker', repository: 'library/scratchy' }],
  ])('comes from %s', (text, reference) => {
    expect(first(`{ image: ${text}, paths: [/a] }`)).toMatchObject({ text, reference });
  });

  it.each([
    ['[/a]', '/opt', { path: 'opt', intoDirectory: false }],
    ['[/a]', '/opt/', { path: 'opt', intoDirectory: true }],
    ['[/a, "/b/*"]', '/opt/', { path: 'opt', intoDirectory: true }],
    ['[/a, /b]', '/', { path: '', intoDirectory: true }],
  ])('of %s goes to %s', (paths, to, destination) => {
    expect(first(`{ image: a, paths: ${paths}, to: ${to}, replace: true }`)).toMatchObject({
      to: destination,
      replace: true,
    });
  });

  it('may say that there is no closure, and where everything goes', () => {
    expect(first('{ image: a, paths: [/a], to: /b, closure: false }')).toMatchObject({ to: { path: 'b' } });
  });
});

describe('accounts, certificates and remove', () => {
  it('accounts have users and groups', () => {
    const content = first(`accounts:
      users:
        - { name: app, uid: 1000, gid: 1000 }
        - { name: root, uid: 0, gid: 0, home: /root, shell: /bin/sh }
        - { name: _b-1, uid: 4294967294, gid: 0, home: / }
      groups:
        - { name: web, gid: 33, members: [app, Debian-exim, first.last] }
        - { name: root, gid: 0 }`);
    expect(content).toEqual({
      kind: 'accounts',
      users: [
        { name: 'app', uid: 1000, gid: 1000, home: '/', shell: '/sbin/nologin', at: at(9, 19, 3) },
        { name: 'root', uid: 0, gid: 0, home: '/root', shell: '/bin/sh', at: at(10, 19, 4) },
        { name: '_b-1', uid: 4294967294, gid: 0, home: '/', shell: '/sbin/nologin', at: at(11, 19, 4) },
      ],
      groups: [
        { name: 'web', gid: 33, members: ['app', 'Debian-exim', 'first.last'], at: at(13, 19, 3) },
        { name: 'root', gid: 0, members: [], at: at(14, 19, 4) },
      ],
      owner: LAYER_OWNER,
      replace: false,
      at: at(7, 5, 8),
    });
  });

  function at(line: number, column: number, length: number): unknown {
    return expect.objectContaining({ line, column, length });
  }

  it.each(['{}', '{ users: [] }', '{ users: [], groups: [] }'])('accounts may be none: %s', (text) => {
    expect(first(`accounts: ${text}`)).toMatchObject({ users: [], groups: [] });
  });

  it('a user and a group may have the same name and number', () => {
    const text = '{ users: [{ name: a, uid: 7, gid: 7 }, { name: b, uid: 8, gid: 7 }], groups: [{ name: a, gid: 7 }] }';
    expect(first(`accounts: ${text}`)).toMatchObject({ users: [{ uid: 7 }, { uid: 8 }], groups: [{ gid: 7 }] });
  });

  it('certificates are files', () => {
    expect(first('certificates: [./ca.pem, ../b.pem]')).toEqual({
      kind: 'certificates',
      sources: [
        { path: './ca.pem', at: at(7, 20, 8) },
        { path: '../b.pem', at: at(7, 30, 8) },
      ],
      owner: LAYER_OWNER,
      replace: false,
      at: at(7, 5, 12),
    });
    expect(first('certificates: []')).toMatchObject({ sources: [] });
  });

  it('remove names paths', () => {
    expect(first('remove: [/usr/share/doc/, "/a*b"]')).toEqual({
      kind: 'remove',
      paths: [
        { path: 'usr/share/doc', at: at(7, 14, 15) },
        { path: 'a*b', at: at(7, 31, 6) },
      ],
      owner: LAYER_OWNER,
      replace: false,
      at: at(7, 5, 6),
    });
  });
});

describe('split', () => {
  it.each([
    ['package', { by: 'package', budget: undefined }],
    ['source', { by: 'source', budget: undefined }],
    ['{ by: package }', { by: 'package', budget: undefined }],
    ['{ by: source, budget: 1 }', { by: 'source', budget: 1 }],
    ['{ by: package, budget: 100 }', { by: 'package', budget: 100 }],
  ])('%s', (text, split) => {
    const { layers } = parseFirst(withHead(`layers: [{ name: a, split: ${text}, contents: [] }]\n`));
    expect(layers[0]!.split).toMatchObject({ ...split, at: { line: 3 } });
  });

  it('is nothing where it is not written', () => {
    expect(parseFirst(withHead('layers: [{ name: a, contents: [] }]\n')).layers[0]!.split).toBeUndefined();
  });
});

describe('variables in contents', () => {
  const VARS = `vars: { v: "1", u: https://e.org, d: ${DIGEST}, s: bookworm, t: 20250520T000000Z, r: /usr, n: app, k: package }\n`;
  const layer = (text: string): string =>
    withHead(`${VARS}layers: [{ name: a, split: "\${k}", contents: [${text}] }]\n`);

  it.each<[kind: string, text: string, content: object]>([
    [
      'fetch',
      `{ fetch: ["\${u}/a-\${v}"], sha256: "\${d}", limit: "\${v}MB", to: "\${r}/a", headers: { a: { env: "T\${v}", prefix: "\${v} " } }, extract: { include: ["\${v}/*"] } }`,
      {
        digest: `sha256:${DIGEST}`,
        limitBytes: 1_000_000,
        to: { path: 'usr/a' },
        headers: [{ variable: 'T1', prefix: '1 ' }],
        extract: { selection: { include: [{ glob: '1/*' }] } },
      },
    ],
    [
      'debian',
      `{ debian: { suite: "\${s}", snapshot: "\${t}", archive: "a-\${v}", components: ["\${n}"], packages: ["\${n}=\${v}"], exclude: ["x\${v}"], keyring: "\${v}.gpg", paths: ["\${r}"], closure: { extras: ["\${r}/x"] } } }`,
      {
        sources: [{ suite: 'bookworm', components: ['app'], isSnapshot: true }],
        packages: [{ name: 'app', version: '1' }],
        exclude: ['x1'],
        keyring: { path: '1.gpg' },
        paths: [{ glob: 'usr' }],
        closure: { extras: [{ glob: 'usr/x' }] },
      },
    ],
    ['image', `{ image: "\${n}:\${v}", paths: ["\${r}"] }`, { text: 'app:1', paths: [{ glob: 'usr' }] }],
    [
      'accounts',
      `{ accounts: { users: [{ name: "\${n}", uid: 1, gid: 1, home: "\${r}/h", shell: "\${r}/s" }], groups: [{ name: "\${n}", gid: 1, members: ["\${n}"] }] } }`,
      {
        users: [{ name: 'app', home: '/usr/h', shell: '/usr/s' }],
        groups: [{ name: 'app', members: ['app'] }],
      },
    ],
    ['certificates', `{ certificates: ["\${n}.pem"] }`, { sources: [{ path: 'app.pem' }] }],
    ['remove', `{ remove: ["\${r}/share"] }`, { paths: [{ path: 'usr/share' }] }],
  ])('are replaced: %s', (_, text, content) => {
    const { layers } = parseFirst(layer(text));
    expect(layers[0]).toMatchObject({ split: { by: 'package' }, contents: [content] });
  });

  it('give each platform its own files', () => {
    const manifest = parse(
      withHead(
        'platforms: [linux/amd64, linux/arm64]\nlayers: [{ name: a, contents: [{ fetch: "https://e.org/${platform.architecture}", to: /x }] }]\n',
      ),
    );
    const urls = manifest.platforms.map((platform) => {
      const content = manifest.forPlatform(platform).layers[0]!.contents[0]!;
      return content.kind === 'fetch' ? content.urls[0]!.url.pathname : undefined;
    });
    expect(urls).toEqual(['/amd64', '/arm64']);
  });

  it('are checked with their values', () => {
    const codes = (text: string) => problemsOf(layer(text)).map(({ code, message }) => `${code}: ${message}`);
    expect(codes(`{ remove: ["\${v}"] }`)).toEqual([
      'manifest-wrong-value: layers[0].contents[0].remove[0] is "1", which is not absolute',
    ]);
    expect(codes(`{ fetch: "\${u}/x", to: /x, sha256: "\${v}" }`)).toEqual([
      'manifest-wrong-value: layers[0].contents[0].sha256 is "1", which is not allowed',
    ]);
  });
});
