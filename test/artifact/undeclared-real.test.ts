import { describe, expect, it } from 'vitest';
import { failureOf } from '../inputs/support.js';
import { need } from '../support/programs.js';
import { artifact, type Declared, onBench } from './support.js';

interface Row {
  readonly name: string;
  readonly tools: NonNullable<Declared['tools']>;
  readonly script: string;
  readonly hint: RegExp;
}

/** What is beside image.yaml; only `src/main.*`, `src/Makefile` and `rust/main.rs` are declared. */
const layout = {
  'src/main.c': '#include "config.h"\nint main(void) { return 0; }\n',
  'src/other.c': '#include <stdio.h>\nint main(void) { return 0; }\n',
  'src/config.h': '',
  'include/config.h': '',
  'src/main.js': "require('./util');\n",
  'src/util.js': '',
  'src/main.mjs': "import './util.mjs';\n",
  'src/util.mjs': '',
  'src/main.py': 'import util\n',
  'src/util.py': '',
  'src/main.sh': '. ../data/settings\n',
  'data/settings': '',
  'src/Makefile': 'all: ../data/settings\n',
  'src/main.pl': 'require "./gen.pl";\n',
  'gen.pl': '1;\n',
};
const include = ['src/main.*', 'src/Makefile'];

const declared = (path: string): RegExp =>
  new RegExp(`^"${path}" is there but not declared: add it under "inputs"\\.$`);
const cc = { name: 'cc', packages: ['gcc', 'libc6-dev'] };

const rows: readonly Row[] = [
  { name: 'cc', tools: [cc], script: 'cc -c src/main.c', hint: declared('src/config.h') },
  { name: 'cc of a file', tools: [cc], script: 'cc -c src/other.c', hint: declared('src/other.c') },
  { name: 'make', tools: ['make'], script: 'make -C src', hint: declared('data/settings') },
  { name: 'node, require', tools: ['node'], script: 'node src/main.js', hint: declared('src/util.js') },
  { name: 'node, import', tools: ['node'], script: 'node src/main.mjs', hint: declared('src/util.mjs') },
  {
    name: 'python3',
    tools: [{ name: 'python3', packages: ['python3'] }],
    script: 'python3 src/main.py',
    hint: declared('src/util.py'),
  },
  { name: 'sh', tools: [], script: 'cd src; sh main.sh', hint: declared('data/settings') },
  { name: 'sh, reading', tools: [], script: 'read line < data/settings', hint: declared('data/settings') },
  { name: 'perl', tools: [{ name: 'perl', packages: ['perl'] }], script: 'perl src/main.pl', hint: declared('gen.pl') },
  { name: 'a program', tools: [], script: 'tar --version', hint: /: add "tar" to "tools"\.$/ },
  {
    name: 'make, a program',
    tools: ['make'],
    script: "printf 'all:\\n\\ttar --version\\n' > Makefile; make",
    hint: /: add "tar" to "tools"\.$/,
  },
  { name: 'cc without its parts', tools: ['cc'], script: 'cc -c src/main.c', hint: /^"cc1" is a part of "cc"/ },
  {
    name: 'cc without as',
    tools: [{ name: 'cc', with: ['../lib/gcc'] }],
    script: 'echo "int x;" > x.c; cc -c x.c',
    hint: /: add "as" to "tools", or what brings it to "packages" or "with" of "cc"\.$/,
  },
  {
    name: 'cc without headers',
    tools: [{ name: 'cc', with: ['../lib/gcc'] }, 'as'],
    script: 'echo "#include <stdio.h>" > x.c; cc -c x.c',
    hint: /^"stdio\.h" is neither among the inputs nor a part of "cc"/,
  },
];

const named = (tool: Row['tools'][number]): string => (typeof tool === 'string' ? tool : tool.name);

describe('what the command of an artifact lacks is named', () => {
  for (const { name, tools, script, hint } of rows) {
    it.skipIf(!need('bwrap', 'dpkg', ...tools.map(named)))(`for ${name}`, { timeout: 60_000 }, async () => {
      const path = process.env.PATH;
      process.env.PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
      try {
        await onBench(layout, async ({ build }) => {
          const error = await failureOf(() => build(artifact(script, { tools, include, sandbox: 'strict' })));
          expect(error.code).toBe('artifact-failed');
          expect(error.hint).toMatch(hint);
        });
      } finally {
        process.env.PATH = path;
      }
    });
  }
});
