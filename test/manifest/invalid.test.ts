import { describe, expect, it } from 'vitest';
import { placesOf, problemsOf, withHead } from './support.js';

/** Wraps one content of one layer; the content begins on line 6, column 9. */
const content = (text: string): string => withHead(`layers:\n  - name: app\n    contents:\n      - ${text}\n`);
const artifact = (text: string): string => withHead(`artifacts:\n  app:\n    run: make\n    ${text}\n`);

type Row = readonly [title: string, text: string, expected: readonly string[]];

const STRUCTURE: readonly Row[] = [
  ['nothing but a version', 'version: 1\n', ['manifest-missing-key 1:1']],
  ['neither version nor base', 'tags: [a]\n', ['manifest-missing-key 1:1', 'manifest-missing-key 1:1']],
  ['a list', '- version: 1\n', ['manifest-wrong-type 1:1']],
  ['a text', 'version 1\n', ['manifest-wrong-type 1:1']],
  ['a later version, and nothing else said', 'version: 2\nfoo: bar\n', ['manifest-version 1:10']],
  ['the version as text', 'version: "1"\nbase: scratch\n', ['manifest-wrong-type 1:10']],
  ['the version with a point', 'version: 1.0\nbase: scratch\n', ['manifest-wrong-value 1:10']],
  ['an unknown key', withHead('nmae: app\n'), ['manifest-unknown-key 3:1']],
  [
    'unknown keys deep down',
    withHead('config:\n  usr: a\n  commands: b\n'),
    twice('manifest-unknown-key', '4:3', '5:3'),
  ],
  ['an empty base', 'version: 1\nbase: ""\n', ['manifest-wrong-value 2:7']],
  ['a base without value', 'version: 1\nbase:\n', ['manifest-wrong-type 2:1']],
  ['a merge key', withHead('config:\n  <<: { user: a }\n'), ['yaml-alias 4:3']],
  ['a key that is a number', withHead('config:\n  labels: { 5: a }\n'), ['manifest-wrong-type 4:13']],
  ['a key that is a list', withHead('? [a]\n: b\n'), ['manifest-wrong-type 3:3']],
  ['a key that is nothing', withHead('config:\n  labels: { : a }\n'), ['manifest-wrong-type 4:12']],
  ['an empty key', withHead('config:\n  labels: { "": a }\n'), ['manifest-wrong-value 4:13']],
  ['a list where a map belongs', withHead('config: []\n'), ['manifest-wrong-type 3:1']],
  ['a required key that is misspelt', 'version: 1\nbsae: scratch\n', ['manifest-unknown-key 2:1']],
  ['a text where a list belongs', withHead('tags: latest\n'), ['manifest-wrong-type 3:7']],
];

function twice(code: string, ...places: string[]): string[] {
  return places.map((place) => `${code} ${place}`);
}

