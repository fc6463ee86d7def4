import { describe, expect, it } from 'vitest';
import type { ErrorCode } from '../../src/errors/index.js';
import { type Digest, parseDigest } from '../../src/oci/index.js';
import type { SyncedImage, SyncFailure, SyncRequest, SyncResult } from '../../src/operations/index.js';
import { runCli } from './support/fake-io.js';

const digest = (letter: string): Digest => parseDigest(`sha256:${letter.repeat(64)}`, 'test');

const image = (tag: string, more: Partial<SyncedImage> = {}): SyncedImage => ({
  from: `docker://docker.io/library/alpine:${tag}`,
  to: `oci:out/library/alpine:${tag}`,
  digest: digest('a'),
  change: 'new',
  bytesWritten: 3_400_000,
  ...more,
});

const failure = (code: ErrorCode, more: Partial<SyncFailure> = {}): SyncFailure => ({
  from: 'docker://docker.io/library/alpine:9',
  to: 'oci:out/library/alpine:9',
  code,
  message: 'It is not so',
  at: { file: 'sync.yaml', line: 5, column: 7, length: 1 },
  ...more,
});

const images: readonly SyncedImage[] = [
  image('3.19'),
  image('edge', { change: 'moved', previous: digest('b'), platform: 'linux/amd64' }),
  image('3.18', { change: 'same', bytesWritten: 0 }),
];

async function syncing(argv: readonly string[], result: Partial<SyncResult>) {
  const requests: SyncRequest[] = [];
  const outcome = await runCli(['sync', ...argv], {
    operations: {
      syncImages: async (_, request) => {
        requests.push(request);
        return { dryRun: request.dryRun ?? false, images: [], failures: [], ...result };
      },
    },
  });
  return { ...outcome, requests };
}

describe('sync', () => {
  it('shows what it did like a plan', async () => {
    const { status, stdout, stderr } = await syncing(['sync.yaml'], { images });
    expect(status).toBe(0);
    expect(stdout).toBe(
      [
        '+ new    docker://docker.io/library/alpine:3.19  → oci:out/library/alpine:3.19  sha256:aaaaaaaaaaaa  3.4 MB',
        '~ moved  docker://docker.io/library/alpine:edge  → oci:out/library/alpine:edge  sha256:bbbbbbbbbbbb → sha256:aaaaaaaaaaaa  linux/amd64  3.4 MB',
        '= same   docker://docker.io/library/alpine:3.18  → oci:out/library/alpine:3.18  sha256:aaaaaaaaaaaa',
        'copied  1 new, 1 moved, 1 the same; 6.8 MB written',
        '',
      ].join('\n'),
    );
    expect(stderr).toBe('');
  });

  it('passes on what is asked for', async () => {
    const argv = ['--to', 'oci:out', '--dry-run', '--insecure', 'a.example:5000', '--chunk-size', '1MiB', 'list.yaml'];
    const { requests, stdout } = await syncing(argv, { images: [image('1', { bytesWritten: 0 })] });
    expect(requests).toMatchObject([
      {
        file: 'list.yaml',
        to: 'oci:out',
        dryRun: true,
        network: { insecure: ['a.example:5000'], chunkBytes: 2 ** 20 },
      },
    ]);
    expect(stdout).toContain('would copy  1 new, 0 moved, 0 the same; nothing was copied');
    expect(stdout).not.toContain('0 B');
  });

  it('shows whole digests to who wants everything', async () => {
    expect((await syncing(['-v', 'a'], { images })).stdout).toContain(`${digest('b')} → ${digest('a')}`);
  });

  it('tells every failure at the end, also to who wants quiet', async () => {
    const failures = [failure('image-missing', { hint: 'Write another.' }), failure('tag-moved')];
    const { status, stdout, stderr } = await syncing(['a', '--quiet'], { images, failures });
    expect(stdout).toBe('');
    expect(stderr).toBe(
      [
        'error[image-missing]: It is not so  sync.yaml:5',
        '  = not copied: docker://docker.io/library/alpine:9 → oci:out/library/alpine:9',
        '  = hint: Write another.',
        'error[tag-moved]: It is not so  sync.yaml:5',
        '  = not copied: docker://docker.io/library/alpine:9 → oci:out/library/alpine:9',
        '',
      ].join('\n'),
    );
    expect(status).toBe(4);
    expect((await syncing(['a'], { images, failures })).stdout).toContain('1 the same, 2 failed; 6.8 MB written');
  });

  it.each<[readonly ErrorCode[], number]>([
    [[], 0],
    [['server-unavailable'], 69],
    [['server-unavailable', 'image-missing'], 1],
    [['image-missing', 'registry-unauthorised', 'server-unavailable'], 77],
    [['registry-unauthorised', 'tag-moved', 'image-missing'], 4],
    [['server-unavailable', 'blob-mismatch'], 4],
  ])('ends with the worst of %j', async (codes, status) => {
    expect((await syncing(['a'], { failures: codes.map((code) => failure(code)) })).status).toBe(status);
  });

  it('gives programs everything as one document', async () => {
    const failures = [failure('image-missing')];
    const { status, stdout, stderr } = await syncing(['a', '--json'], { images, failures });
    expect(JSON.parse(stdout)).toEqual({ dryRun: false, images, failures });
    expect({ status, stderr }).toEqual({ status: 1, stderr: '' });
  });

  it('needs a list', async () => {
    expect((await syncing([], {})).status).toBe(64);
  });

  it('is described by its schema', async () => {
    const { stdout } = await runCli(['schema', 'sync'], { operations: { jsonSchema: (kind) => ({ title: kind }) } });
    expect(JSON.parse(stdout)).toEqual({ title: 'sync' });
  });
});
