import { request } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { need } from '../../support/programs.js';
import { makeImage, type TestImage, writeLayout } from '../../support/registry/images.js';
import { Probe } from '../../support/registry/probe.js';
import { distributionQuirks } from '../../support/registry/quirks.js';
import { type RealRegistry, realPrograms, startRealRegistry } from '../../support/registry/real.js';
import { startRegistry } from '../../support/registry/registry.js';
import { skopeoDigest, skopeoPull, skopeoPush } from '../../support/registry/skopeo.js';
import { run } from '../../support/run.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

/** Sends a part of what was promised, waits until it has come, and goes away. */
function sendPart(url: string, bytes: number): Promise<void> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/octet-stream', 'content-length': String(bytes * 2) };
    const sent = request(url, { method: 'PATCH', headers });
    sent.on('error', () => undefined);
    sent.on('close', resolve);
    sent.write(Buffer.alloc(bytes), () => setTimeout(() => sent.destroy(), 200));
  });
}

describe.skipIf(!need('skopeo', 'curl', ...realPrograms))('docker-registry', () => {
  const workspace = temporaryDirectory();
  const opened: RealRegistry[] = [];
  let image: TestImage;
  beforeAll(async () => {
    image = await makeImage();
    writeLayout(join(workspace.path, 'layout'), { latest: image });
  });
  afterAll(() => Promise.all(opened.map((registry) => registry.close())));

  const start = async (...args: Parameters<typeof startRealRegistry>): Promise<RealRegistry> => {
    const registry = await startRealRegistry(...args);
    opened.push(registry);
    return registry;
  };
  const push = (registry: RealRegistry) =>
    skopeoPush(registry, `oci:${join(workspace.path, 'layout')}:latest`, 'a/b:v1');
  const pull = (registry: RealRegistry) => skopeoPull(registry, 'a/b:v1', `dir:${join(workspace.path, registry.kind)}`);

  it.each(['plain', 'password', 'token', 'redirect'] as const)('of kind %s takes and gives images', async (kind) => {
    const registry = await start(kind);
    await push(registry);
    await pull(registry);
    expect(await skopeoDigest(registry, 'a/b:v1')).toBe(image.digest);
    expect(registry.accesses()).toContain('PUT /v2/a/b/manifests/v1 201');
    // The token server is asked for every name, the other origin for every blob.
    const beside = registry.beside?.requests.filter(({ status }) => status === 200).length ?? 0;
    expect(beside).toBeGreaterThanOrEqual({ plain: 0, password: 0, token: 3, redirect: 3 }[kind]);
    if (registry.user !== undefined) {
      const stranger = { ...registry, user: { name: 'alice', password: 'wrong' } };
      await expect(skopeoDigest(stranger, 'a/b:v1')).resolves.not.toBe(image.digest);
    }
  });

  it('of kind password is trusted through its authority only', async () => {
    const registry = opened.find(({ kind }) => kind === 'password')!;
    const trusting = await run('curl', ['-s', '--cacert', registry.authorityFile!, `${registry.origin}/v2/`]);
    expect(trusting.stdout).toContain('UNAUTHORIZED');
    expect((await run('curl', ['-s', `${registry.origin}/v2/`])).status).toBe(60);
  });

  it('of kind read-only gives what another has taken, and takes nothing', async () => {
    const writable = await start('plain');
    await push(writable);
    const registry = await start('read-only', { data: writable.data });
    expect(await skopeoDigest(registry, 'a/b:v1')).toBe(image.digest);
    await expect(push(registry)).rejects.toThrow(/405/);
  });

  it('of kind token ends tokens two seconds after they were given, if they are to be good for -58', async () => {
    const registry = await start('token', { tokenSeconds: -58 });
    await push(registry);
    const { token } = (await (
      await fetch(`${registry.beside!.origin}/token?service=test.registry&scope=repository:a/b:pull`, {
        headers: { authorization: `Basic ${btoa('alice:s3cret')}` },
      })
    ).json()) as { token: string };
    const ask = () => fetch(`${registry.origin}/v2/a/b/tags/list`, { headers: { authorization: `Bearer ${token}` } });
    expect((await ask()).status).toBe(200);
    await expect
      .poll(async () => (await ask()).headers.get('www-authenticate'), { timeout: 5000 })
      .toMatch(/invalid_token/);
  });

  it('loses an upload whose connection was cut, and so does the registry of the tests', async () => {
    const real = await start('plain');
    const ours = await startRegistry({ quirks: distributionQuirks });
    for (const { origin } of [real, ours]) {
      const probe = new Probe(origin);
      await probe.send('/v2/a/b/blobs/uploads/', { method: 'POST' });
      const { location } = probe;
      await sendPart(location, 100_000);
      expect((await probe.send(location)).status).toBe(404);
    }
    await ours.close();
  });
});