const SETTINGS: readonly Row[] = [
  ['a name with a tag', withHead('name: registry.example.com/app:1\n'), ['manifest-wrong-value 3:7']],
  ['a name in upper case', withHead('name: registry.example.com/App\n'), ['manifest-wrong-value 3:7']],
  ['a name without end', withHead('name: registry.example.com/\n'), ['manifest-wrong-value 3:7']],
  ['tags that are numbers', withHead('tags: [1.10, 2]\n'), twice('manifest-wrong-type', '3:8', '3:14')],
  ['tags that are none', withHead('tags: ["a b", .a, ""]\n'), twice('manifest-wrong-value', '3:8', '3:15', '3:19')],
  ['a tag twice', withHead('tags: [a, b, "a"]\n'), ['manifest-duplicate 3:14']],
  ['a platform that is none', withHead('platforms: [linux]\n'), ['manifest-wrong-value 3:13']],
  ['an architecture under its other name', withHead('platforms: [linux/x86_64]\n'), ['manifest-wrong-value 3:13']],
  ['another system', withHead('platforms: [windows/amd64]\n'), ['manifest-wrong-value 3:13']],
  ['no platforms', withHead('platforms: []\n'), ['manifest-wrong-value 3:1']],
  [
    'one platform in two spellings',
    withHead('platforms:\n- linux/arm64\n- linux/arm64/v8\n'),
    ['manifest-duplicate 5:3'],
  ],
  ['a time before 1970', withHead('created: -1\n'), ['manifest-wrong-value 3:10']],
  ['a time before 1970 in words', withHead('created: 1969-12-31T23:59:59Z\n'), ['manifest-wrong-value 3:10']],
  ['a time after 9999', withHead('created: 253402300800\n'), ['manifest-wrong-value 3:10']],
  ['a time that is no time', withHead('created: yesterday\n'), ['manifest-wrong-value 3:10']],
  ['a day that does not exist', withHead('created: 2025-02-29T00:00:00Z\n'), ['manifest-wrong-value 3:10']],
  ['parts of seconds', withHead('created: 2025-02-28T00:00:00.5Z\n'), ['manifest-wrong-value 3:10']],
  ['a time with a point', withHead('created: 1.5\n'), ['manifest-wrong-type 3:10']],
  ['a time that looks octal', withHead('created: 0755\n'), ['manifest-wrong-value 3:10']],
  ['a time in octal', withHead('created: 0o755\n'), ['manifest-wrong-value 3:10']],
  ['a time in hexadecimal', withHead('created: 0x10\n'), ['manifest-wrong-value 3:10']],
  ['a time with an exponent', withHead('created: 1e3\n'), ['manifest-wrong-value 3:10']],
  ['a time with a sign', withHead('created: +1\n'), ['manifest-wrong-value 3:10']],
  ['a time beyond 2^53', withHead('created: 12345678901234567890\n'), ['manifest-wrong-value 3:10']],
  ['a time that is true', withHead('created: true\n'), ['manifest-wrong-type 3:10']],
  ['an unknown compression', withHead('compression: gzp\n'), ['manifest-wrong-value 3:14']],
  ['a level that gzip lacks', withHead('compression: { type: gzip, level: 10 }\n'), ['manifest-wrong-value 3:35']],
  ['a level that zstd lacks', withHead('compression: { type: zstd, level: 0 }\n'), ['manifest-wrong-value 3:35']],
  ['a level of nothing', withHead('compression: { type: none, level: 1 }\n'), ['manifest-wrong-value 3:35']],
  ['a level without type', withHead('compression: { level: 1 }\n'), ['manifest-missing-key 3:1']],
  ['a reference that is none', 'version: 1\nbase: "oci:"\n', ['manifest-wrong-value 2:7']],
  ['a reference with a bad tag', 'version: 1\nbase: oci:dir:-b\n', ['manifest-wrong-value 2:7']],
  ['a misspelt transport', 'version: 1\nbase: oci-archve:file\n', ['manifest-wrong-value 2:7']],
  ['a misspelt scratch', 'version: 1\nbase: scrath\n', ['manifest-wrong-value 2:7']],
  ['a repository in upper case', 'version: 1\nbase: ghcr.io/Team/app\n', ['manifest-wrong-value 2:7']],
  ['a digest that is none', 'version: 1\nbase: debian@sha256:abc\n', ['manifest-wrong-value 2:7']],
  ['a registry without a repository', 'version: 1\nbase: docker://\n', ['manifest-wrong-value 2:7']],
  [
    'an image of the docker daemon without a tag',
    'version: 1\nbase: docker-daemon:app\n',
    ['manifest-wrong-value 2:7'],
  ],
  ['annotations that are numbers', withHead('annotations: { a: 1 }\n'), ['manifest-wrong-type 3:19']],
];

