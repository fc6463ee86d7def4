import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { type BuiltExample, buildExamples } from '../support/examples.js';
import { readLayout } from '../support/layout.js';
import { need } from '../support/programs.js';
import { needRoot, root } from '../support/root.js';
import { outputOf } from '../support/run.js';
import { tbuild } from '../support/tbuild.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const workspace = temporaryDirectory();
let examples: readonly BuiltExample[];
let multiPlatform: readonly BuiltExample[];
beforeAll(async () => {
  examples = await buildExamples(workspace.path);
  multiPlatform = await buildExamples(join(workspace.path, 'multi-platform'), '[linux/amd64, linux/arm64]');
});

const named = (list: readonly BuiltExample[], name: string): BuiltExample => list.find((item) => item.name === name)!;

/** Writes an example as an archive, and gives the file. */
async function archive({ name, directory }: BuiltExample, transport: string): Promise<string> {
  const file = join(directory, `${name}-${transport}.tar`);
  await tbuild(['apply', directory, '-o', `${transport}:${file}`, '--cache', join(workspace.path, 'cache')]);
  return file;
}

const printed = [
  ['hello', 'Hello from tbuild'],
  ['derived', 'Greetings from a layer on top'],
] as const;
const transports = ['oci-archive', 'docker-archive'];

describe.skipIf(!needRoot() || !need('dockerd', 'docker', 'podman', 'runc'))('docker load and podman load', () => {
  const cases = printed.flatMap(([name, text]) => transports.map((transport) => ({ name, text, transport })));
  it.each(cases)(
    'run $name from an $transport',
    async ({ name, text, transport }) => {
      const script = join(root, 'test', 'oracles', 'load-archive.sh');
      const output = await outputOf(script, [await archive(named(examples, name), transport)]);
      expect(output.split('\n')).toEqual([`docker: ${text}`, `podman: ${text}`]);
    },
    120_000,
  );
});

describe.skipIf(!need('skopeo'))('skopeo', () => {
  const cases = printed.flatMap(([name]) => transports.map((transport) => ({ name, transport })));
  it.each(cases)(
    'reads an $transport of $name for two platforms both as an oci-archive and, the first one, as a docker-archive',
    async ({ name, transport }) => {
      const example = named(multiPlatform, name);
      const file = await archive(example, transport);
      const platform = ['--override-os', 'linux', '--override-arch', 'amd64'];
      const asDocker = await outputOf('skopeo', [...platform, 'inspect', '--config', `docker-archive:${file}`]);
      const first = readLayout(example.layout, 'latest', 'amd64');
      expect(JSON.parse(asDocker)).toMatchObject({ architecture: 'amd64', rootfs: first.config.rootfs });
      const copy = join(example.directory, `${transport}-copy`);
      const args = ['copy', '-q', '--all', '--preserve-digests', `oci-archive:${file}`, `oci:${copy}:x`];
      await outputOf('skopeo', args);
      for (const architecture of ['amd64', 'arm64']) {
        expect(readLayout(copy, 'x', architecture)).toEqual(readLayout(example.layout, 'latest', architecture));
      }
    },
  );
});
