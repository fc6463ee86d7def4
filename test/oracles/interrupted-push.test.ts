import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { noise } from '../support/awkward-source.js';
import { type CuttingProxy, startCuttingProxy } from '../support/registry/cutting-proxy.js';
import { makeImage, type TestImage, writeLayout } from '../support/registry/images.js';
import { startRegistry, type TestRegistry } from '../support/registry/registry.js';
import { neutralEnv, program, runTbuild } from '../support/tbuild.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const CUTS = 10;

/** Positions in the stream of all that is sent, in order, the same at every run. */
function positionsIn(bytes: number): readonly number[] {
  const words = new Uint32Array(noise(CUTS * 4, 77).slice().buffer);
  return [...words].map((word) => Math.floor((word / 2 ** 32) * bytes)).sort((one, other) => one - other);
}

describe('a push whose process is killed in the middle', () => {
  const workspace = temporaryDirectory();
  let image: TestImage;
  let registry: TestRegistry;
  let proxy: CuttingProxy;
  beforeAll(async () => {
    image = await makeImage({ layerBytes: [12_000_000, 6_000_000, 3_000_000], seed: 3 });
    writeLayout(join(workspace.path, 'layout'), { v1: image });
    mkdirSync(join(workspace.path, 'home'));
    // Where every answer brings another Location, the one that nobody lived to read is lost, and with it the upload.
    registry = await startRegistry({ quirks: { changingState: false } });
    proxy = await startCuttingProxy(registry.authority);
  });
  afterAll(async () => {
    await proxy.close();
    await registry.close();
  });

  const push = (): readonly string[] => [
    'copy',
    `oci:${join(workspace.path, 'layout')}:v1`,
    `docker://${proxy.authority}/app:v1`,
    '--cache',
    join(workspace.path, 'cache'),
  ];
  const env = () => ({ HOME: join(workspace.path, 'home') });

  /** Ends the process at once when its connection is cut; true where it came so far. */
  function pushUntilCut(): Promise<boolean> {
    const before = proxy.cuts;
    const child = spawn(process.execPath, [program, ...push()], {
      env: { ...process.env, ...neutralEnv, ...env() },
      stdio: 'ignore',
    });
    const watch = setInterval(() => proxy.cuts > before && child.kill('SIGKILL'), 1);
    return new Promise((resolve) => {
      child.once('close', () => {
        clearInterval(watch);
        resolve(proxy.cuts > before);
      });
    });
  }

  it('goes on in the next process, ten times, and sends less than 1.2 times the image', async () => {
    let sent = 0;
    for (const position of positionsIn(image.totalBytes)) {
      proxy.cutAfter(Math.max(1, position - sent));
      expect(await pushUntilCut()).toBe(true);
      sent = registry.receivedBytes;
      expect(registry.repository('app').tags.size).toBe(0);
    }
    expect(await runTbuild(push(), { env: env() })).toMatchObject({ status: 0 });
    expect(registry.repository('app').tags.get('v1')).toBe(image.digest);
    expect(registry.receivedBytes).toBeLessThan(1.2 * image.totalBytes);
    expect(registry.requestsLike(/^GET .*\/blobs\/uploads\//).length).toBeGreaterThanOrEqual(CUTS / 2);
  });

  it('succeeds also where the registry has lost what came', async () => {
    registry.quirks.partialUploads = 'cancelled';
    registry.repository('app').blobs.clear();
    registry.repository('app').deleteManifest(image.digest);
    proxy.cutAfter(4_000_000);
    expect(await pushUntilCut()).toBe(true);
    expect(await runTbuild(push(), { env: env() })).toMatchObject({ status: 0 });
    expect(registry.repository('app').tags.get('v1')).toBe(image.digest);
  });
});