const LAYERS: readonly Row[] = [
  ['a layer without anything', withHead('layers:\n  - {}\n'), twice('manifest-missing-key', '4:5', '4:5')],
  ['a layer that is nothing', withHead('layers:\n  -\n'), ['manifest-wrong-type 4:4']],
  ['a layer name with spaces', withHead('layers: [{ name: a b, contents: [] }]\n'), ['manifest-wrong-value 3:18']],
  [
    'two layers of one name',
    withHead('layers:\n- { name: a, contents: [] }\n- { name: a, contents: [] }\n'),
    ['manifest-duplicate 5:11'],
  ],
  ['a content without kind', content('to: /a'), ['manifest-missing-key 6:9']],
  ['a content of a misspelt kind', content('flies: a\n        to: /a'), ['manifest-missing-key 6:9']],
  ['a content of two kinds', content('text: a\n        to: /a\n        files: b'), ['manifest-wrong-value 8:9']],
  ['a content that is text', content('/a'), ['manifest-wrong-type 6:9']],
  ['a content without place', content('text: a'), ['manifest-missing-key 6:9']],
  ['a key of another kind', content('text: a\n        to: /a\n        include: [a]'), ['manifest-unknown-key 8:9']],
  ['a mode that is a number', content('text: a\n        to: /a\n        mode: 0755'), ['manifest-wrong-type 8:15']],
  ['a mode in octal', content('text: a\n        to: /a\n        mode: 0o755'), ['manifest-wrong-type 8:15']],
  ['a mode that is not octal', content('text: a\n        to: /a\n        mode: "0799"'), ['manifest-wrong-value 8:15']],
  ['a mode of five digits', content('text: a\n        to: /a\n        mode: "17777"'), ['manifest-wrong-value 8:15']],
  ['an owner by name', content('text: a\n        to: /a\n        owner: root:root'), ['manifest-wrong-value 8:16']],
  ['an owner without group', content('text: a\n        to: /a\n        owner: 0'), ['manifest-wrong-type 8:16']],
  [
    'an owner beyond the last',
    content('text: a\n        to: /a\n        owner: 0:4294967295'),
    ['manifest-wrong-value 8:16'],
  ],
  ['a relative place', content('text: a\n        to: etc/motd'), ['manifest-wrong-value 7:13']],
  ['a place with ..', content('text: a\n        to: /etc/../motd'), ['manifest-wrong-value 7:13']],
  ['a place with .', content('text: a\n        to: /./motd'), ['manifest-wrong-value 7:13']],
  ['a place with two slashes', content('text: a\n        to: /etc//motd'), ['manifest-wrong-value 7:13']],
  ['a place that only slashes name', content('files: a\n        to: //'), ['manifest-wrong-value 7:13']],
  ['a place like a whiteout', content('text: a\n        to: /etc/.wh.motd'), ['manifest-wrong-value 7:13']],
  ['a place with NUL', content('text: a\n        to: "/etc/a\\0b"'), ['manifest-wrong-value 7:13']],
  ['half a surrogate pair', content('text: a\n        to: "/etc/\\ud800"'), ['manifest-wrong-value 7:13']],
  ['a name of 256 bytes', content(`text: a\n        to: /${'ü'.repeat(128)}`), ['manifest-wrong-value 7:13']],
  ['a path of 4097 bytes', content(`text: a\n        to: ${'/abc'.repeat(1025)}`), ['manifest-wrong-value 7:13']],
  ['text in a directory without name', content('text: a\n        to: /etc/'), ['manifest-wrong-value 7:13']],
  ['a symlink at the root', content('symlink: a\n        to: /'), ['manifest-wrong-value 7:13']],
  ['a symlink to nowhere', content('symlink: ""\n        to: /a'), ['manifest-wrong-value 6:18']],
  ['the root as a directory', content('directory: /'), ['manifest-wrong-value 6:20']],
  ['an absolute source', content('files: /etc/motd\n        to: /etc/'), ['manifest-wrong-value 6:16']],
  ['an empty source', content('files: ""\n        to: /etc/'), ['manifest-wrong-value 6:16']],
  ['an empty list of globs', content('files: a\n        to: /a\n        include: []'), ['manifest-wrong-value 8:9']],
  [
    'globs that lead elsewhere',
    content('files: a\n        to: /a\n        include: [/b, ../b, ""]'),
    twice('manifest-wrong-value', '8:19', '8:23', '8:29'),
  ],
  [
    'capabilities that do not exist or repeat',
    content('files: a\n        to: /a\n        capabilities: [CAP_CHOWN, kill, kill]'),
    ['manifest-wrong-value 8:24', 'manifest-duplicate 8:41'],
  ],
  [
    'replace that is no boolean',
    content('text: a\n        to: /a\n        replace: yes'),
    ['manifest-wrong-type 8:18'],
  ],
  ['an artifact that does not exist', content('artifact: srver\n        to: /a'), ['manifest-reference 6:19']],
  ['128 layers', withHead(`layers:\n${layers(128)}`), ['manifest-wrong-value 3:1']],
];

function layers(count: number): string {
  return Array.from({ length: count }, (_, index) => `- { name: l${index}, contents: [] }\n`).join('');
}

