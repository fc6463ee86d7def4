import { describe, expect, it } from 'vitest';
import { placesOf, problemsOf, withHead } from './support.js';

/** Wraps one content of one layer; the content begins on line 6, column 9, and its further keys are indented so, too. */
const content = (...lines: readonly string[]): string =>
  withHead(`layers:\n  - name: app\n    contents:\n      - ${lines.join('\n        ')}\n`);
/** The keys of `debian` begin on line 9, column 11. */
const debian = (...lines: readonly string[]): string =>
  content('debian:', ...['suite: bookworm', 'packages: [hello]', ...lines].map((line) => `  ${line}`));
const fetch = (...lines: readonly string[]): string => content('fetch: https://e.org/x', 'to: /x', ...lines);
const image = (...lines: readonly string[]): string => content('image: debian:12', 'paths: [/bin/sh]', ...lines);
/** Users are on line 7 from column 19 on. */
const users = (...written: readonly string[]): string => content('accounts:', `  users: [${written.join(', ')}]`);
const groups = (...written: readonly string[]): string => content('accounts:', `  groups: [${written.join(', ')}]`);

const wrong = (...places: readonly string[]): string[] => places.map((place) => `manifest-wrong-value ${place}`);

type Row = readonly [title: string, text: string, expected: readonly string[]];

const url = (text: string): string => content(`fetch: ${text}`, 'to: /x');

const FETCH: readonly Row[] = [
  ['no place', content('fetch: https://e.org/x'), ['manifest-missing-key 6:9']],
  ['no URL', content('fetch: []', 'to: /x'), wrong('6:9')],
  ['an empty URL', url('""'), wrong('6:16')],
  ['nothing', url(''), ['manifest-wrong-type 6:9']],
  ['a number', url('5'), ['manifest-wrong-type 6:16']],
  ['a name', url('e.org/x'), wrong('6:16')],
  ['ftp', url('ftp://e.org/x'), wrong('6:16')],
  ['a file', url('file:///etc/passwd'), wrong('6:16')],
  ['a URL with one slash', url('https:/e.org/x'), wrong('6:16')],
  ['a URL with three slashes', url('https:///e.org/x'), wrong('6:16')],
  ['a URL with a backslash', url('https://e.org\\x'), wrong('6:16')],
  ['a URL with a space', url('https://e.org/a b'), wrong('6:16')],
  ['a URL with a line feed', url('"https://e.org/a\\nb"'), wrong('6:16')],
  ['a URL with a NUL', url('"https://e.org/a\\0b"'), wrong('6:16')],
  ['a user', url('https://me@e.org/x'), wrong('6:16')],
  ['a user and a password', url('https://me:secret@e.org/x'), wrong('6:16')],
  ['an empty user', url('https://@e.org/x'), wrong('6:16')],
  ['a fragment', url('"https://e.org/x#sha256=ab"'), wrong('6:16')],
  ['an empty fragment', url('"https://e.org/x#"'), wrong('6:16')],
  ['a port that is none', url('https://e.org:99999/x'), wrong('6:16')],
  ['a host that is none', url('https://e..%/x'), wrong('6:16')],
  [
    'mirrors that are none',
    url('[https://e.org/x, e.org/x, 5]'),
    ['manifest-wrong-value 6:34', 'manifest-wrong-type 6:43'],
  ],
  ['one URL in two spellings', url('[https://e.org/x, "HTTPS://e.org:443/./x"]'), ['manifest-duplicate 6:34']],
  ['a digest with its algorithm', fetch(`sha256: sha256:${'a'.repeat(64)}`), wrong('8:17')],
  ['a digest in upper case', fetch(`sha256: ${'A'.repeat(64)}`), wrong('8:17')],
  ['a digest that is too short', fetch('sha256: abc'), wrong('8:17')],
  ['a limit of nothing', fetch('limit: 0'), wrong('8:16')],
  ['a limit of nothing, as text', fetch('limit: 0MB'), wrong('8:16')],
  ['a limit below nothing', fetch('limit: -1'), wrong('8:16')],
  ['a limit of 1 TiB and a byte', fetch('limit: 1099511627777'), wrong('8:16')],
  ['a limit of more than 1 TiB', fetch('limit: 1025GiB'), wrong('8:16')],
  ['a limit with a point', fetch('limit: 1.5'), ['manifest-wrong-type 8:16']],
  ['a limit with a point and a unit', fetch('limit: 1.5GB'), wrong('8:16')],
  ['a limit in octal', fetch('limit: 0755'), wrong('8:16')],
  ['a limit with 0 in front', fetch('limit: 05MB'), wrong('8:16')],
  ['a limit without number', fetch('limit: MB'), wrong('8:16')],
  ['a limit of an unknown unit', fetch('limit: 5 parsecs'), wrong('8:16')],
  ['a limit of a unit of JavaScript', fetch('limit: 5 constructor'), wrong('8:16')],
  ['an archive to strip below nothing', fetch('extract: { strip: -1 }'), wrong('8:27')],
  ['an archive to strip by text', fetch('extract: { strip: "1" }'), ['manifest-wrong-type 8:27']],
  ['an archive that is true', fetch('extract: true'), ['manifest-wrong-type 8:18']],
  ['an unknown key of extract', fetch('extract: { path: a }'), ['manifest-unknown-key 8:20']],
  ['globs that lead out of an archive', fetch('extract: { include: [/a], exclude: [../b] }'), wrong('8:30', '8:45')],
  ['a relative place', content('fetch: https://e.org/x', 'to: x'), wrong('7:13')],
  ['a directory for a URL without name', content('fetch: https://e.org/', 'to: /x/'), wrong('7:13')],
  ['a directory for a URL of a host', content('fetch: https://e.org', 'to: /'), wrong('7:13')],
  ['a directory for a name with a slash', content('fetch: https://e.org/a%2Fb', 'to: /x/'), wrong('7:13')],
  ['a directory for a name that is dots', content('fetch: https://e.org/a%2F..', 'to: /x/'), wrong('7:13')],
  ['a directory for a name like a whiteout', content('fetch: https://e.org/.wh.a', 'to: /x/'), wrong('7:13')],
  ['a directory for a name that is no text', content('fetch: https://e.org/%ff', 'to: /x/'), wrong('7:13')],
];

