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
beforeAll(async () => {
  examples = await buildExamples(workspace.path);
});

/** Writes an example as an archive, and gives the file. */
async function archive(name: string, transport: string): Promise<string> {
  const { directory } = examples.find((example) => example.name === name)!;
  const file = join(workspace.path, `${name}-${transport}.tar`);
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
      const output = await outputOf(script, [await archive(name, transport)]);
      expect(output.split('\n')).toEqual([`docker: ${text}`, `podman: ${text}`]);
    },
    120_000,
  );
});

describe.skipIf(!need('skopeo'))('skopeo', () => {
  it.each(transports)('reads an %s both as an oci-archive and as a docker-archive', async (transport) => {
    for (const [name] of printed) {
      const { config, manifest, digest } = readLayout(
        examples.find((example) => example.name === name)!.layout,
        'latest',
      );
      const file = await archive(name, transport);
      const platform = ['--override-os', 'linux', '--override-arch', 'amd64'];
      const inspect = [...platform, 'inspect', '--format', '{{.Digest}}'];
      const asDocker = JSON.parse(
        await outputOf('skopeo', [...platform, 'inspect', '--config', `docker-archive:${file}`]),
      );
      expect(asDocker.rootfs).toEqual(config.rootfs);
      const copy = join(workspace.path, `${name}-${transport}-copy`);
      await outputOf('skopeo', [
        ...platform,
        'copy',
        '-q',
        '--preserve-digests',
        `oci-archive:${file}`,
        `oci:${copy}:x`,
      ]);
      expect(await outputOf('skopeo', [...inspect, `oci:${copy}:x`])).toBe(digest);
      expect(readLayout(copy, 'x').manifest).toEqual(manifest);
    }
  });
});
