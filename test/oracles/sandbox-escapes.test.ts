import { chmodSync, chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { need } from '../support/programs.js';
import { needRoot, root } from '../support/root.js';
import { outputOf } from '../support/run.js';
import { ESCAPED, ESCAPES, HELD } from './sandbox-escapes.js';
import type { Report } from './sandbox-runner.js';

// What a command tries in the strict sandbox, as every user that may run tbuild, in a terminal, from a program that has
// a secret in its environment and in an open file.

const NOBODY = 65534;
const AS_NOBODY = `setpriv --reuid ${NOBODY} --regid ${NOBODY} --clear-groups`;

/** Of all that is tried at one time, where the kernel counts: not for root, whose attempts come to an end by themselves. */
const PROCESSES_MAX = 1000;

const bundle = {
  bundle: true,
  format: 'esm',
  platform: 'node',
  define: { TBUILD_VERSION: '"test"', __dirname: 'import.meta.dirname' },
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  logLevel: 'silent',
} as const;

let directory: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'tbuild-escapes-'));
  chmodSync(directory, 0o755);
  writeFileSync(join(directory, 'open'), 'secret');
  await build({
    ...bundle,
    entryPoints: [join(root, 'test/oracles/sandbox-runner.ts')],
    outfile: join(directory, 'runner.mjs'),
  });
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** Tries all as one user. `within` is a command line to run it with. */
async function tryAll(user: string, within: string, uid: number): Promise<Report> {
  const place = join(directory, user.replaceAll(' ', '-'));
  const [home, report] = [join(place, 'home'), join(place, 'report.json')];
  mkdirSync(home, { recursive: true });
  for (const path of [place, home]) chownSync(path, uid, uid);
  const runner = `${within} ${process.execPath} ${join(directory, 'runner.mjs')} ${report} ${home}`;
  const line = `exec 9<${join(directory, 'open')}; exec ${runner}`;
  const env = { SECRET: 'secret', HOME: home, XDG_RUNTIME_DIR: undefined };
  await outputOf('prlimit', [`--nproc=${PROCESSES_MAX}`, 'script', '-qec', line, '/dev/null'], { cwd: place, env });
  return JSON.parse(readFileSync(report, 'utf8'));
}

const users: readonly (readonly [name: string, within: string, uid: number, isThere: () => boolean])[] = [
  ['the user of the tests', '', process.getuid?.() ?? 0, () => true],
  ['nobody', AS_NOBODY, NOBODY, needRoot],
  ['root of a container', 'unshare -Urm', process.getuid?.() ?? 0, needRoot],
  ['nobody in a container', `${AS_NOBODY} unshare -Urm`, NOBODY, needRoot],
];

describe.skipIf(!need('bwrap', 'prlimit', 'script', 'setpriv', 'unshare')).each(users)(
  'a strict command of %s cannot',
  (user, within, uid, isThere) => {
    let report: Report;
    beforeAll(async () => {
      if (isThere()) report = await tryAll(user, within, uid);
    }, 300_000);

    it.skipIf(!isThere()).each(ESCAPES)('$name', ({ name, strict }) => {
      const attempt = report.strict[name];
      if (strict === HELD) expect(attempt).toMatchObject({ said: HELD });
      else if ('code' in strict)
        expect(attempt).toEqual({ code: strict.code, message: expect.stringMatching(strict.message) });
      else expect(attempt).toMatchObject({ output: strict });
    });

    it.skipIf(!isThere())('leave a trace on this machine', () => {
      expect(report.after).toEqual({
        home: '.docker,.ssh,bin',
        shared: '',
        tool: '#!/bin/sh\necho mine\n',
        input: 'input\n',
        inputs: 'a',
      });
      expect(report.leftProcesses).toEqual([]);
    });

    it.skipIf(!isThere())('but could, where it is relaxed', () => {
      const isRoot = uid === 0 && within === '';
      const controls = ESCAPES.filter(({ control }) => control === true || (control === 'root' && isRoot));
      const said = Object.fromEntries(
        controls.map(({ name }) => [name, report.relaxed[name]?.said ?? report.relaxed[name]]),
      );
      expect(said).toEqual(Object.fromEntries(controls.map(({ name }) => [name, ESCAPED])));
    });
  },
);