const header = (text: string): string => fetch(`headers: ${text}`);

const HEADERS: readonly Row[] = [
  ['a value', header('{ authorization: abc }'), ['manifest-wrong-type 8:35']],
  ['a list', header('[authorization]'), ['manifest-wrong-type 8:9']],
  ['no variable', header('{ authorization: { prefix: a } }'), ['manifest-missing-key 8:20']],
  ['an unknown key', header('{ authorization: { env: A, value: b } }'), ['manifest-unknown-key 8:45']],
  ['a variable with a hyphen', header('{ authorization: { env: MY-TOKEN } }'), wrong('8:42')],
  ['a variable with $', header('{ authorization: { env: $TOKEN } }'), wrong('8:42')],
  ['no name of a variable', header('{ authorization: { env: "" } }'), wrong('8:42')],
  ['a prefix of two lines', header('{ a: { env: A, prefix: "b\\r\\nc: d" } }'), wrong('8:41')],
  ['a prefix that is not ASCII', header('{ a: { env: A, prefix: "ü" } }'), wrong('8:41')],
  ['a prefix that begins with a space', header('{ a: { env: A, prefix: " b" } }'), wrong('8:41')],
  ['a name with a space', header('{ "a b": { env: A } }'), wrong('8:20')],
  ['a name with a colon', header('{ "a:": { env: A } }'), wrong('8:20')],
  ['no name', header('{ "": { env: A } }'), wrong('8:20')],
  ['a name twice', header('{ A: { env: A }, a: { env: B } }'), ['manifest-duplicate 8:35']],
  ...[
    ...['Host', 'Connection', 'Transfer-Encoding', 'TE', 'Upgrade', 'Trailer', 'Keep-Alive', 'Proxy-Authorization'],
    ...['Range', 'If-Range', 'If-None-Match', 'Accept-Encoding', 'Content-Length', 'Expect', 'User-Agent', 'Cookie'],
  ].map((name): Row => [name, header(`{ ${name}: { env: A } }`), wrong('8:20')]),
];

