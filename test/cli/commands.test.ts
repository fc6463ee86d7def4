import { describe, expect, it } from 'vitest';
import { parseAge, parseChunkSize, parseExpected } from '../../src/cli/values.js';
import { parseReference } from '../../src/oci/index.js';
import type {
  ApplyImagesRequest,
  CacheGcRequest,
  CopyRequest,
  CopyResult,
  DeleteRequest,
  FilesRequest,
  InspectRequest,
  PlanImagesRequest,
  TagsRequest,
  VerifyRequest,
} from '../../src/operations/index.js';
import { runCli } from './support/fake-io.js';
import { applied, applySet, fakeDigest, plan, planOfOne, unchangedPlan } from './support/plans.js';

const planOperations = { planImages: async () => planOfOne(plan()) };

describe('plan', () => {
  it.each([
    ['changes', plan(), ['--detailed-exitcode'], 2],
    ['changes, without the option', plan(), [], 0],
    ['no changes', unchangedPlan, ['--detailed-exitcode'], 0],
  ])('exits as asked where there are %s', async (_, value, more, status) => {
    expect((await runCli(['plan', ...more], { operations: { planImages: async () => planOfOne(value) } })).status).toBe(
      status,
    );
  });

  it('is the same document for --format json and --json', async () => {
    const [a, b] = await Promise.all(
      ['--json', '--format=json'].map((option) => runCli(['plan', option], { operations: planOperations })),
    );
    expect(a!.stdout).toBe(b!.stdout);
    expect(JSON.parse(a!.stdout)).toEqual(plan());
  });

  it('compares with an image where one is named', async () => {
    const requests: PlanImagesRequest[] = [];
    const operations = {
      planImages: async (_: unknown, request: PlanImagesRequest) => {
        requests.push(request);
        return planOfOne(plan());
      },
    };
    await runCli(['plan', '--against', 'oci:a:b'], { operations });
    expect(requests[0]).toMatchObject({ files: ['image.yaml'], against: { transport: 'oci', path: 'a', tag: 'b' } });
  });
});

