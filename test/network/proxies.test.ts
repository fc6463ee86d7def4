import { describe, expect, it } from 'vitest';
import { createNodeHost } from '../../src/host/index.js';
import { parseNoProxy } from '../../src/network/no-proxy.js';
import { openProxies } from '../../src/network/proxies.js';
import { failureOf } from '../support/failure-of.js';

describe('NO_PROXY', () => {
  it.each([
    ['*', 'https://anything.example/', true],
    ['', 'https://anything.example/', false],
    ['example.com', 'https://example.com/', true],
    ['example.com', 'https://EXAMPLE.com./', true],
    ['EXAMPLE.COM', 'https://a.b.example.com/', true],
    ['example.com', 'https://notexample.com/', false],
    ['example.com', 'https://example.com.attacker/', false],
    ['.example.com', 'https://a.example.com/', true],
    ['.example.com', 'https://example.com/', false],
    ['*.example.com', 'https://a.example.com/', true],
    ['*.example.com', 'https://example.com/', false],
    ['example.com:8443', 'https://example.com:8443/', true],
    ['example.com:8443', 'https://example.com/', false],
    ['example.com:443', 'https://example.com/', true],
    ['example.com:80', 'http://example.com/', true],
    ['a.example, b.example', 'https://b.example/', true],
    ['a.example b.example,', 'https://b.example/', true],
    ['10.1.2.3', 'https://10.1.2.3/', true],
    ['10.1.2.3', 'https://10.1.2.4/', false],
    ['10.1.2.3', 'https://167838211/', true],
    ['10.1.2.3:5000', 'http://10.1.2.3:5000/', true],
    ['10.1.2.3:5000', 'http://10.1.2.3:5001/', false],
    ['10.0.0.0/8', 'https://10.255.0.1/', true],
    ['10.0.0.0/8', 'https://11.0.0.1/', false],
    ['10.0.0.0/9', 'https://10.127.0.1/', true],
    ['10.0.0.0/9', 'https://10.128.0.1/', false],
    ['0.0.0.0/0', 'https://8.8.8.8/', true],
    ['0.0.0.0/0', 'https://example.com/', false],
    ['10.1.2.3/32', 'https://10.1.2.3/', true],
    ['10.0.0.0/33', 'https://10.0.0.1/', false],
    ['2001:db8::/32', 'https://[2001:db8:1::5]/', true],
    ['2001:db8::/32', 'https://[2001:db9::5]/', false],
    ['2001:db8::1', 'https://[2001:db8:0::1]/', true],
    ['[2001:db8::1]', 'https://[2001:db8::1]/', true],
    ['[2001:db8::1]:5000', 'https://[2001:db8::1]:5000/', true],
    ['[2001:db8::1]:5000', 'https://[2001:db8::1]/', false],
    ['10.0.0.0/8', 'https://[2001:db8::1]/', false],
  ])('%j and %s: %s', (value, url, expected) => {
    expect(parseNoProxy(value)(new URL(url))).toBe(expected);
  });
});

function proxyFor(url: string, variables: Readonly<Record<string, string>>) {
  const { env } = createNodeHost();
  return openProxies({ ...env, variable: (name) => variables[name] })(new URL(url));
}

describe('the proxy', () => {
  const HTTPS = 'https://ghcr.io/';
  const HTTP = 'http://ghcr.io/';
  it.each([
    [HTTPS, { HTTPS_PROXY: 'http://a:1' }, 'http://a:1'],
    [HTTPS, { HTTP_PROXY: 'http://a:1' }, undefined],
    [HTTP, { HTTP_PROXY: 'http://a:1' }, 'http://a:1'],
    [HTTP, { HTTPS_PROXY: 'http://a:1' }, undefined],
    [HTTPS, { ALL_PROXY: 'http://a:1' }, 'http://a:1'],
    [HTTP, { all_proxy: 'http://a:1' }, 'http://a:1'],
    [HTTPS, { ALL_PROXY: 'http://a:1', HTTPS_PROXY: 'http://b:2' }, 'http://b:2'],
    [HTTPS, { https_proxy: 'http://a:1', HTTPS_PROXY: 'http://b:2' }, 'http://a:1'],
    [HTTPS, { HTTPS_PROXY: 'a:1' }, 'http://a:1'],
    [HTTPS, { HTTPS_PROXY: 'a' }, 'http://a'],
    [HTTPS, { HTTPS_PROXY: 'http://a:1', no_proxy: 'ghcr.io', NO_PROXY: 'other' }, undefined],
    [HTTPS, { HTTPS_PROXY: 'http://a:1', NO_PROXY: 'ghcr.io' }, undefined],
    ['https://localhost:5000/', { HTTPS_PROXY: 'http://a:1' }, undefined],
    ['http://127.0.0.1:5000/', { HTTP_PROXY: 'http://a:1', ALL_PROXY: 'http://a:1' }, undefined],
    ['http://[::1]:5000/', { HTTP_PROXY: 'http://a:1' }, undefined],
    [HTTPS, {}, undefined],
  ] as readonly (readonly [string, Record<string, string>, string | undefined])[])(
    'to %s with %j is %s',
    (url, variables, expected) => {
      expect(proxyFor(url, variables)?.url).toBe(expected);
    },
  );

  it('gets the user information of its URL, and shows it nobody', () => {
    const secret = Buffer.from('me:p@ss:word').toString('base64');
    expect(proxyFor(HTTPS, { HTTPS_PROXY: 'http://me:p%40ss:word@a:1/' })).toEqual({
      url: 'http://a:1',
      authorization: `Basic ${secret}`,
    });
  });

  it.each(['socks5://me:secret@a:1', 'https://me:secret@a:1', 'http://me:secret@', 'http://me:secret@a:b'])(
    '%s is not one that can be used',
    async (value) => {
      const failure = await failureOf(() => proxyFor(HTTPS, { ALL_PROXY: value }));
      expect(failure.code).toBe('network-settings-invalid');
      expect(failure.message).toContain('ALL_PROXY');
      expect(failure.message).not.toContain('secret');
    },
  );
});
