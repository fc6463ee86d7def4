import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { need } from '../../support/programs.js';
import { makeAuthority } from '../../support/registry/certificates.js';
import { startCuttingProxy } from '../../support/registry/cutting-proxy.js';
import { bearerGuard } from '../../support/registry/guards.js';
import { makeImage, putImage } from '../../support/registry/images.js';
import { openLaboratory, whoWasTold } from '../../support/registry/laboratory.js';
import { outcomeOf, tokenFor } from '../../support/registry/outcome.js';
import { startRegistry } from '../../support/registry/registry.js';
import { outputOf } from '../../support/run.js';
import { temporaryDirectory } from '../../support/temporary-directory.js';

describe('the token server', () => {
  it('gives tokens for what was asked for, that end', async () => {
    const lab = await openLaboratory();
    lab.registry.guard = bearerGuard(lab.tokens);
    putImage(lab.registry.repository('a'), await makeImage(), 'v1');
    const ask = async (authorization?: string) => {
      const answer = await fetch(
        `${lab.registry.origin}/v2/a/tags/list`,
        authorization === undefined ? {} : { headers: { authorization } },
      );
      return [answer.status, /error="(\w+)"/.exec(answer.headers.get('www-authenticate') ?? '')?.[1]];
    };
    expect(await ask()).toEqual([401, undefined]);
    expect(await ask(await tokenFor(lab, 'repository:b:pull'))).toEqual([401, 'insufficient_scope']);
    const token = await tokenFor(lab, 'repository:b:pull', 'repository:a:pull');
    expect(await ask(token)).toEqual([200, undefined]);
    lab.tokens.revokeAll();
    expect(await ask(token)).toEqual([401, 'invalid_token']);
    lab.tokens.options.scopes = 'first';
    expect(await ask(await tokenFor(lab, 'repository:b:pull', 'repository:a:pull'))).toEqual([
      401,
      'insufficient_scope',
    ]);
    lab.tokens.options.lifetimeMs = 0;
    expect(await ask(await tokenFor(lab, 'repository:a:pull'))).toEqual([401, 'invalid_token']);
    await lab.close();
  });

  it('exchanges identity tokens', async () => {
    const lab = await openLaboratory();
    lab.tokens.options.identityTokens = ['identity'];
    const post = (secret: string) => {
      const form = {
        grant_type: 'refresh_token',
        refresh_token: secret,
        client_id: 'x',
        service: 'test.registry',
        scope: 'repository:a:pull',
      };
      return fetch(lab.tokens.realm, { method: 'POST', body: new URLSearchParams(form) });
    };
    expect((await post('wrong')).status).toBe(401);
    expect(await (await post('identity')).json()).toMatchObject({ access_token: expect.stringMatching(/^token-/) });
    lab.tokens.options.posts = false;
    expect((await post('identity')).status).toBe(404);
    await lab.close();
  });
});

describe('the proxy', () => {
  it('counts, and cuts at the byte', async () => {
    const registry = await startRegistry();
    const proxy = await startCuttingProxy(registry.authority);
    const begun = await fetch(`${proxy.origin}/v2/a/blobs/uploads/`, { method: 'POST' });
    const location = begun.headers.get('location')!;
    expect(new URL(location).host).toBe(proxy.authority);
    const before = proxy.sentBytes;
    proxy.cutAfter(50_000);
    expect(await outcomeOf(location, { method: 'PATCH', body: new Uint8Array(100_000) })).toBe('cut');
    expect([proxy.sentBytes - before, proxy.cuts]).toEqual([50_000, 1]);
    await expect.poll(() => registry.requests.at(-1)!.receivedBytes).toBeGreaterThan(49_000);
    expect((await fetch(location)).status).toBe(204);
    proxy.pause();
    expect(await outcomeOf(`${proxy.origin}/v2/`)).toBe('stalled');
    proxy.resume();
    expect(await outcomeOf(`${proxy.origin}/v2/`)).toEqual([200, '{}']);
    proxy.cutEach = 10;
    expect(await outcomeOf(`${proxy.origin}/v2/`)).toBe('cut');
    await proxy.close();
    await expect(
      new Promise((resolve, reject) => connect(proxy.port, '127.0.0.1').on('error', reject).on('connect', resolve)),
    ).rejects.toThrow(/ECONNREFUSED/);
    await registry.close();
  });
});

describe.skipIf(!need('openssl', 'curl'))('servers with TLS', () => {
  const workspace = temporaryDirectory();

  it('have certificates of an authority, and let only its clients in if they are to', async () => {
    const authority = await makeAuthority(workspace.path);
    const server = await authority.issue('server');
    const client = await authority.issue('client');
    const ask = (origin: string, ...args: readonly string[]) => outputOf('curl', ['-sS', ...args, `${origin}/v2/`]);
    const trust = ['--cacert', authority.certificateFile];
    const open = await startRegistry({ tls: server });
    expect(await ask(open.origin, ...trust)).toBe('{}');
    await expect(ask(open.origin)).rejects.toThrow(/ended with 60/);
    const closed = await startRegistry({ tls: { ...server, clientAuthority: authority.certificate } });
    await expect(ask(closed.origin, ...trust)).rejects.toThrow(/ended with/);
    expect(await ask(closed.origin, ...trust, '--cert', client.certificateFile, '--key', client.keyFile)).toBe('{}');
    await Promise.all([open.close(), closed.close()]);
  });
});

describe('a laboratory', () => {
  it('knows who was told a secret', async () => {
    const { registry, tokens, stranger, requests, close } = await openLaboratory();
    await fetch(`${registry.origin}/v2/`, { headers: { authorization: `Basic ${btoa('alice:s3cret')}` } });
    await fetch(`${tokens.origin}/token?password=s3%63ret`);
    expect(whoWasTold(requests, 's3cret')).toEqual(['registry', 'tokens']);
    await fetch(stranger.origin, { method: 'POST', body: new URLSearchParams({ password: 'in a form: s3cret' }) });
    expect(whoWasTold(requests, 's3cret')).toEqual(['registry', 'tokens', 'stranger']);
    expect(whoWasTold(requests, 'other')).toEqual([]);
    await close();
  });
});