const ARTIFACTS: readonly Row[] = [
  ['an artifact without command', withHead('artifacts:\n  app: {}\n'), ['manifest-missing-key 4:3']],
  ['a name with a slash', withHead('artifacts:\n  a/b: { run: make }\n'), ['manifest-wrong-value 4:3']],
  ['an empty script', withHead('artifacts:\n  app: { run: " " }\n'), ['manifest-wrong-value 4:15']],
  ['an empty command', withHead('artifacts:\n  app: { run: [] }\n'), ['manifest-wrong-value 4:10']],
  ['a command of numbers', withHead('artifacts:\n  app: { run: [sleep, 1] }\n'), ['manifest-wrong-type 4:23']],
  ['a command that is a number', withHead('artifacts:\n  app: { run: 1 }\n'), ['manifest-wrong-type 4:15']],
  ['a tool with a directory', artifact('tools: [/usr/bin/go]'), ['manifest-wrong-value 6:13']],
  ['a tool twice', artifact('tools: [go, go]'), ['manifest-duplicate 6:17']],
  ['a variable with =', artifact('env: { "A=B": c }'), ['manifest-wrong-value 6:12']],
  ['a variable with NUL', artifact('env: { "A\\0": c, B: "\\0" }'), twice('manifest-wrong-value', '6:12', '6:25')],
  ['a variable that tbuild sets', artifact('env: { OUT: c }'), ['manifest-wrong-value 6:12']],
  ['a variable that is a number', artifact('env: { A: 1 }'), ['manifest-wrong-type 6:15']],
  ['a need that does not exist', artifact('needs: { a: ap }'), ['manifest-reference 6:17']],
  ['an artifact that needs itself', artifact('needs: { a: app }'), ['manifest-cycle 6:17']],
  [
    'artifacts that need each other',
    withHead('artifacts:\n  a: { run: x, needs: { n: b } }\n  b: { run: x, needs: { n: c, m: a } }\n  c: { run: x }\n'),
    ['manifest-cycle 5:34'],
  ],
  ['an unknown sandbox', artifact('sandbox: strct'), ['manifest-wrong-value 6:14']],
  ['a network that is text', artifact('network: yes'), ['manifest-wrong-type 6:14']],
  ['inputs from a directory beside', artifact('inputs: { from: ../lib }'), ['manifest-wrong-value 6:21']],
  ['inputs from a directory below', artifact('inputs: { from: lib }'), ['manifest-wrong-value 6:21']],
  ['inputs from a directory of the machine', artifact('inputs: { from: / }'), ['manifest-wrong-value 6:21']],
  ['inputs from a directory with a slash', artifact('inputs: { from: ../ }'), ['manifest-wrong-value 6:21']],
  ['inputs from 64 directories up', artifact(`inputs: { from: ..${'/..'.repeat(63)} }`), ['manifest-wrong-value 6:21']],
  ['a tool that is a number', artifact('tools: [1]'), ['manifest-wrong-type 6:13']],
  ['a tool without name', artifact('tools: [{ with: [a] }]'), ['manifest-missing-key 6:13']],
  ['a tool with a path for a name', artifact('tools: [{ name: ./a }]'), ['manifest-wrong-value 6:21']],
  ['an unknown key of a tool', artifact('tools: [{ name: a, withs: [b] }]'), ['manifest-unknown-key 6:24']],
  ['a tool twice, once with more', artifact('tools: [{ name: go }, cc, go]'), ['manifest-duplicate 6:31']],
  ['a tool that needs an empty list', artifact('tools: [{ name: a, with: [] }]'), ['manifest-wrong-value 6:24']],
  [
    'a tool that needs what is no place',
    artifact('tools: [{ name: a, with: ["", /, ../a/../b, ./a, a//b, /a/./b, "a\\0b", //a] }]'),
    twice('manifest-wrong-value', '6:31', '6:35', '6:38', '6:49', '6:54', '6:60', '6:68', '6:76'),
  ],
  [
    'a tool that needs one thing twice',
    artifact('tools: [{ name: a, with: [../a, ../a/], packages: [gcc, gcc] }]'),
    twice('manifest-duplicate', '6:37', '6:61'),
  ],
  [
    'packages that have no such names',
    artifact('tools: [{ name: a, packages: [GCC, gcc=12, "libc6:i386", g] }]'),
    twice('manifest-wrong-value', '6:35', '6:40', '6:48', '6:62'),
  ],
  ['limits that are a list', artifact('limits: [1]'), ['manifest-wrong-type 6:5']],
  ['an unknown limit', artifact('limits: { memry: 1GB }'), ['manifest-unknown-key 6:15']],
  ['no time', artifact('limits: { time: 0 }'), ['manifest-wrong-value 6:21']],
  ['no time in words', artifact('limits: { time: 0min }'), ['manifest-wrong-value 6:21']],
  ['more than a week', artifact('limits: { time: 169h }'), ['manifest-wrong-value 6:21']],
  ['more than a week in seconds', artifact('limits: { time: 604801 }'), ['manifest-wrong-value 6:21']],
  ['parts of a second', artifact('limits: { time: 1.5 }'), ['manifest-wrong-type 6:21']],
  ['a time of the clock', artifact('limits: { time: "1:30" }'), ['manifest-wrong-value 6:21']],
  [
    'limits of nothing',
    artifact('limits: { memory: 0, processes: 0, output: 0MB, log: "" }'),
    twice('manifest-wrong-value', '6:23', '6:37', '6:48', '6:58'),
  ],
  [
    'limits that are too large',
    artifact('limits: { memory: 2000GB, processes: 4194305, output: 1099511627777 }'),
    twice('manifest-wrong-value', '6:23', '6:42', '6:59'),
  ],
  ['a number of processes with a unit', artifact('limits: { processes: 2k }'), ['manifest-wrong-type 6:26']],
];