describe('apply', () => {
  const requests: ApplyImagesRequest[] = [];
  const operations = {
    applyImages: async (_: unknown, request: ApplyImagesRequest) => {
      requests.push(request);
      const destinations = request.destinations.map((reference) => ({
        reference,
        tags: ['1.0', 'latest'],
        blobsWritten: 3,
        bytesWritten: 12_300_000,
        blobsMounted: 0,
        blobsThere: 0,
      }));
      return applySet([['image.yaml', applied({ plan: plan({ summary: { layersToBuild: 1 } }), destinations })]]);
    },
  };

  it('writes to every destination, and says where the image is and what to do with it', async () => {
    const { stdout, stderr } = await runCli(['apply', '-o', 'oci:out', '-o', 'oci-archive:a b.tar:x'], { operations });
    expect(requests.at(-1)!.destinations).toEqual([
      { transport: 'oci', path: 'out' },
      { transport: 'oci-archive', path: 'a b.tar', tag: 'x' },
    ]);
    expect(stdout).toBe(`image    ${fakeDigest('9')}
of       example.com/app
build    built 1 layer
written  oci:out (2 tags: 1.0, latest)  3 blobs, 12.3 MB
written  oci-archive:a b.tar:x (2 tags: 1.0, latest)  3 blobs, 12.3 MB
`);
    expect(stderr).toBe('Next: podman run --rm oci:out:1.0\n');
  });

  it('publishes where it is asked to, also in pieces', async () => {
    await runCli(['apply'], { operations });
    expect(requests.at(-1)).toMatchObject({ push: false });
    expect(requests.at(-1)!.network).toBeUndefined();
    await runCli(['apply', '--push', '--chunk-size', '16MiB'], { operations });
    expect(requests.at(-1)).toMatchObject({ push: true, network: { chunkBytes: 16 * 1024 ** 2 } });
  });

  it.each([
    [
      { tags: ['1.0', 'latest'], blobsWritten: 2, bytesWritten: 3_100_000, blobsThere: 4, blobsMounted: 1 },
      'docker://ghcr.io/a/b (2 tags: 1.0, latest)  2 blobs, 3.1 MB sent, 4 blobs already there, 1 mounted',
      'podman run --rm ghcr.io/a/b:1.0',
    ],
    [
      { tags: [], blobsWritten: 0, bytesWritten: 0, blobsThere: 6, blobsMounted: 0 },
      'docker://ghcr.io/a/b (no tag: only by its digest)  everything was there',
      `podman run --rm ghcr.io/a/b@${fakeDigest('9')}`,
    ],
    [
      { tags: ['1.0'], blobsWritten: 0, bytesWritten: 0, blobsThere: 1, blobsMounted: 3 },
      'docker://ghcr.io/a/b (1 tag: 1.0)  1 blob already there, 3 mounted',
      'podman run --rm ghcr.io/a/b:1.0',
    ],
  ])('says what was sent and how to run what was pushed: %j', async (moved, pushed, next) => {
    const reference = { transport: 'docker', registry: 'ghcr.io', repository: 'a/b' } as const;
    const applyImages = async () => applySet([['image.yaml', applied({ destinations: [{ reference, ...moved }] })]]);
    const { stdout, stderr } = await runCli(['apply', '--push'], { operations: { applyImages } });
    expect([stdout.split('\n').at(-2), stderr]).toEqual([`pushed  ${pushed}`, `Next: ${next}\n`]);
  });

  it('tells podman, too, that a registry may do without a certificate that vouches for it', async () => {
    const reference = { transport: 'docker', registry: '127.0.0.1:5000', repository: 'a' } as const;
    const moved = { tags: ['1'], blobsWritten: 1, bytesWritten: 1, blobsThere: 0, blobsMounted: 0 };
    const destinations = [{ reference, ...moved, isInsecure: true as const }];
    const applyImages = async () => applySet([['image.yaml', applied({ destinations })]]);
    const { stderr } = await runCli(['apply'], { operations: { applyImages } });
    expect(stderr).toBe('Next: podman run --rm --tls-verify=false 127.0.0.1:5000/a:1\n');
  });

  it.each([
    ['dir:out', true, [], 'podman run --rm dir:out'],
    ['dir:out', false, [], 'tbuild files dir:out'],
    ['docker-daemon:app:1', true, ['1'], 'docker run --rm app:1'],
    ['docker://a.example/b', false, ['1'], 'tbuild files docker://a.example/b:1'],
    ['oci:out', true, [], 'tbuild files oci:out'],
    ['docker-archive:a b.tar', true, ['1'], "docker load -i 'a b.tar'"],
  ])('knows a next step for %s (runnable: %s)', async (text, isRunnable, tags, next) => {
    const moved = { tags, blobsWritten: 1, bytesWritten: 1, blobsThere: 0, blobsMounted: 0 };
    const destinations = [{ reference: parseReference(text), ...moved }];
    const applyImages = async () => applySet([['image.yaml', applied({ isRunnable, destinations })]]);
    expect((await runCli(['apply'], { operations: { applyImages } })).stderr).toBe(`Next: ${next}\n`);
  });

  it('prints only the digest with --quiet', async () => {
    const { stdout, stderr } = await runCli(['apply', '-q'], { operations });
    expect({ stdout, stderr }).toEqual({ stdout: `${fakeDigest('9')}\n`, stderr: '' });
  });

  it('has references as text under --json', async () => {
    const { stdout } = await runCli(['apply', '--json', '-o', 'oci:out'], { operations });
    expect(JSON.parse(stdout)).toMatchObject({
      digest: fakeDigest('9'),
      plan: { version: 1 },
      destinations: [
        { reference: 'oci:out', tags: ['1.0', 'latest'], blobsWritten: 3, blobsMounted: 0, blobsThere: 0 },
      ],
    });
  });
});

