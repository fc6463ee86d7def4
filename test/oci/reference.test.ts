import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TbuildError } from '../../src/errors/index.js';
import {
  type DaemonReference,
  type Digest,
  type FileReference,
  isRegistryHost,
  parseReference,
  parseRegistryReference,
  type Reference,
  type RegistryReference,
  renderReference,
  withTag,
} from '../../src/oci/index.js';
import { need } from '../support/programs.js';
import { run } from '../support/run.js';

const digest = `sha256:${'a'.repeat(64)}` as Digest;
const hex = 'b'.repeat(64);

function failure(parse: () => unknown): TbuildError {
  try {
    parse();
  } catch (error) {
    if (error instanceof TbuildError) return error;
    throw error;
  }
  throw new Error('it did not fail');
}

describe('a reference to a file', () => {
  const good: readonly [string, FileReference['transport'], string, string?][] = [
    ['oci:dir', 'oci', 'dir'],
    ['oci:dir:v1', 'oci', 'dir', 'v1'],
    ['oci:.:v1', 'oci', '.', 'v1'],
    ['oci:/a/b c/ü:_1.0-a', 'oci', '/a/b c/ü', '_1.0-a'],
    ['oci:user@host', 'oci', 'user@host'],
    ['oci:a:b:c', 'oci', 'a', 'b:c'],
    ['oci:a:team/app', 'oci', 'a', 'team/app'],
    ['oci:a:docker.io/library/app:1.0', 'oci', 'a', 'docker.io/library/app:1.0'],
    ['oci:a:localhost:5000/app:v1', 'oci', 'a', 'localhost:5000/app:v1'],
    ['oci:a:1.0+build', 'oci', 'a', '1.0+build'],
    ['oci:oci', 'oci', 'oci'],
    ['oci-archive:x y/ü.tar:v1', 'oci-archive', 'x y/ü.tar', 'v1'],
    ['oci-archive:a.tar:docker.io/library/app:1.0', 'oci-archive', 'a.tar', 'docker.io/library/app:1.0'],
    ['docker-archive:a.tar', 'docker-archive', 'a.tar'],
    ['docker-archive:a.tar:v1', 'docker-archive', 'a.tar', 'v1'],
    ['docker-archive:a.tar:app:v1', 'docker-archive', 'a.tar', 'app:v1'],
    ['docker-archive:a.tar:team/app', 'docker-archive', 'a.tar', 'team/app'],
    ['docker-archive:a.tar:ghcr.io/a/b:v1', 'docker-archive', 'a.tar', 'ghcr.io/a/b:v1'],
    ['dir:a', 'dir', 'a'],
    ['dir:a:b:c', 'dir', 'a:b:c'],
    [`dir:a@${digest}`, 'dir', `a@${digest}`],
    ['dir:..', 'dir', '..'],
  ];
  it.each(good)('%s has a path and perhaps a name', (text, transport, path, tag) => {
    const reference = parseReference(text);
    expect(reference).toEqual({ transport, path, ...(tag !== undefined && { tag }) });
    expect(renderReference(reference)).toBe(text);
  });
});

