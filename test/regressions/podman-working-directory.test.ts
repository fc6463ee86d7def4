import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createNodeHost } from '../../src/host/index.js';
import { parseReference } from '../../src/oci/index.js';
import { applyImage, runImage } from '../../src/operations/index.js';
import { workspace } from '../operations/support.js';
import { need } from '../support/programs.js';

// podman makes the working directory of an image that lacks it, and follows links of the image on this machine for that.
it.skipIf(!need('podman', 'busybox'))('a working directory behind a link is made in the container only', async () => {
  const host = createNodeHost();
  const { request, path, write } = workspace({});
  const outside = path('outside');
  mkdirSync(outside);
  copyFileSync(host.processes.findProgram('busybox')!, path('busybox'));
  write(
    'image.yaml',
    `version: 1
base: scratch
layers:
  - name: system
    contents:
      - { files: busybox, to: /bin/busybox }
      - { symlink: "${outside}", to: /data }
config: { entrypoint: [/bin/busybox], workdir: /data/here }
`,
  );
  const reference = parseReference(`oci:${path('out')}:v1`);
  await applyImage(host, { ...request, destinations: [reference] });
  const said: string[] = [];
  const onOutput = (chunk: Uint8Array): unknown => said.push(Buffer.from(chunk).toString());
  const { status } = await runImage(host, {
    ...request,
    reference,
    args: ['pwd'],
    runtime: 'podman',
    env: {},
    onOutput,
  });
  expect([status, said.join('')]).toEqual([0, `${outside}/here\n`]);
  expect(readdirSync(outside)).toEqual([]);
});
