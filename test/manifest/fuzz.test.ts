import fc from 'fast-check';
import { describe, it } from 'vitest';
import { parse, problemsOf, withHead } from './support.js';

/** Pieces of YAML and of manifests, to be put together at random. */
const PIECES = [
  ...[
    '\n',
    ' ',
    '  ',
    '\t',
    '\r\n',
    ': ',
    '- ',
    '? ',
    ', ',
    '# ',
    '[',
    ']',
    '{',
    '}',
    '"',
    "'",
    '|',
    '>-',
    '\\',
    '---\n',
    '...\n',
  ],
  ...[
    '*a',
    '&a ',
    '!!str ',
    '!x ',
    '%YAML 1.1\n',
    '<<',
    '~',
    'null',
    'true',
    '0755',
    '1e3',
    '-1',
    '.inf',
    '1.10',
    '\ufeff',
    '\0',
  ],
  ...[
    '\\ud800',
    '\\x00',
    '\u{1f600}',
    '\u0085',
    '\u2028',
    '__proto__',
    'constructor',
    '${',
    '$${',
    '${version}',
    '${platform.os}',
  ],
  ...[
    'version: 1\n',
    'base: scratch\n',
    'base: ',
    'name: ',
    'tags: ',
    'platforms: ',
    'created: ',
    'vars: ',
    'artifacts:\n',
    'layers:\n',
  ],
  ...[
    'config:\n',
    'env: ',
    'labels: ',
    'entrypoint: ',
    'ports: ',
    'compression: ',
    'contents: ',
    'files: ',
    'text: ',
    'to: ',
    'mode: ',
  ],
  ...[
    'run: ',
    'needs: ',
    'inputs: ',
    'include: ',
    'symlink: ',
    'artifact: ',
    'fetch: ',
    'owner: ',
    'capabilities: ',
    '/a',
    'a',
    '0:0',
  ],
  ...['debian: ', 'image: ', 'accounts: ', 'certificates: ', 'remove: ', 'split: ', 'closure: ', 'extras: ', 'paths: '],
  ...['headers: ', 'extract: ', 'limit: ', 'mirror: ', 'snapshot: ', 'archive: ', 'sources: ', 'packages: ', 'suite: '],
  ...[
    'from: ',
    'tools: ',
    'with: ',
    'limits: ',
    'network: true',
    'sandbox: strict',
    'time: ',
    'memory: ',
    '../..',
    '10min',
  ],
  ...[
    'assertions: ',
    'commands: ',
    'metadata: ',
    'permissions: ',
    'expected: ',
    'matches: ',
    'exit-code: ',
    '(?i)',
    '(a*)*',
  ],
  ...['https://e.org/', 'a=1', '20250520T000000Z', '5MB', '%', '@', '?', '..'],
];

const WHOLE = withHead(`name: example.com/app
tags: ["\${version}"]
platforms: [linux/amd64, linux/arm64]
vars: { version: "1" }
artifacts:
  a: { run: [x, "\${platform.os}"], needs: { n: b }, inputs: { include: ["*"] } }
  b: { run: "x", tools: [a, { name: b, with: [../c], packages: [gcc] }], network: true, sandbox: strict }
  c: { run: "x", inputs: { from: .. }, limits: { time: 5min, memory: 2GB, processes: 9, output: 1, log: 1kB } }
layers:
  - name: l
    owner: 1:2
    contents:
      - { files: x, to: /a/, mode: "0755" }
      - { artifact: a, to: /b }
      - { text: "t", to: /c }
      - { fetch: [https://e.org/x], limit: 5MB, headers: { a: { env: A } }, extract: { strip: 1 }, to: /d/ }
      - debian: { suite: a, snapshot: 20250520T000000Z, packages: [ab=1], sources: [{ suite: b, archive: c }] }
      - { image: busybox, paths: [/bin/sh], closure: true, extras: ["/e/*"] }
      - accounts: { users: [{ name: u, uid: 1, gid: 1 }], groups: [{ name: g, gid: 1, members: [u] }] }
      - certificates: [c.pem]
      - remove: [/f]
    split: { by: package, budget: 5 }
config: { env: { A: "1", B: null }, ports: [80/tcp] }
compression: { type: zstd, level: 3 }
assertions:
  files: [{ path: /a, permissions: -rw-r--r--, uid: 0, gid: 0, executable-by: any }, { path: /b, exists: false }]
  contents: [{ path: /a, expected: ["^a(b|c)*$"], excluded: [d] }]
  metadata: { env: { A: a, B: { matches: "b+" } }, entrypoint: [a], user: "", ports: ["80"], no-volumes: [/v] }
  commands: [{ name: c, run: [/a], env: { A: b }, exit-code: 1, stdout: ["(?m)^a"], no-stderr: [b] }]
`);

/** `problemsOf` lets through what is not a TbuildError; every problem of a text must have a place in it. */
function check(bytes: string | Uint8Array): void {
  for (const { code, at } of problemsOf(bytes)) {
    if (at === undefined && code !== 'manifest-too-large') throw new Error(`${code} has no place`);
    if (at !== undefined && (at.line < 1 || at.column < 1 || at.length < 1))
      throw new Error(`${code} has no such place`);
  }
}

describe('parseManifest throws nothing but a TbuildError', () => {
  it('for random bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), check), { numRuns: 500 });
  });

  it('for random text', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 100 }), check), { numRuns: 500 });
  });

  it('for pieces of YAML in any order', () => {
    const text = fc.array(fc.constantFrom(...PIECES), { maxLength: 40 }).map((pieces) => pieces.join(''));
    fc.assert(fc.property(text, check), { numRuns: 1000 });
  });

  it('for a manifest with random changes', () => {
    parse(WHOLE);
    const change = fc.record({
      at: fc.nat({ max: WHOLE.length }),
      remove: fc.nat({ max: 12 }),
      insert: fc.array(fc.constantFrom(...PIECES), { maxLength: 2 }),
    });
    const changed = fc
      .array(change, { minLength: 1, maxLength: 4 })
      .map((changes) =>
        changes.reduce(
          (text, { at, remove, insert }) => text.slice(0, at) + insert.join('') + text.slice(at + remove),
          WHOLE,
        ),
      );
    fc.assert(fc.property(changed, check), { numRuns: 1000 });
  });

  it('for random JSON', () => {
    const value = fc.jsonValue({ maxDepth: 4 });
    const keys = fc.constantFrom('vars', 'artifacts', 'layers', 'config', 'annotations', 'tags', 'compression', 'base');
    const manifest = fc.dictionary(keys, value).map((parts) => JSON.stringify({ version: 1, ...parts }));
    fc.assert(fc.property(manifest, check), { numRuns: 500 });
  });
});