const packages = (text: string): string => content('debian:', '  suite: bookworm', `  packages: [${text}]`);
const suite = (text: string): string => content('debian:', `  suite: ${text}`, '  packages: [hello]');

const DEBIAN: readonly Row[] = [
  ['a list of packages', content('debian: [hello]'), ['manifest-wrong-type 6:9']],
  ['neither suite nor packages', content('debian: {}'), ['manifest-missing-key 6:9', 'manifest-missing-key 6:9']],
  ['no packages', packages(''), wrong('8:11')],
  ['an unknown key', debian('release: 12'), ['manifest-unknown-key 9:11']],
  [
    'a key that belongs into debian',
    content('debian: { suite: a, packages: [hello] }', 'slim: true'),
    ['manifest-unknown-key 7:9'],
  ],
  ...[
    ['in upper case', 'Hello'],
    ['of one letter', 'a'],
    ['that begins with a sign', '-hello'],
    ['with an underscore', 'a_b'],
    ['with a glob', '"lib*"'],
    ['with an architecture', '"hello:amd64"'],
    ['with a suite', 'hello/bookworm'],
    ['of a range', '"hello (>= 2.0)"'],
    ['of a range without spaces', '"hello>=2.0"'],
    ['of a range of apt', '"hello<<2.0"'],
    ['with two equals signs', 'hello==2.0'],
    ['without version', 'hello='],
    ['with a version that is none', 'hello=newest'],
    ['with an epoch that is none', '"hello=a:1.0"'],
    ['with two epochs', '"hello=1:2:3"'],
    ['with an empty revision', 'hello=1.0-'],
    ['with a slash in its version', 'hello=1.0/2'],
    ['with an underscore in its version', 'hello=1.0_2'],
    ['that ends with a line', '"hello\\n"'],
    ['with a version that ends with a line', '"hello=1\\n"'],
    ['of nothing', '""'],
  ].map(([title, text]): Row => [`a package ${title}`, packages(text!), wrong('8:22')]),
  ['a package that is a number', packages('7'), ['manifest-wrong-type 8:22']],
  ['a package twice', packages('hello, hello'), ['manifest-duplicate 8:29']],
  ['a package in two versions', packages('hello=1, "hello=2"'), ['manifest-duplicate 8:31']],
  ...[
    ['that leads up', '..'],
    ['that leads up between', 'a/../b'],
    ['that is absolute', '/bookworm'],
    ['of an archive without suites', './'],
    ['of a directory', 'bookworm/'],
    ['with two slashes', 'a//b'],
    ['with a query', 'a?b'],
    ['with a fragment', '"a#b"'],
    ['with an escape', 'a%2e'],
    ['with a space', 'bookworm main'],
    ['that begins with a point', '.a'],
    ['that ends with a line', '"bookworm\\n"'],
    ['of nothing', '""'],
  ].map(([title, text]): Row => [`a suite ${title}`, suite(text!), wrong('7:18')]),
  ['a suite that is a number', suite('12'), ['manifest-wrong-type 7:18']],
  ['a mirror that is no URL', debian('mirror: deb.debian.org'), wrong('9:19')],
  ['a mirror with a password', debian('mirror: http://a:b@e.org/debian'), wrong('9:19')],
  ['a mirror with a query', debian('mirror: http://e.org/debian?'), wrong('9:19')],
  ['a mirror with a fragment', debian('mirror: "http://e.org/debian#a"'), wrong('9:19')],
  ['a mirror that is a suite', debian('mirror: http://e.org/debian/dists/bookworm'), wrong('9:19')],
  ['a mirror that is a pool', debian('mirror: http://e.org/debian/pool'), wrong('9:19')],
  ['a mirror as in sources.list', debian('mirror: deb http://e.org/debian bookworm main'), wrong('9:19')],
  ['no mirrors', debian('mirror: []'), wrong('9:11')],
  ['a mirror twice', debian('mirror: [http://e.org/a, http://e.org/a/]'), ['manifest-duplicate 9:36']],
  ...[
    ['of today', 'latest'],
    ['with signs', '2025-05-20T00:00:00Z'],
    ['of a day', '"20250520"'],
    ['on the 30th of February', '20250230T000000Z'],
    ['at 24 hours', '20250520T240000Z'],
    ['of another zone', '20250520T000000+0200'],
    ['with a path', '20250520T000000Z/..'],
    ['that ends with a line', '"20250520T000000Z\\n"'],
  ].map(([title, text]): Row => [`a snapshot ${title}`, debian(`snapshot: ${text}`), wrong('9:21')]),
  ['a snapshot that is a number', debian('snapshot: 20250520'), ['manifest-wrong-type 9:21']],
  ['a snapshot and a mirror', debian('mirror: http://e.org/a', 'snapshot: 20250520T000000Z'), wrong('10:11')],
  ['a snapshot before a mirror', debian('snapshot: 20250520T000000Z', 'mirror: http://e.org/a'), wrong('9:11')],
  ['an archive without snapshot', debian('archive: debian-security'), ['manifest-missing-key 9:11']],
  ['an archive of a mirror', debian('mirror: http://e.org/a', 'archive: a'), ['manifest-missing-key 10:11']],
  ['an archive with a slash', debian('snapshot: 20250520T000000Z', 'archive: a/..'), wrong('10:20')],
  ['no components', debian('components: []'), wrong('9:11')],
  ['components as text', debian('components: main'), ['manifest-wrong-type 9:23']],
  ['components in one text', debian('components: [main contrib]'), wrong('9:24')],
  ['components that lead up', debian('components: [.., /main, a/]'), wrong('9:24', '9:28', '9:35')],
  ['a component twice', debian('components: [main, main]'), ['manifest-duplicate 9:30']],
  [
    'a mirror and a component of a source twice',
    debian('sources: [{ suite: a, mirror: [http://e.org/a/, http://e.org/a], components: [b, b] }]'),
    ['manifest-duplicate 9:59', 'manifest-duplicate 9:92'],
  ],
  ['a source without suite', debian('sources: [{ mirror: http://e.org/a }]'), ['manifest-missing-key 9:21']],
  ['a source as text', debian('sources: [bookworm-updates]'), ['manifest-wrong-type 9:21']],
  ['a source of the first suite', debian('sources: [{ suite: bookworm }]'), ['manifest-duplicate 9:30']],
  ['two sources of one suite', debian('sources: [{ suite: a }, { suite: a }]'), ['manifest-duplicate 9:44']],
  [
    'sources that are none',
    debian('sources: [{ suite: .., mirror: a, components: [".."], archive: A }]'),
    wrong('9:30', '9:42', '9:58', '9:74'),
  ],
  [
    'a source with a snapshot and a mirror',
    debian('sources: [{ suite: a, mirror: http://e.org/a, snapshot: 20250520T000000Z }]'),
    wrong('9:57'),
  ],
  ['a snapshot of a source that is none', debian('sources: [{ suite: a, snapshot: now }]'), wrong('9:43')],
  [
    'an archive of a source without snapshot',
    debian('sources: [{ suite: a, archive: b }]'),
    ['manifest-missing-key 9:33'],
  ],
  [
    'an archive of a source with a mirror',
    debian('snapshot: 20250520T000000Z', 'sources: [{ suite: a, mirror: http://e.org/a, archive: b }]'),
    ['manifest-missing-key 10:57'],
  ],
  ['an absolute keyring', debian('keyring: /usr/share/keyrings/a.gpg'), wrong('9:20')],
  ['an excluded package that is none', debian('exclude: [A, "hello=1"]'), wrong('9:21', '9:24')],
  ['an excluded package twice', debian('exclude: [ab, ab]'), ['manifest-duplicate 9:25']],
  ['a package that is asked for and excluded', debian('exclude: [hello]'), wrong('9:21')],
  ['recommends as text', debian('recommends: "no"'), ['manifest-wrong-type 9:23']],
  ['no paths', debian('paths: []'), wrong('9:11')],
  ['relative paths', debian('paths: [usr/bin/hello]'), wrong('9:19')],
  ['paths that are everything', debian('paths: [/]'), wrong('9:19')],
  ['paths that lead up', debian('paths: [/usr/../bin, /./a, //a]'), wrong('9:19', '9:32', '9:38')],
  ['a path of 4097 bytes', debian(`paths: [${'/abc'.repeat(1024)}/]`), wrong('9:19')],
  ['a path twice', debian('paths: [/usr, /usr/]'), ['manifest-duplicate 9:25']],
  ['a closure without paths', debian('closure: true'), ['manifest-missing-key 9:11']],
  ['a closure with settings without paths', debian('closure: {}'), ['manifest-missing-key 9:11']],
];