describe('verify', () => {
  const verdict = (reproducible: boolean, differences: readonly object[] = []) => ({
    verifyImage: async () =>
      ({
        reproducible,
        expected: fakeDigest('1'),
        found: fakeDigest(reproducible ? '1' : '2'),
        against: 'the last apply',
        differences,
        assertions: [],
      }) as never,
  });
  const difference = { where: 'layer app', path: '/a', expected: 'file 0644', found: 'absent', cause: 'It is gone.' };

  it('runs on a machine that looks different', async () => {
    const { status, stdout, hosts } = await runCli(['verify'], { operations: verdict(true) });
    expect(status).toBe(0);
    expect(hosts[0]!.variation).toMatchObject({ directoryOrder: 'reversed' });
    expect(stdout).toBe(`reproducible: ${fakeDigest('1')} = the last apply\n`);
  });

  it('exits 3 and shows the first differences with their causes', async () => {
    const { status, stdout } = await runCli(['verify'], { operations: verdict(false, Array(7).fill(difference)) });
    expect(status).toBe(3);
    expect(stdout).toContain(`not reproducible
  expected  ${fakeDigest('1')}  the last apply
  found     ${fakeDigest('2')}
The first of 7 differences:
  layer app  /a
    expected  file 0644
    found     absent
    cause     It is gone.
`);
    expect(stdout).toContain('  … and 2 more (--verbose or --json shows all)\n');
  });

  it('says why there is nothing to show where the expected content is not known', async () => {
    const { stdout } = await runCli(['verify'], { operations: verdict(false) });
    expect(stdout).toContain('name the image itself to see what differs');
  });

  it('hands on what to compare with', async () => {
    const requests: VerifyRequest[] = [];
    const operations = {
      verifyImage: async (_: unknown, request: VerifyRequest) => {
        requests.push(request);
        return verdict(true).verifyImage();
      },
    };
    await runCli(['verify', fakeDigest('a'), '-f', 'dir'], { operations });
    expect(requests[0]).toMatchObject({ file: 'dir', expected: { kind: 'digest', digest: fakeDigest('a') } });
    expect(() => parseExpected('sha256:1')).toThrow('not a sha256 digest');
    expect(parseExpected('oci:a.yaml')).toMatchObject({ kind: 'image' });
  });
});

describe('files', () => {
  const entry = { mode: '0755', uid: 0, gid: 0, layer: 0 };
  const entries = [
    { ...entry, path: '/tmp', kind: 'directory', mode: '1777' },
    { ...entry, path: '/bin/su', kind: 'file', mode: '4755', sizeBytes: 71_912, gid: 42 },
    { ...entry, path: '/bin/ping', kind: 'file', sizeBytes: 9, xattrs: ['security.capability'] },
    { ...entry, path: '/lib', kind: 'symlink', mode: '0777', target: 'usr/lib' },
    { ...entry, path: '/dev/null', kind: 'character-device', mode: '2644', uid: 65_532 },
  ];
  const requests: FilesRequest[] = [];
  const operations = {
    listFiles: async (_: unknown, request: FilesRequest) => {
      requests.push(request);
      return { digest: fakeDigest('1'), platform: 'linux/amd64', entries, fetchedBytes: 12_300_000 };
    },
  };

  it('lists like ls', async () => {
    const { stdout } = await runCli(['files', 'oci:a', '--layer', '2', '--platform', 'linux/arm64'], { operations });
    expect(requests[0]).toMatchObject({ layer: 2, platform: { os: 'linux', architecture: 'arm64' } });
    expect(stdout).toBe(`drwxrwxrwt  0:0         - /tmp/
-rwsr-xr-x  0:42    71912 /bin/su
-rwxr-xr-x+ 0:0         9 /bin/ping
lrwxrwxrwx  0:0         - /lib -> usr/lib
crw-r-Sr--  65532:0     - /dev/null
`);
  });

  it('tells what was fetched, of a registry only and not with --quiet', async () => {
    const told = async (...argv: string[]) => (await runCli(['files', ...argv], { operations })).stderr;
    expect([await told('docker://a'), await told('docker://a', '-q'), await told('oci:a')]).toEqual([
      'fetched 12.3 MB\n',
      '',
      '',
    ]);
  });

  it('prints only the paths with --quiet, and everything under --json', async () => {
    expect((await runCli(['files', 'oci:a', '-q'], { operations })).stdout).toBe(
      '/tmp\n/bin/su\n/bin/ping\n/lib\n/dev/null\n',
    );
    expect(JSON.parse((await runCli(['files', 'oci:a', '--json'], { operations })).stdout).entries).toEqual(entries);
  });
});

