import { appendFileSync, chmodSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createNodeHost } from '../../src/host/index.js';
import { applyImage, planImage } from '../../src/operations/index.js';
import { need } from '../support/programs.js';
import { workspace } from './support.js';

const host = createNodeHost();

// A program, what is made of it, and a layer of each. All that runs leaves a line in the diary, a file that is no input.
const MANIFEST = `version: 1
platforms: [linux/amd64]
base: scratch
artifacts:
  server:
    run: echo server >> "$DIARY"; cc -O1 -c -o "$OUT/server.o" main.c
    inputs: { include: [main.c] }
    tools: [cc, as]
    sandbox: relaxed
    env: { DIARY: "DIARY_PATH" }
  bundle:
    run: echo bundle >> "$DIARY"; cp "$IN/server/server.o" "$OUT/bundle"
    needs: { server: server }
    tools: [cp]
    sandbox: relaxed
    env: { DIARY: "DIARY_PATH" }
layers:
  - name: programs
    contents: [{ artifact: server, to: /usr/lib/server }, { artifact: bundle, to: /usr/lib/bundle }]
`;
const SOURCE = 'int answer(void) { return 42; }\n';

/** Builds it once, edits, and tells what is then said and done. */
async function after(edit: (source: string) => void) {
  const { request, path, write } = workspace({ 'main.c': SOURCE });
  const diary = path('diary');
  write('image.yaml', MANIFEST.replaceAll('DIARY_PATH', diary));
  const before = await applyImage(host, { ...request, destinations: [] });
  expect(readFileSync(diary, 'utf8')).toBe('server\nbundle\n');
  writeFileSync(diary, '');
  edit(path('main.c'));
  const planned = await planImage(host, request);
  const { digest, plan } = await applyImage(host, { ...request, destinations: [] });
  const statuses = planned.platforms[0]!.artifacts.map(({ name, status }) => `${name} ${status}`);
  const layers = plan.platforms[0]!.layers.map(({ name, status }) => `${name} ${status}`);
  const isSame = digest === before.digest;
  return { statuses, ran: readFileSync(diary, 'utf8').split('\n').filter(Boolean), layers, isSame };
}

const NOTHING = { statuses: ['server cached', 'bundle cached'], ran: [], layers: ['programs same'], isSame: true };

describe.skipIf(!need('cc', 'as'))('after an edit', () => {
  it('of a comment the program is built again, and nothing that is made of it', async () => {
    const edited = await after((source) => appendFileSync(source, '/* the answer */\n'));
    expect(edited).toEqual({ ...NOTHING, statuses: ['server runs', 'bundle waits'], ran: ['server'] });
  });

  it('of the code all is', async () => {
    const edited = await after((source) => writeFileSync(source, SOURCE.replace('42', '43')));
    expect(edited).toMatchObject({ ran: ['server', 'bundle'], isSame: false });
  });

  it.each<[what: string, edit: (source: string) => void]>([
    ['its time', (source) => utimesSync(source, new Date(2020, 1, 1), new Date(2020, 1, 1))],
    ['its time, to now', (source) => writeFileSync(source, SOURCE)],
    ['who else may read and write it', (source) => chmodSync(source, 0o660)],
  ])('of nothing but %s nothing is built', async (_what, edit) => {
    expect(await after(edit)).toEqual(NOTHING);
  });
});