const closure = (text: string, ...more: readonly string[]): string => image(`closure: ${text}`, ...more);

const CLOSURES: readonly Row[] = [
  ['a text', closure('yes'), ['manifest-wrong-type 8:18']],
  ['a list', closure('[/a]'), ['manifest-wrong-type 8:9']],
  ['an unknown key', closure('{ extra: [/a] }'), ['manifest-unknown-key 8:20']],
  ['no extras', closure('{ extras: [] }'), wrong('8:20')],
  ['relative extras', closure('{ extras: [a, /] }'), wrong('8:29', '8:32')],
  ['an extra twice', closure('{ extras: [/a, /a] }'), ['manifest-duplicate 8:33']],
  ['extras as text', closure('{ extras: /a }'), ['manifest-wrong-type 8:28']],
  ['a name service as text', closure('{ name-service: "yes" }'), ['manifest-wrong-type 8:34']],
  ['extras without it', image('extras: [/a]'), ['manifest-missing-key 8:9']],
  ['extras where it is false', closure('false', 'extras: [/a]'), ['manifest-missing-key 9:9']],
  ['extras beside settings', closure('{ name-service: true }', 'extras: [/a]'), wrong('9:9')],
  ['relative extras beside it', closure('true', 'extras: [a]'), wrong('9:18')],
  ['an extra twice beside it', closure('true', 'extras: [/a, /a/]'), ['manifest-duplicate 9:22']],
  ['of files: extras without it', content('files: a', 'to: /', 'extras: [/a]'), ['manifest-missing-key 8:9']],
  ['of files: relative extras', content('files: a', 'to: /', 'closure: { extras: [a] }'), wrong('8:29')],
  ['of packages: extras without it', debian('paths: [/a]', 'extras: [/a]'), ['manifest-missing-key 10:11']],
  ['of packages: relative extras', debian('paths: [/a]', 'closure: { extras: [a] }'), wrong('10:31')],
  ['of packages: extras beside settings', debian('paths: [/a]', 'closure: {}', 'extras: [/a]'), wrong('11:11')],
  [
    'of packages: an extra twice',
    debian('paths: [/a]', 'closure: true', 'extras: [/a, /a]'),
    ['manifest-duplicate 11:24'],
  ],
  ['of text', content('text: a', 'to: /a', 'closure: true'), ['manifest-unknown-key 8:9']],
  [
    'of an artifact',
    withHead(
      'artifacts: { a: { run: x } }\nlayers: [{ name: a, contents: [{ artifact: a, to: /a, closure: true }] }]\n',
    ),
    ['manifest-unknown-key 4:55'],
  ],
];

