import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { failureOf } from '../support/failure-of.js';
import { need } from '../support/programs.js';
import { type Certificate, makeAuthority } from '../support/registry/certificates.js';
import { servers } from '../support/servers.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { asking, testNetwork } from './support.js';

const start = servers();
const directory = temporaryDirectory();

describe('plain HTTP', () => {
  it('carries a secret to the machine itself, and to nobody else', async () => {
    const server = await start.http((response) => response.end('ok'));
    const network = testNetwork({ insecure: ['registry.example', '10.1.2.3'] });
    for (const host of ['127.0.0.1', 'localhost', 'a.localhost']) {
      await (await network.send(asking(`http://${host}:${server.port}/`, { authorization: 'Basic secret' }))).discard();
    }
    expect(server.heard.map(({ headers }) => headers.authorization)).toEqual(Array(3).fill('Basic secret'));
    for (const origin of ['http://registry.example:1', 'http://10.1.2.3', 'http://0.0.0.0:1', 'http://[::]:1']) {
      const failure = await failureOf(network.send(asking(`${origin}/`, { authorization: 'Basic secret' })));
      expect([failure.code, failure.exit]).toEqual(['registry-unauthorised', 77]);
      expect(failure.message).toBe(
        `Cannot read "it": ${origin} asks for credentials over plain HTTP, where anybody can read them`,
      );
      expect(failure.hint).toBe('Let the server speak TLS, or use it without credentials.');
    }
  });

  it('goes to a proxy as it is, with what the proxy wants to know', async () => {
    const proxy = await start.proxy();
    const variables = { HTTP_PROXY: `http://me:pw@127.0.0.1:${proxy.port}`, NO_PROXY: 'direct.localhost' };
    const network = testNetwork({ variables });
    for (let i = 0; i < 2; i++) {
      const answer = await network.send(asking('http://registry.example:8080/a?b=c'));
      expect(Buffer.from(await answer.whole(100)).toString()).toBe('from the proxy');
    }
    expect(proxy.lines).toEqual(Array(2).fill('GET http://registry.example:8080/a?b=c'));
    expect(proxy.connections).toBe(1);
    expect(proxy.headers[0]).toMatchObject({
      host: 'registry.example:8080',
      'proxy-authorization': `Basic ${Buffer.from('me:pw').toString('base64')}`,
    });
  });

  it.each([
    ['http://registry.example/', 407, 'the proxy wants to know who asks (407)', 1],
    ['https://registry.example/', 407, 'the proxy wants to know who asks (407)', 1],
    ['https://registry.example/', 403, 'the proxy answered 403', 1],
    ['https://registry.example/', 502, 'the proxy answered 502', 5],
  ])('or TLS to %s fails where the proxy answers %s', async (url, status, reason, times) => {
    const proxy = await start.proxy(() => status);
    const network = testNetwork({ variables: { ALL_PROXY: `http://me:secret@127.0.0.1:${proxy.port}` } });
    const failure = await failureOf(network.send(asking(url)));
    expect(failure.code).toBe('server-unavailable');
    expect(failure.message).toBe(
      `Cannot read "it": ${new URL(url).origin} through the proxy http://127.0.0.1:${proxy.port}: ${reason}`,
    );
    expect(JSON.stringify([failure.message, failure.hint, failure.details])).not.toContain('secret');
    expect(proxy.lines.length).toBe(times);
  });

  it('and TLS fail with the name of a proxy that is not there', async () => {
    const gone = await start.proxy();
    await gone.close();
    for (const url of ['http://registry.example/', 'https://registry.example/']) {
      const failure = await failureOf(testNetwork({ variables: { ALL_PROXY: gone.origin } }).send(asking(url)));
      expect(failure.message).toContain(`through the proxy ${gone.origin}: connection refused`);
    }
  });
});

