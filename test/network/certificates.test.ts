import { spawn } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { on, once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { failureOf } from '../support/failure-of.js';
import { need } from '../support/programs.js';
import { type Certificate, makeAuthority, type TestAuthority } from '../support/registry/certificates.js';
import { outputOf } from '../support/run.js';
import { type ServerSettings, servers, type TestServer } from '../support/servers.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { asking, type Setup, testNetwork } from './support.js';

const directory = temporaryDirectory();
const start = servers();
const OPENSSL = 'openssl';
const own = (): string => mkdtempSync(join(directory.path, 'own-'));

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** A certificate of the authority that has expired, and one that nobody signed. */
async function makeUnusable(authority: TestAuthority, at: string) {
  const file = (end: string): string => join(at, end);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-subj', '/CN=localhost'];
  await outputOf(OPENSSL, ['req', ...key, '-keyout', file('old.key'), '-out', file('old.csr')]);
  writeFileSync(file('names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  const sign = [
    '-CA',
    authority.certificateFile,
    '-CAkey',
    authority.keyFile,
    '-CAcreateserial',
    '-extfile',
    file('names'),
  ];
  await outputOf(OPENSSL, ['x509', '-req', '-in', file('old.csr'), ...sign, '-out', file('old.crt'), '-days', '-1']);
  const names = ['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  await outputOf(OPENSSL, ['req', '-x509', ...key, ...names, '-keyout', file('self.key'), '-out', file('self.crt')]);
  const read = (name: string): Pick<Certificate, 'certificate' | 'key'> => ({
    certificate: readFileSync(file(`${name}.crt`), 'utf8'),
    key: readFileSync(file(`${name}.key`), 'utf8'),
  });
  return { expired: read('old'), selfSigned: read('self') };
}

describe.skipIf(!need(OPENSSL))('TLS', () => {
  let authority: TestAuthority;
  let good: Certificate;
  let bad: Awaited<ReturnType<typeof makeUnusable>>;
  beforeAll(async () => {
    const at = own();
    authority = await makeAuthority(at);
    good = await authority.issue('server');
    bad = await makeUnusable(authority, at);
  });

  const serve = ({ certificate, key }: Pick<Certificate, 'certificate' | 'key'>, more: ServerSettings['tls'] = {}) =>
    start.http(
      (response, _heard, request) => {
        const peer =
          'getPeerCertificate' in request.socket ? (request.socket as never as Peer).getPeerCertificate() : {};
        response.end(`hello ${peer.subject?.CN ?? 'stranger'}`);
      },
      { tls: { cert: certificate, key, ...more } },
    );
  interface Peer {
    getPeerCertificate(): { readonly subject?: { readonly CN?: string } };
  }

  async function fetchText(server: TestServer, setup: Setup = {}, host = '127.0.0.1'): Promise<string> {
    const network = testNetwork(setup);
    const answer = await network.send(asking(`https://${host}:${server.port}/`));
    const text = Buffer.from(await answer.whole(1000)).toString();
    await network.close();
    return text;
  }

  describe('trusts an authority', () => {
    it.each([
      ['containers', '.config/containers/certs.d'],
      ['rootless docker', '.config/docker/certs.d'],
      ['Docker Desktop', '.docker/certs.d'],
    ])('in the certs.d of %s, for the host and port of its name only', async (_what, path) => {
      const server = await serve(good);
      const home = own();
      authority.writeCertsD(join(home, path, `127.0.0.1:${server.port}`));
      expect(await fetchText(server, { home })).toBe('hello stranger');
      expect((await failureOf(fetchText(server, { home }, 'localhost'))).details.reason).toBe('certificate');
      const others = own();
      authority.writeCertsD(join(others, path, '127.0.0.1'));
      authority.writeCertsD(join(others, path, '127.0.0.1:1'));
      expect((await failureOf(fetchText(server, { home: others }))).details.reason).toBe('certificate');
    });

    it('below XDG_CONFIG_HOME, in the directory that was named, and in the variables of OpenSSL and Node', async () => {
      const server = await serve(good);
      const at = own();
      authority.writeCertsD(join(at, 'containers/certs.d', `127.0.0.1:${server.port}`));
      const file = authority.certificateFile;
      const one = authority.writeCertsD(join(at, 'one'));
      writeFileSync(join(one, 'README'), 'no certificate');
      for (const setup of [
        { variables: { XDG_CONFIG_HOME: at } },
        { certificateDirectory: one },
        { variables: { SSL_CERT_FILE: file } },
        { variables: { NODE_EXTRA_CA_CERTS: file } },
        { variables: { SSL_CERT_DIR: `/nonexistent:${one}` } },
      ]) {
        expect(await fetchText(server, setup)).toBe('hello stranger');
      }
    });

    it('in DER as well as in PEM, and several in one file', async () => {
      const server = await serve(good);
      const at = own();
      writeFileSync(join(at, 'ca.crt'), new X509Certificate(authority.certificate).raw);
      expect(await fetchText(server, { certificateDirectory: at })).toBe('hello stranger');
      writeFileSync(join(at, 'ca.crt'), `# first\n${bad.selfSigned.certificate}\n# second\n${authority.certificate}`);
      expect(await fetchText(server, { certificateDirectory: at })).toBe('hello stranger');
    });
  });

  describe('says what is wrong with a certificate, and what to do', () => {
    it.each([
      [
        'of an authority that is not known',
        () => good,
        '127.0.0.1',
        'comes from an authority that is not known here',
        false,
      ],
      ['that has expired', () => bad.expired, '127.0.0.1', 'has expired', true],
      ['that signed itself', () => bad.selfSigned, '127.0.0.1', 'is self-signed', true],
      ['for another host', () => good, '127.0.0.2', 'is for "localhost, 127.0.0.1", not for "127.0.0.2"', true],
    ])('%s', async (_what, certificate, host, reason, trusted) => {
      const server = await start.http((response) => response.end(), {
        tls: { cert: certificate().certificate, key: certificate().key },
        at: { host },
      });
      const setup = trusted ? { variables: { SSL_CERT_FILE: authority.certificateFile } } : {};
      const network = testNetwork({ home: '/home/me', ...setup });
      const failure = await failureOf(network.send(asking(`${server.origin}/v2/`)));
      expect([failure.code, network.sleeps]).toEqual(['server-unavailable', []]);
      expect(failure.message).toBe(`Cannot read "it": ${server.origin}: its certificate ${reason}`);
      expect(failure.hint).toContain(`/home/me/.config/containers/certs.d/${host}:${server.port}/ca.crt`);
      expect(failure.hint).toContain(`/etc/containers/certs.d/${host}:${server.port}/ca.crt`);
      expect(failure.hint).toContain('SSL_CERT_FILE');
      expect(failure.hint).toContain(`--insecure ${host}:${server.port}`);
      expect(server.heard).toEqual([]);
    });

    it('unless the user takes any from this host, and only from this', async () => {
      const server = await serve(bad.selfSigned);
      for (const insecure of [`127.0.0.1:${server.port}`, '127.0.0.1']) {
        expect(await fetchText(server, { insecure: [insecure] })).toBe('hello stranger');
        expect((await failureOf(fetchText(server, { insecure: [insecure] }, 'localhost'))).details.reason).toBe(
          'certificate',
        );
      }
      for (const insecure of [`127.0.0.1:${server.port + 1}`, 'localhost', '127.0.0.2', '27.0.0.1']) {
        expect((await failureOf(fetchText(server, { insecure: [insecure] }))).details.reason).toBe('certificate');
      }
    });
  });

  describe('shows the certificate of the client', () => {
    it('that lies beside the authority, to a server that asks', async () => {
      const server = await serve(good, { requestCert: true, ca: authority.certificate, rejectUnauthorized: true });
      const client = await authority.issue('me');
      const at = authority.writeCertsD(own(), client);
      expect(await fetchText(server, { certificateDirectory: at })).toBe('hello me');
      const home = own();
      authority.writeCertsD(join(home, '.config/containers/certs.d', `127.0.0.1:${server.port}`), client);
      expect(await fetchText(server, { home })).toBe('hello me');
    });

    it('or says that the server wants one', async () => {
      const port = await freePort();
      const server = spawn(
        OPENSSL,
        ['s_server', '-accept', `127.0.0.1:${port}`, '-cert', good.certificateFile, '-key', good.keyFile].concat([
          '-CAfile',
          authority.certificateFile,
          '-Verify',
          '1',
          '-verify_return_error',
          '-www',
        ]),
        { stdio: ['ignore', 'pipe', 'pipe'] },
      );
      try {
        // Its first lines come before it listens.
        for await (const [text] of on(server.stdout, 'data')) if (String(text).includes('ACCEPT')) break;
        const network = testNetwork({ variables: { SSL_CERT_FILE: authority.certificateFile }, home: '/home/me' });
        const failure = await failureOf(network.send(asking(`https://127.0.0.1:${port}/`)));
        expect(failure.message).toContain('does not accept the certificate of the client, or its lack');
        const at = `/home/me/.config/containers/certs.d/127.0.0.1:${port}`;
        expect(failure.hint).toContain(`${at} as client.cert and client.key`);
        const setup = { certificateDirectory: authority.writeCertsD(own(), await authority.issue('me')) };
        const answer = await testNetwork(setup).send(asking(`https://127.0.0.1:${port}/`));
        expect(answer.status).toBe(200);
        await answer.discard();
      } finally {
        server.kill();
      }
    });
  });

  it.each([
    ['a certificate without its key', { 'a.cert': 'good' }, /there is no "a\.key" beside it/],
    ['the key of another', { 'a.cert': 'good', 'a.key': 'other' }, /is not the key of ".*a\.cert"/],
    ['no key', { 'a.cert': 'good', 'a.key': 'nonsense' }, /holds no usable private key/],
    ['no certificate', { 'a.crt': 'nonsense' }, /holds no valid certificate/],
    ['an empty file', { 'a.crt': '' }, /holds no valid certificate/],
  ] as const)('does not begin with %s', async (_what, files, message) => {
    const server = await serve(good);
    const at = own();
    for (const [name, what] of Object.entries(files)) {
      const item = name.endsWith('.key') ? 'key' : 'certificate';
      const text = what === 'good' ? good[item] : what === 'other' ? bad.selfSigned[item] : what;
      writeFileSync(join(at, name), text);
    }
    const failure = await failureOf(fetchText(server, { certificateDirectory: at }));
    expect(failure.code).toBe('network-settings-invalid');
    expect(failure.message).toMatch(message);
    expect(failure.message).toContain(at);
    expect(server.connections).toBe(0);
  });

  it.each(['certificateDirectory', 'SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS'])(
    'does not begin without the %s that was named',
    async (name) => {
      const server = await serve(good);
      const missing = join(directory.path, 'missing');
      const setup =
        name === 'certificateDirectory' ? { certificateDirectory: missing } : { variables: { [name]: missing } };
      const failure = await failureOf(fetchText(server, setup));
      expect([failure.code, failure.message.includes(missing)]).toEqual(['network-settings-invalid', true]);
    },
  );

  it.skipIf(process.getuid?.() === 0)('passes over a directory of another user', async () => {
    const server = await serve(good);
    const home = own();
    const closed = join(home, '.docker/certs.d', `127.0.0.1:${server.port}`);
    mkdirSync(closed, { recursive: true });
    chmodSync(closed, 0);
    expect(await fetchText(server, { home, variables: { SSL_CERT_FILE: authority.certificateFile } })).toBe(
      'hello stranger',
    );
  });

  it('keeps its connections, also where nobody vouches for the certificate', async () => {
    const server = await serve(bad.selfSigned);
    const network = testNetwork({ insecure: ['127.0.0.1'] });
    for (let i = 0; i < 3; i++) await (await network.send(asking(`${server.origin}/`))).whole(100);
    expect([server.connections, server.heard.length]).toEqual([1, 3]);
  });

  it('of the usual kind is spoken through a proxy, end to end', async () => {
    const certificate = await authority.issue('far', ['DNS:registry.example', 'DNS:cdn.example']);
    const far = await serve(certificate);
    const proxy = await start.proxy();
    const variables = { SSL_CERT_FILE: authority.certificateFile, HTTPS_PROXY: `me:secret@127.0.0.1:${proxy.port}` };
    const network = testNetwork({ variables });
    const url = `https://registry.example:${far.port}/v2/`;
    const ask = () => network.send(asking(url, { authorization: 'Bearer hidden' }));
    for (let i = 0; i < 3; i++) expect(Buffer.from(await (await ask()).whole(100)).toString()).toBe('hello stranger');
    expect(proxy.lines).toEqual([`CONNECT registry.example:${far.port}`]);
    expect(proxy.headers[0]).toMatchObject({
      host: `registry.example:${far.port}`,
      'proxy-authorization': `Basic ${Buffer.from('me:secret').toString('base64')}`,
    });
    expect(JSON.stringify(proxy.headers)).not.toContain('hidden');
    expect(far.heard.map(({ headers }) => [headers.authorization, headers['proxy-authorization']])).toEqual(
      far.heard.map(() => ['Bearer hidden', undefined]),
    );
    // A name that the certificate does not have.
    const failure = await failureOf(network.send(asking(`https://other.example:${far.port}/`)));
    expect(failure.message).toContain('not for "other.example"');
    expect(failure.message).toContain(`through the proxy http://127.0.0.1:${proxy.port}`);
    expect(JSON.stringify([failure.message, failure.hint, failure.details])).not.toContain('secret');
  });

  it.each([
    ['http://cdn.example/', 'from TLS to plain HTTP'],
    ['https://127.0.0.1:1/', 'a local address'],
    ['https://169.254.169.254/latest/meta-data', 'a local address'],
    ['https://2852039166/', 'a local address'],
    ['https://localhost./', 'a local address'],
  ])('of a server that is not local leads not to %s', async (location, reason) => {
    const certificate = await authority.issue('far', ['DNS:registry.example']);
    const far = await start.http(
      (response) => {
        response.writeHead(307, { location });
        response.end();
      },
      { tls: { cert: certificate.certificate, key: certificate.key } },
    );
    const proxy = await start.proxy();
    const variables = { SSL_CERT_FILE: authority.certificateFile, HTTPS_PROXY: proxy.origin };
    const failure = await failureOf(testNetwork({ variables }).send(asking(`https://registry.example:${far.port}/`)));
    expect([failure.code, failure.message.includes(reason)]).toEqual(['server-invalid', true]);
    expect(proxy.lines.length).toBe(1);
  });

  it('of another host gets no secret that was meant for the first', async () => {
    const names = ['DNS:registry.example', 'DNS:cdn.registry.example'];
    const certificate = await authority.issue('both', names);
    const tls = { cert: certificate.certificate, key: certificate.key };
    const cdn = await start.http((response) => response.end('bytes'), { tls });
    const far = await start.http(
      (response) => {
        response.writeHead(307, { location: `https://cdn.registry.example:${cdn.port}/x?sig=1` });
        response.end();
      },
      { tls },
    );
    const proxy = await start.proxy();
    const variables = { SSL_CERT_FILE: authority.certificateFile, HTTPS_PROXY: proxy.origin };
    const request = asking(`https://registry.example:${far.port}/`, { authorization: 'Bearer hidden' });
    const answer = await testNetwork({ variables }).send(request);
    expect(Buffer.from(await answer.whole(100)).toString()).toBe('bytes');
    expect(far.heard[0]!.headers.authorization).toBe('Bearer hidden');
    expect(JSON.stringify(cdn.heard)).not.toContain('hidden');
  });
});