const named = (text: string): string => content(`image: ${text}`, 'paths: [/bin/sh]');

const IMAGES: readonly Row[] = [
  ['no paths', content('image: debian:12'), ['manifest-missing-key 6:9']],
  ['an empty list of paths', content('image: debian:12', 'paths: []'), wrong('7:9')],
  ['relative paths', content('image: debian:12', 'paths: [bin/sh]'), wrong('7:17')],
  ['the root', content('image: debian:12', 'paths: [/]'), wrong('7:17')],
  ['scratch', named('scratch'), wrong('6:16')],
  ['an empty name', named('""'), wrong('6:16')],
  ['a name in upper case', named('ghcr.io/Team/app'), wrong('6:16')],
  ['a digest that is none', named('debian@sha256:abc'), wrong('6:16')],
  ['a misspelt transport', named('oci-archve:file'), wrong('6:16')],
  ['another image.yaml', named('./other/image.yaml'), ['manifest-not-supported 6:16']],
  ['a directory', named('../other'), ['manifest-not-supported 6:16']],
  ['a relative place', image('to: opt'), wrong('8:13')],
  ['one place for several paths', content('image: debian:12', 'paths: [/a, /b]', 'to: /opt'), wrong('8:13')],
  ['a place and a closure', image('to: /opt/', 'closure: true'), wrong('8:9')],
  ['a place and a closure with settings', image('closure: {}', 'to: /opt/'), wrong('9:9')],
  ['an owner', image('owner: 1:1'), ['manifest-unknown-key 8:9']],
];