describe('a reference to a registry', () => {
  const good: readonly [string, string, string, (string | undefined)?, Digest?][] = [
    ['alpine', 'docker.io', 'library/alpine'],
    ['alpine:3.19', 'docker.io', 'library/alpine', '3.19'],
    [`alpine@${digest}`, 'docker.io', 'library/alpine', undefined, digest],
    [`alpine:3.19@${digest}`, 'docker.io', 'library/alpine', '3.19', digest],
    ['me/app', 'docker.io', 'me/app'],
    ['a/b/c:1', 'docker.io', 'a/b/c', '1'],
    ['docker.io', 'docker.io', 'library/docker.io'],
    ['docker.io/alpine', 'docker.io', 'library/alpine'],
    ['docker.io/library/alpine', 'docker.io', 'library/alpine'],
    ['index.docker.io/alpine', 'docker.io', 'library/alpine'],
    ['registry-1.docker.io/library/alpine', 'registry-1.docker.io', 'library/alpine'],
    ['docker.io:443/alpine', 'docker.io:443', 'alpine'],
    ['ghcr.io/a/b:1.2', 'ghcr.io', 'a/b', '1.2'],
    ['GHCR.io/a/b', 'ghcr.io', 'a/b'],
    ['localhost/app', 'localhost', 'app'],
    ['localhost:5000/app', 'localhost:5000', 'app'],
    ['localhost:5000', 'docker.io', 'library/localhost', '5000'],
    ['host:5000/a:b', 'host:5000', 'a', 'b'],
    ['127.0.0.1:5000/x', '127.0.0.1:5000', 'x'],
    ['[::1]:5000/x:y', '[::1]:5000', 'x', 'y'],
    ['[2001:db8::1]/x', '[2001:db8::1]', 'x'],
    ['a.b/c__d/e--f/g.h_i', 'a.b', 'c__d/e--f/g.h_i'],
    [`${'a'.repeat(128)}/x:${'T'.repeat(128)}`, 'docker.io', `${'a'.repeat(128)}/x`, 'T'.repeat(128)],
    [`x/${'b'.repeat(64)}`, 'docker.io', `x/${'b'.repeat(64)}`],
    ['x:_', 'docker.io', 'library/x', '_'],
  ];
  it.each(good)('%s is written out', (text, registry, repository, tag, pinned) => {
    const expected = {
      transport: 'docker',
      registry,
      repository,
      ...(tag !== undefined && { tag }),
      ...(pinned && { digest: pinned }),
    };
    expect(parseRegistryReference(text)).toEqual(expected);
    const reference = parseReference(`docker://${text}`);
    expect(reference).toEqual(expected);
    expect(parseReference(renderReference(reference))).toEqual(reference);
  });

  it.each([
    ['ghcr.io', true],
    ['localhost:5000', true],
    ['[::1]', true],
    ['xn--bcher-kva.example', true],
    ['', false],
    ['a/b', false],
    ['a b', false],
    ['-a', false],
    ['a..b', false],
    ['a.', false],
    ['a_b', false],
    ['user@host', false],
    ['https://host', false],
    ['host:', false],
    ['host:0', false],
    ['host:65536', false],
    ['host:5000:1', false],
    ['999.1.1.1', false],
    ['[:::]', false],
    ['[::1', false],
    ['host\n', false],
    [`${'a'.repeat(300)}.io`, false],
  ])('%j is the address of a registry: %s', (text, isHost) => {
    expect(isRegistryHost(text)).toBe(isHost);
  });
});

describe('a reference to the docker daemon', () => {
  const good: readonly [string, Omit<DaemonReference, 'transport'>][] = [
    ['docker-daemon:alpine:3.19', { name: 'alpine', tag: '3.19' }],
    ['docker-daemon:ghcr.io/a/b:1', { name: 'ghcr.io/a/b', tag: '1' }],
    ['docker-daemon:localhost:5000/app:v1', { name: 'localhost:5000/app', tag: 'v1' }],
    [`docker-daemon:${digest}`, { digest }],
    [`docker-daemon:alpine@${digest}`, { name: 'alpine', digest }],
  ];
  it.each(good)('%s is a name and a tag, or a digest', (text, parts) => {
    const reference = parseReference(text);
    expect(reference).toEqual({ transport: 'docker-daemon', ...parts });
    expect(renderReference(reference)).toBe(text);
  });
});