describe.skipIf(!need('openssl'))('the origin of a host', () => {
  let good: Certificate;
  let authorityFile: string;
  beforeAll(async () => {
    const authority = await makeAuthority(mkdtempSync(join(directory.path, 'ca-')));
    good = await authority.issue('server');
    authorityFile = authority.certificateFile;
  });
  const serveTls = () =>
    start.http((response) => response.end('ok'), { tls: { cert: good.certificate, key: good.key } });

  it('is https, without asking, where plain HTTP is not allowed', async () => {
    const network = testNetwork();
    expect((await network.originOf('ghcr.io')).href).toBe('https://ghcr.io/');
    expect((await network.originOf('10.0.0.1:5000')).href).toBe('https://10.0.0.1:5000/');
    expect(network.traffic.requests).toBe(0);
  });

  it('is what is spoken on loopback, found without a request, and asked once', async () => {
    const plain = await start.http((response) => response.end('ok'));
    const secure = await serveTls();
    const network = testNetwork({ variables: { SSL_CERT_FILE: authorityFile } });
    for (const host of ['127.0.0.1', 'localhost']) {
      for (let i = 0; i < 3; i++) {
        expect((await network.originOf(`${host}:${plain.port}`)).href).toBe(`http://${host}:${plain.port}/`);
        expect((await network.originOf(`${host}:${secure.port}`)).href).toBe(`https://${host}:${secure.port}/`);
      }
    }
    expect([plain.connections, secure.connections]).toEqual([2, 2]);
    expect([plain.heard, secure.heard]).toEqual([[], []]);
    const both = await Promise.all([1, 2, 3].map(() => testNetwork().originOf(`127.0.0.1:${plain.port}`)));
    expect(new Set(both.map(String)).size).toBe(1);
  });

  it('is found before the authorities are read, which a request over TLS then needs', async () => {
    const variables = { SSL_CERT_FILE: '/nonexistent/authorities.pem' };
    const plain = await start.http((response) => response.end('ok'));
    const network = testNetwork({ variables });
    const answer = await network.send(asking((await network.originOf(`127.0.0.1:${plain.port}`)).href));
    expect(Buffer.from(await answer.whole(100)).toString()).toBe('ok');
    const secure = await serveTls();
    const origin = await network.originOf(`127.0.0.1:${secure.port}`);
    expect(origin.protocol).toBe('https:');
    const failure = await failureOf((async () => network.send(asking(origin.href)))());
    expect(failure.code).toBe('network-settings-invalid');
    expect(secure.heard).toEqual([]);
  });

  it('is https also where the certificate is wrong, which then is what fails', async () => {
    const secure = await serveTls();
    const network = testNetwork();
    const origin = await network.originOf(`127.0.0.1:${secure.port}`);
    expect(origin.protocol).toBe('https:');
    expect((await failureOf(network.send(asking(origin.href)))).details.reason).toBe('certificate');
    expect(secure.heard).toEqual([]);
  });

  it('is http where the server ends the handshake, or does not answer it', async () => {
    const closing = await start.tcp((socket) => socket.on('data', () => socket.destroy()));
    expect((await testNetwork().originOf(`127.0.0.1:${closing.port}`)).protocol).toBe('http:');
    const waiting = await start.tcp(() => undefined);
    expect((await testNetwork({ timeoutMs: 300 }).originOf(`127.0.0.1:${waiting.port}`)).protocol).toBe('http:');
  });

  it('is not known where nobody listens, and is asked for again the next time', async () => {
    const server = await start.http((response) => response.end());
    await server.close();
    const network = testNetwork();
    for (let i = 0; i < 2; i++) {
      const failure = await failureOf(network.originOf(`127.0.0.1:${server.port}`));
      expect([failure.code, failure.message]).toEqual([
        'server-unavailable',
        `Cannot connect: https://127.0.0.1:${server.port}: connection refused`,
      ]);
    }
    expect(network.sleeps.length).toBe(8);
  });

  it('is http for a host that the user named', async () => {
    const plain = await start.http((response) => response.end());
    const at = `127.0.0.1:${plain.port}`;
    // Through a proxy that sends every name here.
    const proxy = await start.proxy();
    const variables = { ALL_PROXY: proxy.origin };
    const named = testNetwork({ variables, insecure: ['registry.example'] });
    expect((await named.originOf(`registry.example:${plain.port}`)).protocol).toBe('http:');
    const other = testNetwork({ variables, insecure: ['registry.example:1', 'other.example'] });
    expect((await other.originOf(`registry.example:${plain.port}`)).protocol).toBe('https:');
    expect((await testNetwork({ insecure: [at] }).originOf(at)).protocol).toBe('http:');
  });

  it('may be named insecure in any spelling, if it is a host', async () => {
    for (const insecure of ['127.1', '127.0.0.1:443', '[::1]', '::1', '[::1]:5000', 'Registry.Example.', 'a_b:5000']) {
      expect(() => testNetwork({ insecure: [insecure] })).not.toThrow();
    }
    for (const insecure of ['', 'https://a', 'a/b', 'a:b', ':5000', 'a@b', 'a b', 'a:123456', '[::1', '*.example']) {
      const failure = await failureOf(() => testNetwork({ insecure: [insecure] }));
      expect([insecure, failure.code]).toEqual([insecure, 'network-settings-invalid']);
    }
  });
});