const ACCOUNTS: readonly Row[] = [
  ['a list', content('accounts: []'), ['manifest-wrong-type 6:9']],
  ['an unknown key', content('accounts: { user: [] }'), ['manifest-unknown-key 6:21']],
  ['replace', content('accounts: {}', 'replace: true'), ['manifest-unknown-key 7:9']],
  ['a user of a name alone', users('{ name: app }'), ['manifest-missing-key 7:19', 'manifest-missing-key 7:19']],
  ['a user of a name as text', users('app'), ['manifest-wrong-type 7:19']],
  ...['App', 'a.b', '1a', '"a:b"', '"a\\nb"', '"a\\n"', '""', 'a'.repeat(33)].map(
    (name): Row => [`a user ${name}`, users(`{ name: ${name}, uid: 1, gid: 1 }`), wrong('7:27')],
  ),
  [
    'numbers as text',
    users('{ name: a, uid: "1", gid: "1" }'),
    ['manifest-wrong-type 7:35', 'manifest-wrong-type 7:45'],
  ],
  ['numbers beyond the last', users('{ name: a, uid: 4294967295, gid: -1 }'), wrong('7:35', '7:52')],
  ['a number in octal', users('{ name: a, uid: 0100, gid: 1 }'), wrong('7:35')],
  ['a relative home', users('{ name: a, uid: 1, gid: 1, home: a }'), wrong('7:52')],
  ['a home with a colon', users('{ name: a, uid: 1, gid: 1, home: "/a:b" }'), wrong('7:52')],
  ['a home of two lines', users('{ name: a, uid: 1, gid: 1, home: "/a\\nroot" }'), wrong('7:52')],
  ['a home that leads up', users('{ name: a, uid: 1, gid: 1, home: /a/../b }'), wrong('7:52')],
  ['a home that is empty', users('{ name: a, uid: 1, gid: 1, home: "" }'), wrong('7:52')],
  ['a relative shell', users('{ name: a, uid: 1, gid: 1, shell: bash }'), wrong('7:53')],
  ['a shell with a colon', users('{ name: a, uid: 1, gid: 1, shell: "/a:b" }'), wrong('7:53')],
  ['a shell with a NUL', users('{ name: a, uid: 1, gid: 1, shell: "/a\\0" }'), wrong('7:53')],
  ['a name twice', users('{ name: a, uid: 1, gid: 1 }', '{ name: a, uid: 2, gid: 1 }'), ['manifest-duplicate 7:56']],
  ['a number twice', users('{ name: a, uid: 1, gid: 1 }', '{ name: b, uid: 1, gid: 1 }'), ['manifest-duplicate 7:64']],
  ['another root', users('{ name: toor, uid: 0, gid: 0 }'), wrong('7:38')],
  ['root with another number', users('{ name: root, uid: 1, gid: 0 }'), wrong('7:38')],
  ['a group without number', groups('{ name: a }'), ['manifest-missing-key 7:20']],
  ['a group twice', groups('{ name: a, gid: 1 }', '{ name: a, gid: 2 }'), ['manifest-duplicate 7:49']],
  ['a number of groups twice', groups('{ name: a, gid: 1 }', '{ name: b, gid: 1 }'), ['manifest-duplicate 7:57']],
  ['another group of root', groups('{ name: wheel, gid: 0 }'), wrong('7:40')],
  ['a group root with another number', groups('{ name: root, gid: 5 }'), wrong('7:39')],
  ['a member twice', groups('{ name: a, gid: 1, members: [b, b] }'), ['manifest-duplicate 7:52']],
  [
    'members that are none',
    groups('{ name: a, gid: 1, members: ["b:", "b,c", 5] }'),
    [...wrong('7:49', '7:55'), 'manifest-wrong-type 7:62'],
  ],
];