/** The assertion begins on line 4, column 3. */
const assertions = (text: string): string => withHead(`assertions:\n  ${text}\n`);

const ASSERTIONS: readonly Row[] = [
  ['assertions of an unknown kind', assertions('file: []'), ['manifest-unknown-key 4:3']],
  ['assertions that are a list', withHead('assertions: []\n'), ['manifest-wrong-type 3:1']],
  ['a file without path', assertions('files: [{ exists: true }]'), ['manifest-missing-key 4:11']],
  [
    'paths that are none',
    assertions('files: [{ path: a }, { path: /a/../b }, { path: "/a\\0" }, { path: "" }]'),
    twice('manifest-wrong-value', '4:19', '4:32', '4:51', '4:69'),
  ],
  [
    'permissions that ls does not write',
    assertions('files: [{ path: /a, permissions: rwxr-xr-x }, { path: /b, permissions: "0755" }]'),
    twice('manifest-wrong-value', '4:36', '4:74'),
  ],
  [
    'permissions that are a number',
    assertions('files: [{ path: /a, permissions: 755 }]'),
    ['manifest-wrong-type 4:36'],
  ],
  [
    'numbers of users that there are not',
    assertions('files: [{ path: /a, uid: -1, gid: 4294967295 }]'),
    twice('manifest-wrong-value', '4:28', '4:37'),
  ],
  ['a user by name', assertions('files: [{ path: /a, uid: root }]'), ['manifest-wrong-type 4:28']],
  ['an unknown group of users', assertions('files: [{ path: /a, executable-by: all }]'), ['manifest-wrong-value 4:38']],
  [
    'what something is like that is not there',
    assertions('files: [{ path: /a, exists: false, permissions: -rwxr-xr-x, uid: 0, gid: 0, executable-by: any }]'),
    twice('manifest-wrong-value', '4:38', '4:63', '4:71', '4:79'),
  ],
  ['contents of which nothing is said', assertions('contents: [{ path: /a }]'), ['manifest-missing-key 4:14']],
  ['contents of a directory', assertions('contents: [{ path: /a/, expected: [a] }]'), ['manifest-wrong-value 4:22']],
  ['contents that are text', assertions('contents: [{ path: /a, expected: a }]'), ['manifest-wrong-type 4:36']],
  [
    'patterns that cannot be used',
    assertions(
      'contents: [{ path: /a, expected: ["(", "", "a(?=b)"], excluded: ["(a)\\1", "\\q"] }]'.replaceAll('\\', '\\\\'),
    ),
    twice('manifest-wrong-value', '4:37', '4:42', '4:46', '4:68', '4:78'),
  ],
  [
    'patterns that cannot be used, everywhere',
    assertions(
      'metadata: { env: { A: { matches: "(" } }, labels: { A: { matches: ")" } } }\n  commands: [{ name: a, run: [b], stdout: ["("], no-stdout: ["("], stderr: ["("], no-stderr: ["("] }]',
    ),
    twice('manifest-wrong-value', '4:36', '4:69', '5:44', '5:62', '5:77', '5:95'),
  ],
  [
    'a value and a pattern in one',
    assertions('metadata: { env: { A: { matches: a, is: b } } }'),
    ['manifest-unknown-key 4:39'],
  ],
  ['a value that is a number', assertions('metadata: { env: { A: 1 } }'), ['manifest-wrong-type 4:25']],
  ['a value that is nothing', assertions('metadata: { labels: { A: null } }'), ['manifest-wrong-type 4:28']],
  ['a variable with =', assertions('metadata: { env: { "A=": b } }'), ['manifest-wrong-value 4:22']],
  ['an entrypoint as text', assertions('metadata: { entrypoint: /a -b }'), ['manifest-wrong-type 4:27']],
  [
    'ports that are none',
    assertions('metadata: { ports: [8080, "65536", 1/icmp], no-ports: ["0"] }'),
    ['manifest-wrong-type 4:23', ...twice('manifest-wrong-value', '4:29', '4:38', '4:58')],
  ],
  [
    'ports and volumes twice',
    assertions(
      'metadata: { ports: ["80", 80/tcp], no-ports: [1/udp, 1/udp], volumes: [/a, /a], no-volumes: [/b, /b] }',
    ),
    twice('manifest-duplicate', '4:29', '4:56', '4:78', '4:100'),
  ],
  [
    'a relative volume',
    assertions('metadata: { volumes: [a], no-volumes: [b] }'),
    twice('manifest-wrong-value', '4:25', '4:42'),
  ],
  ['a command without anything', assertions('commands: [{}]'), twice('manifest-missing-key', '4:14', '4:14')],
  ['a command as text', assertions('commands: [{ name: a, run: ls / }]'), ['manifest-wrong-type 4:30']],
  ['a command of nothing', assertions('commands: [{ name: a, run: [] }]'), ['manifest-wrong-value 4:25']],
  ['a program of nothing', assertions('commands: [{ name: a, run: [""] }]'), ['manifest-wrong-value 4:31']],
  ['a name of two lines', assertions('commands: [{ name: "a\\nb", run: [a] }]'), ['manifest-wrong-value 4:22']],
  [
    'two commands of one name',
    assertions('commands: [{ name: a, run: [a] }, { name: a, run: [b] }]'),
    ['manifest-duplicate 4:45'],
  ],
  [
    'a status that there is not',
    assertions('commands: [{ name: a, run: [a], exit-code: 256 }]'),
    ['manifest-wrong-value 4:46'],
  ],
];