describe('what is no reference', () => {
  const bad: readonly [string, string, string?][] = [
    // no transport
    ['dir', '"dir" names no transport', 'Did you mean "oci:dir"? Write docker://'],
    ['out/dir:v1', 'names no transport', 'Did you mean "oci:out/dir:v1" or "docker://out/dir:v1"? '],
    ['./out', 'names no transport', 'Did you mean "oci:./out"? '],
    ['/srv/x:v1', 'names no transport', 'Did you mean "oci:/srv/x:v1"? '],
    ['a/b.tar:v1', 'names no transport', 'Did you mean "oci-archive:a/b.tar:v1"? '],
    ['ghcr.io/a/b:1', 'names no transport', 'Did you mean "docker://ghcr.io/a/b:1"? '],
    ['127.0.0.1:5000/a', 'names no transport', 'Did you mean "docker://127.0.0.1:5000/a"? '],
    [`alpine@${digest}`, 'names no transport', `Did you mean "docker://alpine@${digest}"? `],
    ['alpine:3.19', 'names no transport', 'Did you mean "oci:alpine:3.19" or "docker://alpine:3.19"? '],
    ['OCI:out:v1', 'names no transport', 'Did you mean "oci:out:v1"? '],
    ['oci-archve:a.tar', 'names no transport', 'Did you mean "oci-archive:a.tar"? '],
    ['dcker://alpine', 'names no transport', 'Did you mean "docker://alpine"? '],
    ['docker-deamon:a:b', 'names no transport', 'Did you mean "docker-daemon:a:b"? '],
    ['', '"" names no transport', 'Write docker://'],
    [':', 'names no transport', 'Write docker://'],
    ['http://a/b', 'names no transport', 'Write docker://'],
    // files
    ['oci:', 'names no path', 'oci:. with a dot'],
    ['oci::v1', 'names no path', 'oci:. with a dot'],
    ['oci-archive:', 'names no path'],
    ['docker-archive::a:b', 'names no path'],
    ['dir:', 'names no path'],
    ['oci:a\0b', 'NUL'],
    ['dir:a\0b', 'NUL'],
    ['oci:dir:', '"" in "oci:dir:" is not a tag', 'A tag is'],
    ['oci:dir:.x', 'is not a tag', 'A tag is'],
    ['oci:dir:a b', 'is not a tag', 'A tag is'],
    ['oci:a:b/c d', 'is not a tag', 'The path ends at the first colon'],
    ['oci:C:\\x', 'is not a tag', 'A tag is'],
    [`oci:dir:${'a/'.repeat(300)}b`, 'is not a tag'],
    [`oci:dir@${digest}`, 'by its digest', 'by its tag, after a colon'],
    [`oci-archive:f:v1@${digest}`, 'by its digest', 'by its tag, after a colon'],
    ['docker-archive:f:', 'is not a tag'],
    ['docker-archive:f:App:v1', 'is not a repository', 'lower case'],
    ['docker-archive:f:1.0+x', 'is not a repository'],
    ['docker-archive:f:app:.v', '".v" in "docker-archive:f:app:.v" is not a tag'],
    [`docker-archive:f:app@${digest}`, 'by its digest'],
    ['docker-archive:f:@0', 'is not a digest'],
    // registries
    ['docker:alpine', 'lacks the slashes', 'Did you mean "docker://alpine"?'],
    ['docker:/alpine', 'lacks the slashes', 'Did you mean "docker://alpine"?'],
    ['docker://', 'names no repository', 'Write [HOST'],
    ['docker://ghcr.io/', 'names no repository', 'Write [HOST'],
    ['docker:///alpine', '"/alpine" in "docker:///alpine" is not a repository'],
    ['docker://Alpine', '"library/Alpine" in "docker://Alpine" is not a repository', 'lower case'],
    ['docker://Host/app', '"Host/app" in "docker://Host/app" is not a repository', 'lower case'],
    ['docker://ghcr.io/A/b', 'is not a repository', 'lower case'],
    ['docker://ghcr.io/a//b', 'is not a repository'],
    ['docker://ghcr.io/a/b/', 'is not a repository'],
    ['docker://ghcr.io/../b', 'is not a repository'],
    ['docker://a___b', 'is not a repository'],
    ['docker://-a', 'is not a repository'],
    ['docker://a-', 'is not a repository'],
    ['docker://a b', 'is not a repository'],
    ['docker://a\nb', 'is not a repository'],
    ['docker://ü', 'is not a repository'],
    [`docker://${hex}`, 'has the form of an image ID', '"sha256:" before it'],
    [`docker://${'a'.repeat(200)}/${'b'.repeat(60)}`, 'more than 255 characters'],
    ['docker://https://ghcr.io/a', '"https:" in "docker://https://ghcr.io/a" is not a host'],
    ['docker://user:pass@ghcr.io/a', 'user name or a password', 'tbuild login'],
    ['docker://host:99999/a', '"host:99999" in "docker://host:99999/a" is not a host'],
    ['docker://host:x/a', 'is not a host'],
    ['docker://a_b.c/d', 'is not a host'],
    ['docker://alpine:', 'is not a tag'],
    ['docker://alpine:-x', 'is not a tag', 'does not begin with'],
    [`docker://alpine:${'T'.repeat(129)}`, 'is not a tag', 'up to 128'],
    ['docker://alpine@', '"" in "docker://alpine@" is not a digest', '64 lower-case'],
    [`docker://alpine@${digest.toUpperCase()}`, 'is not a digest'],
    [`docker://alpine@sha256:${'a'.repeat(63)}`, 'is not a digest'],
    [`docker://alpine@sha512:${'a'.repeat(128)}`, 'is not a digest'],
    [`docker://alpine@${digest}:v1`, 'is not a digest'],
    [`docker://alpine@${digest}@${digest}`, 'is not a digest'],
    [`docker://@${digest}`, 'names no repository'],
    // the daemon
    ['docker-daemon:', 'names no repository'],
    ['docker-daemon:alpine', 'names no tag', 'docker-daemon:sha256:…'],
    ['docker-daemon:localhost:5000/app', 'names no tag'],
    ['docker-daemon:Alpine:v1', 'is not a repository', 'lower case'],
    [`docker-daemon:${hex}`, 'has the form of an image ID', '"sha256:" before it'],
    [`docker-daemon:alpine:v1@${digest}`, 'names a tag and a digest'],
    ['docker-daemon:sha256:abc', 'names neither a digest nor an image', 'docker-daemon:sha256:…'],
    ['docker-daemon:../x:y', 'is not a host'],
  ];
  it.each(bad)('%j is refused, with a hint where there is one', (text, problem, hint) => {
    const error = failure(() => parseReference(text));
    expect(error).toMatchObject({ code: 'reference-invalid', message: expect.stringContaining(problem) });
    if (hint !== undefined) expect(error.hint).toContain(hint);
    expect(JSON.stringify(error)).not.toContain('user:pass');
  });

  it('is refused in a time that grows with its length only', () => {
    for (const part of ['a', 'a-', 'a.', 'a_', 'a/', ':', '@', '[', '0', 'a:']) {
      const text = `docker://${part.repeat(50_000)}!`;
      expect(failure(() => parseReference(text)).code).toBe('reference-invalid');
      expect(failure(() => parseReference(`oci:x:${part.repeat(50_000)}!`)).code).toBe('reference-invalid');
    }
  }, 5_000);
});

