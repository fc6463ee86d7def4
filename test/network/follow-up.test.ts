import { describe, expect, it } from 'vitest';
import { checkFollowUp, redactUrl, sameOrigin } from '../../src/network/index.js';
import { failureOf } from '../support/failure-of.js';

const FAR = 'https://registry.example/v2/a/blobs/x';

describe('a place that a server names', () => {
  it.each([
    [FAR, '/v2/b', 'https://registry.example/v2/b'],
    [FAR, 'y?z=1', 'https://registry.example/v2/a/blobs/y?z=1'],
    [FAR, '?z=1', 'https://registry.example/v2/a/blobs/x?z=1'],
    [FAR, '//cdn.example/x', 'https://cdn.example/x'],
    [FAR, 'https://cdn.example:8443/x', 'https://cdn.example:8443/x'],
    [FAR, 'https://registry.example:8443/x#part', 'https://registry.example:8443/x'],
    ['http://registry.example/', 'http://cdn.example/', 'http://cdn.example/'],
    ['http://registry.example/', 'https://cdn.example/', 'https://cdn.example/'],
    ['http://127.0.0.1:5000/', 'http://127.0.0.1:9000/x', 'http://127.0.0.1:9000/x'],
    ['http://127.0.0.1:5000/', 'http://localhost:9000/x', 'http://localhost:9000/x'],
    ['http://localhost:5000/', 'http://[::1]:9000/x', 'http://[::1]:9000/x'],
    ['https://10.0.0.1/', 'https://10.0.0.2/x', 'https://10.0.0.2/x'],
    ['http://127.0.0.1:5000/', 'https://cdn.example/x', 'https://cdn.example/x'],
    ['http://127.0.0.1:5000/', 'http://10.0.0.1:9000/x', 'http://10.0.0.1:9000/x'],
    ['https://169.254.1.1/', 'https://169.254.1.1:8443/x', 'https://169.254.1.1:8443/x'],
  ])('is followed from %s: %s', (from, to, expected) => {
    expect(checkFollowUp(new URL(from), to, { what: 'a redirect' }).href).toBe(expected);
  });

  it.each([
    [FAR, 'http://registry.example/x', 'from TLS to plain HTTP'],
    [FAR, 'http://cdn.example/x', 'from TLS to plain HTTP'],
    ['https://127.0.0.1/', 'http://127.0.0.1/', 'from TLS to plain HTTP'],
    [FAR, 'file:///etc/passwd', 'file is not HTTP'],
    [FAR, 'ftp://cdn.example/x', 'ftp is not HTTP'],
    [FAR, 'javascript:alert(1)', 'javascript is not HTTP'],
    [FAR, 'data:,x', 'data is not HTTP'],
    [FAR, 'https://user@cdn.example/', 'user information'],
    [FAR, 'https://user:secret@registry.example/', 'user information'],
    [FAR, '//:secret@cdn.example/', 'user information'],
    [FAR, 'https://127.0.0.1/', 'a local address'],
    [FAR, 'https://127.1/', 'a local address'],
    [FAR, 'https://2130706433/', 'a local address'],
    [FAR, 'https://0/', 'a local address'],
    [FAR, '//169.254.169.254/latest', 'a local address'],
    [FAR, 'https://[fd00:ec2::254]/', 'a local address'],
    [FAR, 'https://[::ffff:10.0.0.1]/', 'a local address'],
    [FAR, 'https://localhost./', 'a local address'],
    [FAR, 'https://a.localhost/', 'a local address'],
    ['http://registry.example/', 'http://169.254.169.254/', 'a local address'],
    ['https://10.0.0.1/', 'https://127.0.0.1/', 'a local address'],
    ['https://10.0.0.1/', 'https://169.254.169.254/', 'a local address'],
    ['http://127.0.0.1/', 'http://169.254.169.254/', 'a local address'],
    ['http://localhost/', 'http://[fd00:ec2::254]/', 'a local address'],
    ['https://10.0.0.1/', 'https://0.0.0.0/', 'a local address'],
    [FAR, 'https://', 'no URL'],
    [FAR, 'https://a b/', 'no URL'],
    [FAR, 'https://cdn.example:99999/', 'no URL'],
  ])('is refused from %s: %s', async (from, to, reason) => {
    const failure = await failureOf(() => checkFollowUp(new URL(from), to, { what: 'a redirect' }));
    expect(failure.code).toBe('server-invalid');
    expect(failure.message).toContain(`gave a redirect that is not followed: `);
    expect(failure.message).toContain(reason);
    expect(failure.message).not.toContain('secret');
  });

  it('has an origin: scheme, host and port', () => {
    const same = (a: string, b: string): boolean => sameOrigin(new URL(a), new URL(b));
    expect(same('https://a.example/x', 'https://A.example:443/y')).toBe(true);
    expect(same('https://a.example/', 'https://a.example:8443/')).toBe(false);
    expect(same('https://a.example/', 'http://a.example/')).toBe(false);
    expect(same('https://a.example/', 'https://b.a.example/')).toBe(false);
  });
});

describe('a URL in a message', () => {
  it.each([
    ['https://cdn.example/a/b', 'https://cdn.example/a/b'],
    ['https://cdn.example/a?X-Amz-Signature=abc&x=1&flag', 'https://cdn.example/a?X-Amz-Signature=…&x=…&…'],
    ['https://user:secret@cdn.example/a', 'https://…@cdn.example/a'],
    ['//user:secret@cdn.example/a', '//…@cdn.example/a'],
    ['user:secret@cdn.example:3128', '…@cdn.example:3128'],
    ['https://cdn.example/a#token=secret', 'https://cdn.example/a'],
    ['https://a@b@cdn.example/', 'https://…@cdn.example/'],
    ['/v2/a/blobs/uploads/1?_state=secret', '/v2/a/blobs/uploads/1?_state=…'],
    ['ht\ntps:///us\ter:secret@cdn.example/', 'https://…@cdn.example/'],
    ['https:\\\\user:secret@cdn.example\\a', 'https://…@cdn.example/a'],
    ['\\\\user:secret@cdn.example\\a', '\\\\…@cdn.example\\a'],
    ['https://cdn.example/\u001b[31mred\u0007\n', 'https://cdn.example/%1B[31mred'],
    ['/\u001b[31mred\u0007\n', '/\\u{1b}[31mred\\u{7}'],
    ['/\u202egnp.exe\u0085\u2028', '/\\u{202e}gnp.exe\\u{85}\\u{2028}'],
    ['?', ''],
    ['', ''],
  ])('%j shows no secret and steers no terminal', (url, shown) => {
    expect(redactUrl(url)).toBe(shown);
  });

  it('is not endless', () => {
    expect(redactUrl(`https://cdn.example/${'x'.repeat(100_000)}`).length).toBeLessThan(600);
    expect(redactUrl(new URL('https://a:b@cdn.example/?c=d'))).toBe('https://…@cdn.example/?c=…');
  });
});