const CONFIG: readonly Row[] = [
  ['an entrypoint as text', withHead('config:\n  entrypoint: /app\n'), ['manifest-wrong-type 4:15']],
  ['an empty entrypoint', withHead('config:\n  entrypoint: []\n'), ['manifest-wrong-value 4:3']],
  ['an entrypoint of nothing', withHead('config:\n  entrypoint: [""]\n'), ['manifest-wrong-value 4:16']],
  ['a user that is a number', withHead('config:\n  user: 65532\n'), ['manifest-wrong-type 4:9']],
  ['a relative workdir', withHead('config:\n  workdir: app\n'), ['manifest-wrong-value 4:12']],
  [
    'ports that are none',
    withHead('config:\n  ports: [8080, "8080", 0/tcp, 65536/tcp, 80/http]\n'),
    ['manifest-wrong-type 4:11', ...twice('manifest-wrong-value', '4:17', '4:25', '4:32', '4:43')],
  ],
  ['a relative volume', withHead('config:\n  volumes: [data]\n'), ['manifest-wrong-value 4:13']],
  ['a signal that is none', withHead('config:\n  stop-signal: TERM\n'), ['manifest-wrong-value 4:16']],
  ['a label that is a date', withHead('config:\n  labels: { a: [1] }\n'), ['manifest-wrong-type 4:13']],
];

