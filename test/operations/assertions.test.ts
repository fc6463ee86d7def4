import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createNodeHost, type Host } from '../../src/host/index.js';
import { applyImage } from '../../src/operations/index.js';
import { failureOf } from '../support/failure-of.js';
import { need } from '../support/programs.js';
import { makeImage, putImage } from '../support/registry/images.js';
import { openRegistry, requestsOf } from './registry-support.js';
import { workspace } from './support.js';

const host = createNodeHost();

/** A machine on which nothing that runs containers is installed, besides what is allowed. */
function machineWith(...programs: readonly string[]): Host {
  const isHidden = (path: string): boolean => /\/(podman|runc|crun)$/.test(path);
  return {
    ...host,
    files: { ...host.files, stat: (path) => (isHidden(path) ? undefined : host.files.stat(path)) },
    processes: {
      ...host.processes,
      findProgram: (name) =>
        isHidden(`/${name}`) && !programs.includes(name) ? undefined : host.processes.findProgram(name),
    },
  };
}

const COMMANDS = `
  commands:
    - { name: greets, run: [/bin/busybox, echo, hello], stdout: ["^hello"], no-stderr: [".+"] }
    - { name: speaks up, run: [/bin/busybox, sh, -c, "echo $WHO >&2; exit 3"], env: { WHO: me }, exit-code: 3, stderr: [me] }
    - { name: is wrong, run: [/bin/busybox, "false"], stdout: [something] }
    - { name: is not there, run: [/bin/none] }
`;

const image = (commands: string, files: string) => `version: 1
created: 0
base: scratch
layers:
  - name: app
    contents:
      - { files: ./busybox, to: /bin/busybox }
      - { text: "hello\\n", to: /etc/motd, mode: "0640" }
config:
  entrypoint: [/bin/busybox]
  env: { PORT: "8080" }
assertions:
  files:
    - { path: /etc/motd, permissions: "${files}" }
  contents:
    - { path: /etc/motd, expected: [hel+o], excluded: [secret] }
  metadata: { env: { PORT: { matches: "80*" } }, entrypoint: [/bin/busybox] }${commands}`;

const busybox = () => ({ content: readFileSync('/bin/busybox'), mode: 0o755 });

async function assertionsOf(manifest: string, on: Host) {
  const { request } = workspace({ 'image.yaml': manifest, busybox: busybox() });
  const { assertions } = await applyImage(on, { ...request, destinations: [] });
  return assertions.map(({ what, platform, outcome, message }) => [what, platform, outcome, message]);
}

describe.skipIf(!need('busybox'))('assertions of image.yaml', () => {
  const there = [
    ['files /etc/motd', 'linux/amd64', 'holds', undefined],
    ['contents /etc/motd', 'linux/amd64', 'holds', undefined],
    ['metadata env.PORT', 'linux/amd64', 'holds', undefined],
    ['metadata entrypoint', 'linux/amd64', 'holds', undefined],
  ];

  it('are looked at without any runtime, and commands are skipped where there is none', async () => {
    const commands = COMMANDS.split('\n').slice(0, 4).join('\n');
    const why = 'none of podman, runc and crun is installed';
    expect(await assertionsOf(image(commands, '-rw-r-----'), machineWith())).toEqual([
      ...there,
      ['command greets', 'linux/amd64', 'skipped', why],
      ['command speaks up', 'linux/amd64', 'skipped', why],
    ]);
  });

  it('commands for another machine are skipped', async () => {
    const commands = COMMANDS.split('\n').slice(0, 3).join('\n');
    const manifest = image(commands, '-rw-r-----').replace('created: 0', 'created: 0\nplatforms: [linux/s390x]');
    const results = await assertionsOf(manifest, host);
    expect(results.at(-1)).toEqual(['command greets', 'linux/s390x', 'skipped', 'this machine is linux/amd64']);
  });
});

describe.skipIf(!need('busybox', 'runc', 'podman'))('commands of assertions', () => {
  const wellAsserted = COMMANDS.split('\n').slice(0, 4).join('\n');

  // podman itself needs another one.
  it.each([[['podman', 'runc']], [['runc']]])(
    'run with %j without the entrypoint of the image, each by itself',
    async (runtimes) => {
      const results = await assertionsOf(image(wellAsserted, '-rw-r-----'), machineWith(...runtimes));
      expect(results.slice(4).map(([what, , outcome, message]) => [what, outcome, message])).toEqual([
        ['command greets', 'holds', undefined],
        ['command speaks up', 'holds', undefined],
      ]);
    },
  );

  it('fail an apply, each with what was expected and found', async () => {
    const failure = await failureOf(assertionsOf(image(COMMANDS, '-rwxr-xr-x'), machineWith('runc')));
    expect([failure.code, failure.message]).toEqual(['assertion-failed', '3 of 8 assertions do not hold']);
    const [mode, wrong, missing] = failure.problems.map(({ message }) => message);
    expect(mode).toBe('files /etc/motd (linux/amd64): expected permissions -rwxr-xr-x, found -rw-r-----');
    expect(wrong).toBe(
      'command is wrong (linux/amd64): expected exit code 0, found 1; stdout: expected "something", found nothing',
    );
    expect(missing).toMatch(/^command is not there \(linux\/amd64\): runc cannot run .*\/bin\/none/);
  });
});

it('of a base in a registry only the layers are read that say something about what is asserted', async () => {
  const registry = await openRegistry();
  const repository = registry.repository('base');
  putImage(repository, await makeImage(), '1');
  const manifest = `version: 1
created: 0
base: ${registry.authority}/base:1
layers:
  - name: app
    contents:
      - { text: "hello\\n", to: /motd }
assertions:
  contents: [{ path: /motd, expected: [hello] }]
`;
  const { request } = workspace({ 'image.yaml': manifest });
  const options = { ...request, network: { insecure: [registry.authority] }, isLocal: true };
  await applyImage(host, { ...options, destinations: [] });
  requestsOf(registry);
  const elsewhere = { ...options, cacheDirectory: `${request.cacheDirectory}-of-another-machine` };
  const { assertions } = await applyImage(host, { ...elsewhere, destinations: [] });
  expect(assertions.map(({ what, outcome }) => [what, outcome])).toEqual([['contents /motd', 'holds']]);
  expect(requestsOf(registry).filter((line) => line.includes('/blobs/'))).toHaveLength(1);
});
