import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { textOf } from '../inputs/support.js';
import { need } from '../support/programs.js';
import { artifact, type Declared, onBench } from './support.js';

/** A toolchain of this machine, and something that it does. */
interface Row {
  readonly name: string;
  readonly programs: readonly string[];
  readonly layout: Readonly<Record<string, string>>;
  readonly tools: NonNullable<Declared['tools']>;
  readonly script: string;
  /** What `$OUT/said` holds. */
  readonly said: RegExp;
}

/** The interpreter of Debian, whatever else is on PATH before it. */
const DEBIAN_PATH = '/usr/local/go/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const HELLO = '#include <stdio.h>\n#include <math.h>\nint main(int n, char **v) { printf("%.1f\\n", sqrt(n + 3)); }\n';
const hello = { 'hello.c': HELLO, Makefile: 'install: hello.c\n\tcc -O2 -o $(DESTDIR)/hello hello.c -lm\n' };

const rows: readonly Row[] = [
  {
    name: 'cc and make with Debian packages',
    programs: ['cc', 'make', 'dpkg'],
    layout: hello,
    tools: ['make', { name: 'cc', packages: ['gcc', 'libc6-dev'] }],
    script: 'make install DESTDIR="$OUT"; "$OUT/hello" > "$OUT/said"',
    said: /^2\.0$/,
  },
  {
    name: 'cc with directories',
    programs: ['cc', 'dpkg'],
    layout: hello,
    tools: [
      {
        name: 'cc',
        with: [
          '../lib/gcc',
          '/usr/include/**',
          '../lib/*-linux-gnu/*crt*.o',
          '../lib/*-linux-gnu/lib{c,m,mvec}*.{so*,a}',
        ],
      },
      'as',
      'ld',
    ],
    script: 'cc -o "$OUT/hello" hello.c -lm; "$OUT/hello" > "$OUT/said"',
    said: /^2\.0$/,
  },
  {
    name: 'python3 with Debian packages',
    programs: ['/usr/bin/python3', 'dpkg'],
    layout: { 'a.py': 'import json, ssl, zipfile, sqlite3\nprint(json.dumps([1]))\n' },
    tools: [{ name: 'python3', packages: ['python3'] }],
    script: 'python3 a.py > "$OUT/said"',
    said: /^\[1\]$/,
  },
  {
    name: 'node',
    programs: ['node'],
    layout: { 'a.js': 'console.log(process.platform)\n' },
    tools: ['node'],
    script: 'node a.js > "$OUT/said"',
    said: /^linux$/,
  },
  {
    name: 'git with Debian packages',
    programs: ['git', 'dpkg'],
    layout: { a: 'a' },
    tools: [{ name: 'git', packages: ['git'] }],
    script: 'git init -q .; git add .; git -c user.name=n -c user.email=e commit -q -m m; git ls-files > "$OUT/said"',
    said: /^a$/,
  },
  {
    name: 'perl with Debian packages',
    programs: ['perl', 'dpkg'],
    layout: {},
    tools: [{ name: 'perl', packages: ['perl'] }],
    script: `perl -MPOSIX -e 'print floor(2.5), "\\n"' > "$OUT/said" 2>&1`,
    said: /^2$/,
  },
  {
    name: 'go with its directory',
    programs: ['/usr/local/go/bin/go'],
    layout: { 'go.mod': 'module a\n', 'a.go': 'package main\n\nfunc main() { println("hi") }\n' },
    tools: [{ name: 'go', with: ['..'] }],
    script: 'CGO_ENABLED=0 go build -trimpath -buildvcs=false -o "$OUT/a" .; "$OUT/a" 2> "$OUT/said"',
    said: /^hi$/,
  },
];

const isThere = (programs: readonly string[]): boolean =>
  need('bwrap', ...programs.map((program) => program.replace(/^.*\//, ''))) &&
  programs.every((path) => !path.startsWith('/') || existsSync(path));

/** The work with Debian's own programs before others. */
async function onDebianPath<T>(work: () => Promise<T>): Promise<T> {
  const path = process.env.PATH;
  process.env.PATH = DEBIAN_PATH;
  try {
    return await work();
  } finally {
    process.env.PATH = path;
  }
}

describe('in the strict sandbox', () => {
  for (const { name, programs, layout, tools, script, said } of rows) {
    it.skipIf(!isThere(programs))(`works: ${name}`, { timeout: 120_000 }, () =>
      onDebianPath(() =>
        onBench(layout, async ({ build }) => {
          const include = Object.keys(layout);
          const inputs = include.length === 0 ? {} : { include };
          const output = await build(artifact(script, { tools, ...inputs, sandbox: 'strict' }));
          expect((await textOf(output.get('said'))).trim()).toMatch(said);
        }),
      ),
    );
  }
});