const OTHERS: readonly Row[] = [
  ['another image.yaml of the machine', 'version: 1\nbase: /other/image.yaml\n', ['manifest-wrong-value 2:7']],
  ['a directory of the machine', 'version: 1\nbase: /other\n', ['manifest-wrong-value 2:7']],
  [
    'files of another image.yaml',
    content('image: ./other/image.yaml\n        paths: [/a]'),
    ['manifest-not-supported 6:16'],
  ],
  ['files of the directory of one', content('image: ..\n        paths: [/a]'), ['manifest-not-supported 6:16']],
];

const GROUPS = { STRUCTURE, SETTINGS, LAYERS, ARTIFACTS, ASSERTIONS, CONFIG, OTHERS };

describe.each(Object.entries(GROUPS))('parseManifest refuses, %s:', (_, rows) => {
  it.each(rows)('%s', (_title, text, expected) => {
    expect(placesOf(text)).toEqual(expected);
  });
});

const permissions = (text: string): string => assertions(`files: [{ path: /a, permissions: ${text} }]`);

describe('a problem', () => {
  const only = (text: string) => {
    const problems = problemsOf(text);
    expect(problems).toHaveLength(1);
    return problems[0]!;
  };

  it('names the value as written and how to write it', () => {
    expect(only(content('text: a\n        to: /a\n        mode: 0755'))).toMatchObject({
      message: 'layers[0].contents[0].mode is 0755, which is a number',
      hint: 'Write it as a string: mode: "0755".',
      at: { file: 'image.yaml', line: 8, column: 15, length: 4, text: '        mode: 0755' },
    });
  });

  it.each([
    ['a key', withHead('tgas: []\n'), 'Did you mean "tags"?'],
    ['a kind', content('flies: a\n        to: /a'), 'Did you mean "files"?'],
    [
      'a capability',
      content('files: a\n        to: /a\n        capabilities: [CAP_NET_ADMIN]'),
      'Did you mean "net_admin"?',
    ],
    ['a transport', 'version: 1\nbase: oci-archve:file\n', 'Did you mean "oci-archive"?'],
    ['a transport before a path', 'version: 1\nbase: ocl:../dir\n', 'Did you mean "oci"?'],
    ['the transport of registries', 'version: 1\nbase: dokcer://alpine\n', 'Did you mean "docker://"?'],
    ['the transport of registries without slashes', 'version: 1\nbase: docker:/alpine\n', 'Did you mean "docker://"?'],
    [
      'a layout without its transport',
      content('image: ./out\n        paths: [/a]'),
      'For an OCI layout there write "oci:./out".',
    ],
    [
      'a layout of the machine without its transport',
      'version: 1\nbase: /out\n',
      'Write it relative to image.yaml; for an OCI layout there, "oci:/out".',
    ],
    ['minutes', artifact('limits: { time: 10m }'), 'Did you mean "10min"?'],
    ['minutes in full', artifact('limits: { time: 10 minutes }'), 'Did you mean "10min"?'],
    ['hours in upper case', artifact('limits: { time: 2H }'), 'Did you mean "2h"?'],
    ['bytes', artifact('limits: { memory: 2Gi }'), 'Did you mean "2GiB"?'],
    ['a limit', artifact('limits: { memry: 2GB }'), 'Did you mean "memory"?'],
    ['a sandbox', artifact('sandbox: strickt'), 'Did you mean "strict"?'],
    ['a key of a tool', artifact('tools: [{ name: a, package: [gcc] }]'), 'Did you mean "packages"?'],
    ['a package', artifact('tools: [{ name: a, packages: [Gcc] }]'), 'Did you mean "gcc"?'],
    ['inputs of a directory', artifact('inputs: ["**"]'), 'Write a map: lines of "key: value".'],
    ['what a program needs', artifact('tools: [{ name: a, with: [./a] }]'), 'Write the path it leads to.'],
    [
      'inputs from elsewhere',
      artifact('inputs: { from: ../lib }'),
      'The directory that include and exclude start from: "." for the directory of image.yaml, "..", "../.." and so on for those above it. Default: ".".',
    ],
    ['a kind of assertions', assertions('file: []'), 'Did you mean "files"?'],
    ['permissions in octal', permissions('"0755"'), 'Did you mean "-rwxr-xr-x"?'],
    ['permissions with setuid in octal', permissions('"4711"'), 'Did you mean "-rws--x--x"?'],
    ['permissions without kind', permissions('rw-r--r--'), 'Did you mean "-rw-r--r--"?'],
    ['permissions of a link as Go writes them', permissions('Lrwxrwxrwx'), 'Did you mean "lrwxrwxrwx"?'],
    ['permissions of /tmp as Go writes them', permissions('dtrwxrwxrwx'), 'Did you mean "drwxrwxrwt"?'],
    ['permissions with setgid as Go writes them', permissions('grwxr--r--'), 'Did you mean "-rwxr-Sr--"?'],
    ['permissions of a device as Go writes them', permissions('Dcrw-rw-rw-'), 'Did you mean "crw-rw-rw-"?'],
    ['permissions with an access list', permissions('-rwxr-xr-x+'), 'Did you mean "-rwxr-xr-x"?'],
    [
      'permissions',
      permissions('executable'),
      'Write the kind, and what owner, group and others may: -rwxr-xr-x, drwxr-xr-x, lrwxrwxrwx.',
    ],
    ['a port', assertions('metadata: { ports: [8080] }'), 'Write it as a string: "8080".'],
    ['who may execute', assertions('files: [{ path: /a, executable-by: others }]'), 'Did you mean "other"?'],
    ['a command', assertions('commands: [{ name: a, run: ls / }]'), 'Write a list: run: ["ls", "/"].'],
    ['one pattern', assertions('contents: [{ path: /a, expected: hello }]'), 'Write a list: expected: ["hello"].'],
    ['an architecture', withHead('platforms: [linux/aarch64]\n'), 'Did you mean "arm64"?'],
    ['a compression', withHead('compression: gzp\n'), 'Did you mean "gzip"?'],
    ['an artifact', artifact('needs: { a: other }\n  othr: { run: make }'), 'Did you mean "othr"?'],
    [
      'a layer of one map',
      withHead('layers: [{ name: a, contents: { text: x } }]\n'),
      'Write a list: each item begins with "- ".',
    ],
    [
      'a command line',
      withHead('config: { entrypoint: /bin/app -v }\n'),
      'Write a list: entrypoint: ["/bin/app", "-v"].',
    ],
    ['no layers', withHead('layers:\n'), 'Write [] for an empty list, or leave it out.'],
    ['env as for a shell', withHead('config: { env: [A=b c] }\n'), 'Write a map: env: { A: "b c" }.'],
    ['a list of labels', withHead('config: { labels: [a] }\n'), 'Write a map: lines of "key: value".'],
    ['a quoted version', 'version: "1"\nbase: scratch\n', 'Write it without quotes: version: 1.'],
    ['a merge key', withHead('config:\n  <<: { user: a }\n'), 'Write the values again, or use variables.'],
    ['a list without end', withHead('tags: [a, b\nconfig: {}\n'), 'A "[" above is not closed.'],
    [
      'a wrong indent',
      withHead('config:\n    user: a\n  cmd: [b]\n'),
      'Begin it in the same column as what stands beside it.',
    ],
    [
      'a key without value',
      withHead('name: a\nconfig\n'),
      'A line of a map is "key: value", with a space behind the colon.',
    ],
  ])('says what was meant with %s', (_, text, hint) => {
    expect(only(text).hint).toBe(hint);
  });

  it('says where the first of two stands', () => {
    const [problem] = problemsOf(withHead('layers:\n- { name: a, contents: [] }\n- { name: a, contents: [] }\n'));
    expect(problem!.related).toMatchObject([{ at: { line: 4, column: 11 } }]);
  });

  it('names the artifacts of a circle', () => {
    const text = withHead('artifacts:\n  a: { run: x, needs: { n: b } }\n  b: { run: x, needs: { n: a } }\n');
    expect(only(text).message).toBe('Artifacts need each other in a circle: a → b → a');
  });

  it('comes with all others, sorted by position', () => {
    const text = withHead('tags: [1]\nname: A\nfoo: bar\n');
    expect(() => placesOf(text)).not.toThrow();
    expect(placesOf(text)).toEqual(['manifest-wrong-type 3:8', 'manifest-wrong-value 4:7', 'manifest-unknown-key 5:1']);
  });

  it('is marked on its first line only', () => {
    const { at } = only(withHead('config:\n  user: |\n    a b\n    c\n'));
    expect(at).toMatchObject({ line: 4, column: 9, length: 1 });
  });
});