const REST: readonly Row[] = [
  ['certificates as text', content('certificates: ca.pem'), ['manifest-wrong-type 6:23']],
  ['an absolute certificate', content('certificates: [/etc/ca.pem]'), wrong('6:24')],
  ['a certificate twice', content('certificates: [a.pem, a.pem]'), ['manifest-duplicate 6:31']],
  ['an empty certificate', content('certificates: [""]'), wrong('6:24')],
  ['nothing to remove', content('remove: []'), wrong('6:9')],
  ['a path to remove as text', content('remove: /a'), ['manifest-wrong-type 6:17']],
  ['the root to remove', content('remove: [/]'), wrong('6:18')],
  ['a relative path to remove', content('remove: [a]'), wrong('6:18')],
  ['a path to remove that leads up', content('remove: [/a/..]'), wrong('6:18')],
  ['a path to remove like a whiteout', content('remove: [/a/.wh.b]'), wrong('6:18')],
  ['a path to remove twice', content('remove: [/a, /a/]'), ['manifest-duplicate 6:22']],
  ['a removal that replaces', content('remove: [/a]', 'replace: true'), ['manifest-unknown-key 7:9']],
  ...(
    [
      ['an unknown way to split', 'packages', wrong('3:28')],
      ['to split by true', 'true', ['manifest-wrong-type 3:28']],
      ['to split without a way', '{ budget: 5 }', ['manifest-missing-key 3:21']],
      ['to split by an unknown way', '{ by: file }', wrong('3:34')],
      ['a budget of nothing', '{ by: package, budget: 0 }', wrong('3:51')],
      ['a budget of 101', '{ by: package, budget: 101 }', wrong('3:51')],
      ['a budget as text', '{ by: package, budget: "5" }', ['manifest-wrong-type 3:51']],
      ['an unknown key of split', '{ by: package, size: 5 }', ['manifest-unknown-key 3:43']],
    ] as const
  ).map(
    ([title, text, expected]): Row => [
      title,
      withHead(`layers: [{ name: a, split: ${text}, contents: [] }]\n`),
      expected,
    ],
  ),
];

const GROUPS = { FETCH, HEADERS, DEBIAN, CLOSURES, IMAGES, ACCOUNTS, REST };

describe.each(Object.entries(GROUPS))('parseManifest refuses in contents, %s:', (_, rows) => {
  it.each(rows)('%s', (_title, text, expected) => {
    expect(placesOf(text)).toEqual(expected);
  });
});

