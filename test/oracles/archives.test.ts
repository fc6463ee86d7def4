import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type BuiltExample, useExamples } from '../support/examples.js';
import { readLayout } from '../support/layout.js';
import { need } from '../support/programs.js';
import { needRoot, root } from '../support/root.js';
import { outputOf } from '../support/run.js';
import { tbuild } from '../support/tbuild.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const workspace = temporaryDirectory();
const { example, forBoth } = useExamples(workspace);

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
      const output = await outputOf(script, [await archive(example(name), transport)]);
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
      const built = forBoth(name);
      const file = await archive(built, transport);
      const platform = ['--override-os', 'linux', '--override-arch', 'amd64'];
      const asDocker = await outputOf('skopeo', [...platform, 'inspect', '--config', `docker-archive:${file}`]);
      const first = readLayout(built.layout, 'latest', 'amd64');
      expect(JSON.parse(asDocker)).toMatchObject({ architecture: 'amd64', rootfs: first.config.rootfs });
      const copy = join(built.directory, `${transport}-copy`);
      const args = ['copy', '-q', '--all', '--preserve-digests', `oci-archive:${file}`, `oci:${copy}:x`];
      await outputOf('skopeo', args);
      for (const architecture of ['amd64', 'arm64']) {
        expect(readLayout(copy, 'x', architecture)).toEqual(readLayout(built.layout, 'latest', architecture));
      }
    },
  );
});
