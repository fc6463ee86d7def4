import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { valuesOf } from './support.js';

const PLAIN = `version: 1
name: registry.example.com/team/app
tags: [1.4.2, latest]
platforms: [linux/amd64, linux/arm64]
created: 86400
base: oci:base/layout:v1
vars: { version: 1.4.2 }
artifacts:
  dist: { run: make }
  server:
    run: |
      go build -o "$OUT/server" ./cmd/server
      strip "$OUT/server"
    inputs: { include: ["**/*.go"], exclude: ["**/*_test.go"] }
    tools: [go, { name: strip, with: [../lib] }]
    limits: { time: 5min, memory: 2GB }
    env: { GOARCH: "\${platform.architecture}", CGO_ENABLED: "0" }
    needs: { assets: dist }
layers:
  - name: app
    owner: 65532:65532
    contents:
      - artifact: server
        to: /usr/bin/server
        capabilities: [net_bind_service]
      - { text: "hello\\nworld\\n", to: /etc/motd, mode: "0600" }
      - { symlink: /usr/bin/server, to: /server }
config:
  entrypoint: [/usr/bin/server]
  env: { PORT: "8080", LANG: C }
  labels: { org.opencontainers.image.version: "\${version}" }
annotations: { a: b }
compression: { type: gzip, level: 9 }
assertions:
  files: [{ path: /etc/motd, exists: true, uid: 65532 }]
  metadata: { env: { PORT: "8080", LANG: { matches: "^C" } }, ports: [] }
  commands: [{ name: a, run: [/server], exit-code: 0, env: { B: b, A: a } }]
`;

/** The same with other line ends, quotes, styles, comments, and the keys of maps in another order. */
const REWRITTEN = `# A comment
---
compression:
  level: 9   # the best
  type: "gzip"
annotations: {a: 'b'}
config:
  labels:
    "org.opencontainers.image.version": \${version}
  env:
    "LANG": "C"
    PORT: '8080'
  entrypoint:
  - "/usr/bin/server"
layers:
- contents:
  - capabilities: [ "net_bind_service", ]
    to: "/usr/bin/server"
    artifact: 'server'
  - mode: '0600'
    to: /etc/motd
    text: |
      hello
      world
  - {"to": "/server", "symlink": "/usr/bin/server"}
  owner: "65532:65532"
  "name": app
artifacts:
  dist:
    run: >-
      make
  server:
    needs: {assets: dist}
    env:
      CGO_ENABLED: '0'
      GOARCH: "\\x24{platform.architecture}"
    limits:
      memory: '2000000000'
      time: 300
    tools:
      - name: "go"
      - with: ["../lib/"]
        name: strip
    inputs:
      exclude: ['**/*_test.go']
      include:

        - '**/*.go'
    run: "go build -o \\"$OUT/server\\" ./cmd/server\\nstrip \\"$OUT/server\\"\\n"
vars:
  "version": '1.4.2'
base: 'oci:base/layout:v1'
created: "86400"
platforms: ["linux/amd64",
  "linux/arm64"]
tags:
  - "1.4.2"
  - 'latest'
name: >-
  registry.example.com/team/app
assertions:
  commands:
    - env:
        A: 'a'
        "B": b
      run: ["/server"]
      name: 'a'
  metadata:
    env: { LANG: {matches: '^C'}, "PORT": '8080' }
  files:
  - uid: 65532
    path: /etc/motd/
? version
: 1
...
`;

describe('the manifest is the same', () => {
  const expected = valuesOf(PLAIN);
  const object = {
    version: 1,
    base: 'scratch',
    config: { env: { B: '8080', A: 'a: b # c' }, cmd: ['', ' x ', 'yes', '1.10', "it's", 'a"b'] },
    layers: [
      {
        name: 'l',
        contents: [
          { text: 'a\n\n b\n', to: '/a' },
          { directory: '/d', mode: '0700' },
        ],
      },
    ],
  };

  it.each([
    ['with CR LF', PLAIN.replaceAll('\n', '\r\n')],
    ['with a byte order mark', `\ufeff${PLAIN}`],
    ['with both', `\ufeff${PLAIN.replaceAll('\n', '\r\n')}`],
    ['with comments and empty lines', PLAIN.replaceAll(/\n(?! {6})/g, '\n\n# comment: [ "\n')],
    ['rewritten by hand', REWRITTEN],
    ['rewritten by hand, with CR LF', REWRITTEN.replaceAll('\n', '\r\n')],
  ])('%s', (_, text) => {
    expect(valuesOf(text)).toEqual(expected);
  });

  it.each([
    ['as JSON', JSON.stringify(object, null, '\t').replaceAll('\t', '  ')],
    ['as JSON on one line', JSON.stringify(object)],
    ['in block style', stringify(object)],
    ['in flow style', stringify(object, { collectionStyle: 'flow' })],
    ['with single quotes', stringify(object, { singleQuote: true, defaultStringType: 'QUOTE_SINGLE' })],
    ['with double quotes', stringify(object, { defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'QUOTE_DOUBLE' })],
    ['with sorted keys', stringify(object, { sortMapEntries: true })],
    ['with lines folded', stringify(object, { lineWidth: 20, indent: 4 })],
  ])('%s', (_, text) => {
    expect(valuesOf(text)).toEqual(valuesOf(stringify(object)));
    expect(valuesOf(text)).toMatchObject({ each: [{ config: object.config }] });
  });
});