describe('another tag', () => {
  const cases: readonly [string, string][] = [
    ['oci:dir', 'oci:dir:v2'],
    ['oci:dir:v1', 'oci:dir:v2'],
    ['oci:dir:docker.io/library/app:v1', 'oci:dir:docker.io/library/app:v2'],
    ['docker-archive:f:localhost:5000/app', 'docker-archive:f:localhost:5000/app:v2'],
    ['docker-archive:f:app:v1', 'docker-archive:f:app:v2'],
    ['dir:x', 'dir:x'],
    ['docker://ghcr.io/a/b', 'docker://ghcr.io/a/b:v2'],
    ['docker://ghcr.io/a/b:v1', 'docker://ghcr.io/a/b:v2'],
    ['docker-daemon:app:v1', 'docker-daemon:app:v2'],
    [`docker-daemon:app@${digest}`, 'docker-daemon:app:v2'],
    [`docker-daemon:${digest}`, `docker-daemon:${digest}`],
  ];
  it.each(cases)('of %s is %s', (text, expected) => {
    expect(renderReference(withTag(parseReference(text), 'v2'))).toBe(expected);
  });
});

describe('any reference', () => {
  const word = fc.stringMatching(/^[a-z0-9]{1,8}$/);
  const part = fc
    .tuple(word, fc.array(fc.tuple(fc.constantFrom('.', '_', '__', '-', '---'), word), { maxLength: 2 }))
    .map(([first, rest]) => first + rest.flat().join(''));
  const tag = fc.stringMatching(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,20}$/);
  const digests = fc.stringMatching(/^[0-9a-f]{64}$/).map((digits) => `sha256:${digits}` as Digest);
  const host = fc.oneof(
    fc.tuple(word, word, fc.option(fc.integer({ min: 1, max: 65_535 }))).map(([a, b, port]) => {
      // A number at the end would make it an address.
      return `${a}.x${b}${port === null ? '' : `:${port}`}`;
    }),
    fc.constantFrom('docker.io', 'localhost', 'localhost:5000', '127.0.0.1:5000', '[::1]:5000'),
  );
  const registry: fc.Arbitrary<RegistryReference> = fc
    .record({
      registry: host,
      path: fc.array(part, { minLength: 2, maxLength: 3 }),
      tag: fc.option(tag),
      digest: fc.option(digests),
    })
    .map((parts) => ({
      transport: 'docker',
      registry: parts.registry,
      repository: parts.path.join('/'),
      ...(parts.tag !== null && { tag: parts.tag }),
      ...(parts.digest !== null && { digest: parts.digest }),
    }));
  const path = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }).map((text) => text.replaceAll('\0', 'x'));
  const bare = path.map((text) => text.replaceAll(':', '_')).filter((text) => !text.endsWith('@sha256'));
  const named = fc.oneof(
    tag,
    fc.tuple(part, part, tag).map(([a, b, c]) => `${a}/${b}:${c}`),
  );
  const file: fc.Arbitrary<FileReference> = fc.oneof(
    path.map((text): FileReference => ({ transport: 'dir', path: text })),
    fc
      .tuple(fc.constantFrom('oci', 'oci-archive', 'docker-archive'), bare, fc.option(named))
      .map(
        ([transport, text, name]): FileReference => ({ transport, path: text, ...(name !== null && { tag: name }) }),
      ),
  );
  const daemon: fc.Arbitrary<DaemonReference> = fc.oneof(
    digests.map((id): DaemonReference => ({ transport: 'docker-daemon', digest: id })),
    fc
      .tuple(word, part, tag)
      .map(([a, b, c]): DaemonReference => ({ transport: 'docker-daemon', name: `${a}/${b}`, tag: c })),
  );

  it('is what its text is read as', () => {
    fc.assert(
      fc.property(fc.oneof(registry, file, daemon), (reference: Reference) => {
        expect(parseReference(renderReference(reference))).toEqual(reference);
      }),
    );
  });

  it('that a text is read as has a text that is read alike, and no text is a bug', () => {
    const start = fc.constantFrom('oci:', 'dir:', 'docker-archive:', 'docker://', 'docker-daemon:', '');
    const pieces = fc.constantFrom(
      'a',
      'B',
      '/',
      ':',
      '@',
      '.',
      '-',
      '_',
      '[',
      ']',
      'sha256:',
      hex,
      'docker.io',
      '\0',
      ' ',
    );
    fc.assert(
      fc.property(start, fc.array(pieces, { maxLength: 8 }), (transport, rest) => {
        const text = transport + rest.join('');
        try {
          const reference = parseReference(text);
          expect(parseReference(renderReference(reference))).toEqual(reference);
        } catch (error) {
          if (!(error instanceof TbuildError)) throw error;
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe.skipIf(!need('skopeo'))('skopeo', () => {
  /** Where nothing is; a reference that is read at all gets as far as missing it. */
  const nowhere = join(tmpdir(), 'tbuild-nowhere');
  const cases: readonly [string, boolean][] = [
    [`oci:${nowhere}:a:b`, true],
    [`oci:${nowhere}:docker.io/library/x:1`, true],
    [`oci:${nowhere}:.x`, false],
    [`oci-archive:${nowhere}:team/app`, true],
    [`oci-archive:${nowhere}:a b`, false],
    [`docker-archive:${nowhere}:app:v1`, true],
    [`docker-archive:${nowhere}:localhost:5000/app:v1`, true],
    [`docker-archive:${nowhere}:v1`, true],
    [`docker-archive:${nowhere}:App:v1`, false],
    [`docker-archive:${nowhere}:`, false],
    [`docker-archive:${nowhere}:app@${digest}`, false],
    [`dir:${nowhere}:a`, true],
    ['docker:alpine', false],
    ['docker://', false],
    ['docker://Alpine', false],
    ['docker://Host/app', false],
    [`docker://${hex}`, false],
    ['docker://127.0.0.1:1/x:y', true],
    ['docker://127.0.0.1:1/x:-', false],
    ['docker-daemon:app', false],
    ['docker-daemon:app:v1', true],
    ['docker-daemon:App:v1', false],
    [`docker-daemon:${digest}`, true],
    [`docker-daemon:app@${digest}`, true],
    [`docker-daemon:app:v1@${digest}`, false],
    ['docker-daemon:sha256:abc', false],
    [`docker-daemon:${hex}`, false],
    ['alpine', false],
  ];
  it.each(cases)('and tbuild read %s alike: %s', async (text, isGood) => {
    const env = { DOCKER_HOST: `unix://${nowhere}` };
    const { stderr } = await run('skopeo', ['inspect', '--raw', '--tls-verify=false', text], { env });
    // It begins to look for the image, or it does not.
    expect(/no such file|refused|Cannot connect/.test(stderr), stderr).toBe(isGood);
    if (isGood) parseReference(text);
    else expect(failure(() => parseReference(text)).code).toBe('reference-invalid');
  });
});