describe('a problem of a content', () => {
  const only = (text: string) => {
    const problems = problemsOf(text);
    expect(problems).toHaveLength(1);
    return problems[0]!;
  };

  it.each([
    ['a scheme', url('htps://e.org/x'), 'Did you mean "https://…"?'],
    ['a file', url('file:///etc/passwd'), 'Put it beside image.yaml and use "files".'],
    ['a sum in a URL', url('"https://e.org/x#sha256=ab"'), 'Write the sum as sha256.'],
    ['a user', url('https://me@e.org/x'), 'Put user and password into a netrc file.'],
    ['a number for a URL', url('5'), 'Write it as a string: fetch: "5".'],
    ['a unit in lower case', fetch('limit: 500mb'), 'Did you mean "500MB"?'],
    ['half a unit', fetch('limit: 2Gi'), 'Did you mean "2GiB"?'],
    ['a header', fetch('headers: { authorization: { evn: A } }'), 'Did you mean "env"?'],
    ['a package in upper case', packages('Nginx'), 'Did you mean "nginx"?'],
    ['an architecture', packages('"nginx:amd64"'), 'The platform of the image says which: "nginx".'],
    ['a range', packages('"nginx (>= 1.2)"'), 'Ask for one version, "nginx=VERSION", or for the newest, "nginx".'],
    [
      'a flat archive',
      suite('./'),
      'Only archives with /dists/SUITE/ are supported; write the name of a suite: bookworm.',
    ],
    [
      'a mirror of a suite',
      debian('mirror: http://e.org/debian/dists/a'),
      'Write what stands before "/dists": "http://e.org/debian".',
    ],
    ['a snapshot with signs', debian('snapshot: 2025-05-20T01:02:03Z'), 'Did you mean "20250520T010203Z"?'],
    ['a snapshot of a day', debian('snapshot: "20250520"'), 'Did you mean "20250520T000000Z"?'],
    ['components in one text', debian('components: [main contrib]'), 'Make each an item of the list: [main, contrib].'],
    ['a setting of debian', debian('recomends: true'), 'Did you mean "recommends"?'],
    ['a relative path', image('closure: true', 'extras: [usr/lib/a.so]'), 'Begin it with "/": "/usr/lib/a.so".'],
    ['a closure', closure('yes'), 'Write true or false.'],
    ['a transport', named('oci-archve:file'), 'Did you mean "oci-archive"?'],
    ['a layout without its transport', named('./out'), 'For an OCI layout there write "oci:./out".'],
    ['a place of several paths', content('image: a', 'paths: [/a, /b]', 'to: /opt'), 'End it with "/": "/opt/".'],
    ['a way to split', withHead('layers: [{ name: a, split: pakage, contents: [] }]\n'), 'Did you mean "package"?'],
  ])('says what was meant with %s', (_, text, hint) => {
    expect(only(text).hint).toBe(hint);
  });

  it.each([
    [
      'a user',
      url('https://me:hidden@e.org/x'),
      'layers[0].contents[0].fetch is "https://…@e.org/x", which holds a user or password',
    ],
    [
      'a password for nothing',
      url('https://me:hidden@/x'),
      'layers[0].contents[0].fetch is "https://…@/x", which holds a user or password',
    ],
    [
      'a number that is there',
      users('{ name: a, uid: 1, gid: 1 }', '{ name: b, uid: 1, gid: 1 }'),
      'layers[0].contents[0].accounts.users[1].uid is 1, which is there already',
    ],
    [
      'two spellings',
      packages('hello=1, hello'),
      'layers[0].contents[0].debian.packages[1] is "hello", which is the same as "hello=1"',
    ],
    [
      'another root',
      users('{ name: toor, uid: 0, gid: 0 }'),
      'layers[0].contents[0].accounts.users[0].uid is 0, which is root',
    ],
    [
      'a header',
      header('{ Range: { env: A } }'),
      'layers[0].contents[0].headers has "Range", which is set by tbuild itself',
    ],
    ['scratch', named('scratch'), 'layers[0].contents[0].image is "scratch", which holds no files'],
    [
      'a mirror and a snapshot',
      debian('sources: [{ suite: a, mirror: http://e.org/a, snapshot: 20250520T000000Z }]'),
      'layers[0].contents[0].debian.sources[0] has both "mirror" and "snapshot"',
    ],
    ['a closure of everything', debian('closure: true'), 'layers[0].contents[0].debian has "closure" without "paths"'],
    [
      'another manifest',
      named('./other/image.yaml'),
      'layers[0].contents[0].image is "./other/image.yaml", and files of another image.yaml are not supported yet',
    ],
  ])('is said of %s', (_, text, message) => {
    expect(only(text).message).toBe(message);
  });

  it.each([
    ['the value of a header', header('{ authorization: Bearer hidden }')],
    ['the password of a URL', url('https://me:hidden@e.org/x')],
    ['the password of a mirror', debian('mirror: https://me:hidden@e.org/x')],
  ])('does not show %s', (_, text) => {
    const problem = only(text);
    expect(JSON.stringify({ ...problem, message: problem.message })).not.toContain('hidden');
    expect(problem.at).toEqual({
      file: 'image.yaml',
      line: expect.any(Number),
      column: expect.any(Number),
      length: expect.any(Number),
    });
  });

  it('says where the first of two suites stands', () => {
    expect(only(debian('sources: [{ suite: bookworm }]')).related).toMatchObject([{ at: { line: 7, column: 18 } }]);
  });

  it('comes with all others, sorted by position', () => {
    const text = debian(
      'closure: true',
      'mirror: a',
      'snapshot: b',
      'exclude: [hello, B]',
      'sources: [{ suite: bookworm }]',
    );
    expect(placesOf(text)).toEqual([
      'manifest-missing-key 9:11',
      ...wrong('10:19', '11:21', '12:21', '12:28'),
      'manifest-duplicate 13:30',
    ]);
  });
});