describe('inspect', () => {
  it('shows digest, config and layers', async () => {
    const image = {
      digest: fakeDigest('2'),
      platform: 'linux/amd64',
      manifest: {
        layers: [
          { digest: fakeDigest('3'), size: 1_500_000, mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip' },
        ],
        annotations: { 'org.example': 'x' },
      },
      config: {
        created: '1970-01-01T00:00:00Z',
        config: { Entrypoint: ['/app'], Env: ['A=1', 'B=\x1b[2J'], ExposedPorts: { '80/tcp': {} }, User: '65532' },
        history: [{ created_by: 'empty', empty_layer: true }, { created_by: 'tbuild layer app' }],
      },
    };
    const facts = { digest: fakeDigest('2'), mediaType: 'manifest', fetchedBytes: 2048 };
    const result = { reference: 'oci:out:1', ...facts, images: [image] };
    const operations = { inspectImage: async () => result as never };
    expect((await runCli(['inspect', 'docker://a/b'], { operations })).stderr).toBe('fetched 2.0 kB\n');
    const { stdout, stderr } = await runCli(['inspect', 'oci:out:1'], { operations });
    expect(stderr).toBe('');
    expect(stdout).toBe(`image   oci:out:1
digest  ${fakeDigest('2')}
type    manifest

linux/amd64
  digest       ${fakeDigest('2')}
  created      1970-01-01T00:00:00Z
  user         65532
  entrypoint   ["/app"]
  env          A=1
               B=\\x1b[2J
  ports        80/tcp
  annotations  org.example=x
  1 layer, 1.5 MB
    0  ${fakeDigest('3')}  1.5 MB  gzip  tbuild layer app
`);
  });
});

describe('inspect --referrers', () => {
  it('shows what refers to the image', async () => {
    const requests: InspectRequest[] = [];
    const descriptor = { mediaType: 'm', digest: fakeDigest('5'), size: 700 };
    const referrers = [{ ...descriptor, artifactType: 'application/x' }, descriptor];
    const result = { reference: 'r', digest: fakeDigest('2'), mediaType: 'm', images: [], fetchedBytes: 1 };
    const operations = {
      inspectImage: async (_: unknown, request: InspectRequest) => {
        requests.push(request);
        return { ...result, referrers: requests.length === 1 ? referrers : [] };
      },
    };
    const { stdout } = await runCli(['inspect', 'docker://a/b', '--referrers'], { operations });
    expect(requests[0]).toMatchObject({ referrers: true });
    expect(stdout).toContain(
      `\nreferrers\n  ${fakeDigest('5')}  700 B  application/x\n  ${fakeDigest('5')}  700 B  m\n`,
    );
    expect((await runCli(['inspect', 'docker://a/b', '--referrers'], { operations })).stdout).toContain(
      '\nreferrers\n  none\n',
    );
  });
});

describe('copy', () => {
  const requests: CopyRequest[] = [];
  const result: CopyResult = {
    ...{ from: 'oci:a:1', to: 'docker://a.example/b', tags: ['1', 'latest'], digest: fakeDigest('4'), mediaType: 'm' },
    ...{ blobsWritten: 2, bytesWritten: 5_000, blobsMounted: 0, blobsThere: 1 },
  };
  const operations = {
    copyImage: async (_: unknown, request: CopyRequest) => {
      requests.push(request);
      return result;
    },
  };

  it('hands on where from, where to, which platform and which tags', async () => {
    await runCli(['copy', 'oci:a:1', 'docker://a.example/b', '--tag', 'x', '--tag', 'y', '--all'], { operations });
    expect(requests.at(-1)).toMatchObject({
      from: { transport: 'oci', path: 'a', tag: '1' },
      to: { transport: 'docker', registry: 'a.example', repository: 'b' },
      platform: 'all',
      tags: ['x', 'y'],
    });
    await runCli(['copy', 'oci:a', 'oci:b', '--platform', 'linux/arm64', '--chunk-size', '1MB'], { operations });
    expect(requests.at(-1)).toMatchObject({
      platform: { os: 'linux', architecture: 'arm64' },
      network: { chunkBytes: 1_000_000 },
    });
    await runCli(['copy', 'oci:a', 'oci:b'], { operations });
    expect(Object.keys(requests.at(-1)!).sort()).toEqual(['from', 'report', 'to']);
  });

  it('says what it did', async () => {
    const argv = ['copy', 'oci:a:1', 'docker://a.example/b'];
    expect((await runCli(argv, { operations })).stdout).toBe(`image  ${fakeDigest('4')}
from   oci:a:1
to     docker://a.example/b  2 blobs, 5.0 kB sent, 1 blob already there
tags   1, latest
`);
    expect((await runCli([...argv, '-q'], { operations })).stdout).toBe(`${fakeDigest('4')}\n`);
    expect(JSON.parse((await runCli([...argv, '--json'], { operations })).stdout)).toEqual(result);
  });

  it.each([
    ['1024', 1024],
    ['64KiB', 65_536],
    ['16MiB', 16_777_216],
    ['5MB', 5_000_000],
    ['2GiB', 2_147_483_648],
    ['9kB', 9_000],
  ])('takes pieces of %s', (text, bytes) => {
    expect(parseChunkSize(text)).toBe(bytes);
  });

  it.each(['', '16', 'MiB', '16M', '16 MiB', '16mib', '1.5MiB', '-1MiB', '6GiB', '1e9'])('takes none of %j', (text) => {
    expect(() => parseChunkSize(text)).toThrow('not a size from 1KiB to 5GiB');
  });
});

describe('tags', () => {
  it('are one a line, and a list under --json', async () => {
    const requests: TagsRequest[] = [];
    const result = { repository: 'ghcr.io/a/b', tags: ['1', 'latest'] };
    const operations = {
      listTags: async (_: unknown, request: TagsRequest) => {
        requests.push(request);
        return result;
      },
    };
    expect((await runCli(['tags', 'docker://ghcr.io/a/b'], { operations })).stdout).toBe('1\nlatest\n');
    expect(JSON.parse((await runCli(['tags', 'docker://a', '--json'], { operations })).stdout)).toEqual(result);
    expect(requests[0]).toMatchObject({ reference: { registry: 'ghcr.io', repository: 'a/b' } });
  });
});

describe('delete', () => {
  it.each([
    ['tag', ['1'], 'deleted the tag docker://ghcr.io/a/b:1'],
    ['image', ['1'], 'deleted the image docker://ghcr.io/a/b:1'],
    ['image', ['1', '1.0', 'latest'], 'deleted the image docker://ghcr.io/a/b:1 (and 2 tags: 1.0, latest)'],
  ] as const)('says that the %s is gone, and with it %j', async (deleted, tags, line) => {
    const requests: DeleteRequest[] = [];
    const result = { reference: 'docker://ghcr.io/a/b:1', digest: fakeDigest('6'), deleted, tags };
    const operations = {
      deleteImage: async (_: unknown, request: DeleteRequest) => {
        requests.push(request);
        return result;
      },
    };
    const argv = ['delete', 'docker://ghcr.io/a/b:1'];
    expect((await runCli(argv, { operations })).stdout).toBe(`${line}  ${fakeDigest('6')}\n`);
    expect(JSON.parse((await runCli([...argv, '--with-other-tags', '--json'], { operations })).stdout)).toEqual(result);
    expect(requests).toMatchObject([{ withOtherTags: false }, { withOtherTags: true }]);
  });
});

describe('cache', () => {
  it('shows what it holds', async () => {
    const stats = {
      directory: '/c',
      blobs: 12,
      blobBytes: 45_200_000,
      unpacked: 2,
      unpackedBytes: 3_000_000,
      records: { layer: 3, base: 0 },
      recordBytes: 900,
    };
    const { stdout } = await runCli(['cache', 'stats'], { operations: { cacheStatistics: async () => stats } });
    expect(stdout).toBe('cache     /c\nblobs     12  45.2 MB\nunpacked  2   3.0 MB\nrecords   3   900 B  3 layer\n');
  });

  it('exits 4 where it is damaged, and names the files', async () => {
    const damaged = [{ path: '/c/blobs/x', reason: 'it is another content' }];
    const operations = { cacheVerify: async () => ({ directory: '/c', checked: 2, damaged }) };
    const { status, stdout } = await runCli(['cache', 'verify', '-q'], { operations });
    expect(status).toBe(4);
    expect(stdout).toBe('damaged: 1 of 2 files in /c\n  /c/blobs/x  it is another content\n');
  });

  it('collects garbage of the given age', async () => {
    const requests: CacheGcRequest[] = [];
    const removed = { removedBlobs: 1, removedUnpacked: 3, removedRecords: 2, removedTemporary: 0 };
    const report = { directory: '/c', ...removed, freedBytes: 5_000_000 };
    const operations = {
      cacheGc: async (_: unknown, request: CacheGcRequest) => {
        requests.push(request);
        return { ...report, keptBlobs: 4, keptUnpacked: 1, keptBytes: 100 };
      },
    };
    const { stdout } = await runCli(['cache', 'gc', '--older-than', '12h', '--dry-run'], { operations });
    expect(stdout).toBe(
      'cache         /c\nwould remove  1 blob, 3 unpacked archives, 2 records  5.0 MB\nwould keep    4 blobs, 1 unpacked archive             100 B\n',
    );
    await runCli(['cache', 'gc'], { operations });
    expect(requests).toMatchObject([
      { olderThanMs: 43_200_000, dryRun: true },
      { olderThanMs: 2_592_000_000, dryRun: false },
    ]);
  });

  it.each([
    ['0s', 0],
    ['45s', 45_000],
    ['90m', 5_400_000],
    ['12h', 43_200_000],
    ['30d', 2_592_000_000],
  ])('takes the age %s', (text, ms) => {
    expect(parseAge(text)).toBe(ms);
  });

  it.each(['', '30', 'd', '-1d', '1.5h', '1 d', '1D', '1w', '9999999d', '１d'])('refuses the age %j', (text) => {
    expect(() => parseAge(text)).toThrow('is not an age');
  });
});

describe('schema', () => {
  it('is printed as JSON without a machine', async () => {
    const { stdout, hosts } = await runCli(['schema'], { operations: { jsonSchema: (kind) => ({ title: kind }) } });
    expect(JSON.parse(stdout)).toEqual({ title: 'image' });
    expect(hosts).toEqual([]);
  });

  it('is that of a plan where it is asked for', async () => {
    const { stdout } = await runCli(['schema', 'plan'], { operations: { jsonSchema: (kind) => ({ title: kind }) } });
    expect(JSON.parse(stdout)).toEqual({ title: 'plan' });
  });
});
