import { describe, expect, it } from 'vitest';
import { renderPlan } from '../../../src/cli/render/plan.js';
import {
  fakeDigest,
  layer,
  motdAdded,
  place,
  plan,
  platformPlan,
  serverChanged,
  unchangedPlan,
} from '../support/plans.js';

function lines(value: Parameters<typeof renderPlan>[0], verbose = false): string {
  return renderPlan(value, { verbose })
    .map((line) => line.toString().trimEnd())
    .join('\n');
}

const gonePlatform = { platform: 'linux/s390x', previousDigest: fakeDigest('4') };

const appChanged = layer('app', {
  status: 'changed',
  cached: false,
  files: 3,
  contentBytes: 9_100_000,
  changes: [serverChanged, motdAdded],
  cause: serverChanged.cause,
});

describe('a plan for people', () => {
  it('shows every change with its cause and place, in columns', () => {
    const changed = plan({
      platforms: [
        platformPlan({
          artifacts: [
            {
              name: 'server',
              status: 'runs',
              key: null,
              sandbox: { level: 'relaxed', reason: 'bubblewrap is not installed' },
              changes: [
                {
                  change: 'changed',
                  what: 'input cmd/server/main.go',
                  before: fakeDigest('d'),
                  after: `${fakeDigest('e')} executable`,
                },
                { change: 'added', what: 'env CGO_ENABLED', before: null, after: fakeDigest('f') },
                { change: 'changed', what: 'epoch', before: '0', after: '1' },
              ],
            },
          ],
          layers: [layer('deps'), appChanged],
          config: [
            {
              change: 'changed',
              field: 'env.PORT',
              before: '8080',
              after: '9090',
              cause: { text: 'env.PORT in the manifest', at: place(52) },
            },
            {
              change: 'removed',
              field: 'user',
              before: '1',
              after: null,
              cause: { text: 'user is no longer in the manifest' },
            },
          ],
        }),
      ],
      summary: { layersToBuild: 1, layersReused: 1, artifactsToRun: 1, configChanged: true },
    });
    expect(lines(changed)).toBe(`example.com/app  linux/amd64   sha256:333333333333 → sha256:999999999999
  = base             oci:base:1  sha256:555555555555  2 layers, 1.2 MB
  * artifact server  will run, relaxed sandbox: bubblewrap is not installed
      ~ input cmd/server/main.go  sha256:dddddddddddd → sha256:eeeeeeeeeeee executable
      + env CGO_ENABLED           sha256:ffffffffffff
      ~ epoch                     0 → 1
  = deps             812 files  45.2 MB  cached
  ~ app              3 files    9.1 MB   1 changed, 1 added
      ~ /usr/bin/server  sha256:aaaaaaaaaaaa → sha256:bbbbbbbbbbbb  artifact server: cmd/server/main.go changed
      + /etc/motd        6 B                                        text  image.yaml:41
  ~ config  env.PORT "8080" → "9090"  image.yaml:52
  - config  user "1"                  user is no longer in the manifest

Plan: 1 artifact to run, 1 layer to build, 1 reused, config changed.
Image: ${fakeDigest('9')}
       was sha256:333333333333, the last apply`);
  });

  it('is one line where nothing changed', () => {
    expect(lines(unchangedPlan)).toBe(`No changes. example.com/app is up to date: ${fakeDigest('9')}`);
  });

  it('shows the unchanged image too where everything is asked for', () => {
    expect(lines(unchangedPlan, true)).toBe(`example.com/app  linux/amd64   sha256:999999999999 unchanged
  = base  oci:base:1  sha256:555555555555  2 layers, 1.2 MB
  = deps  812 files  45.2 MB  cached, ${fakeDigest('1')}, 20.0 MB compressed

No changes.
Image: ${fakeDigest('9')}
       was sha256:999999999999, the last apply`);
  });

  it('shows what would be created where nothing was there before', () => {
    const added = layer('deps', {
      status: 'added',
      cached: false,
      cause: { text: 'nothing was there before', at: place(7) },
    });
    const first = plan({
      name: null,
      previous: null,
      platforms: [platformPlan({ previousDigest: null, base: null, layers: [added] })],
      summary: { layersToBuild: 1 },
    });
    expect(lines(first)).toBe(`image.yaml  linux/amd64   new → sha256:999999999999
  + deps  812 files  45.2 MB  new  image.yaml:7

Plan: 1 layer to build.
Image: ${fakeDigest('9')}
       nothing to compare with`);
  });

  it('says what is known only after apply', () => {
    const unknown = layer('app', {
      status: 'unknown',
      digest: null,
      diffId: null,
      key: null,
      sizeBytes: null,
      cause: { text: 'known after apply: an artifact has not run yet', at: place(9) },
    });
    const waiting = plan({
      digest: null,
      platforms: [
        platformPlan({
          digest: null,
          base: null,
          artifacts: [
            { name: 'assets', status: 'runs', key: null, sandbox: { level: 'strict' }, changes: [] },
            { name: 'server', status: 'waits', key: null, sandbox: { level: 'strict' }, changes: [] },
          ],
          layers: [unknown],
        }),
      ],
      summary: { layersToBuild: 1, artifactsToRun: 2 },
    });
    expect(lines(waiting)).toBe(`example.com/app  linux/amd64   sha256:333333333333 → known after apply
  * artifact assets  will run, strict sandbox
  ? artifact server  waits for an artifact that has not run, strict sandbox
  ? app              known after apply: an artifact has not run yet  image.yaml:9

Plan: 2 artifacts to run, 1 layer to build.
Image: known after apply
       was sha256:333333333333, the last apply`);
  });

  it('has one block per platform, and says where the base moved and a layer went', () => {
    const moved = {
      reference: 'oci:base:1',
      digest: fakeDigest('6'),
      previousDigest: fakeDigest('5'),
      layers: 1,
      sizeBytes: 999,
    };
    const gone = layer('old', {
      status: 'removed',
      files: 0,
      contentBytes: 0,
      sizeBytes: null,
      cause: { text: 'layer old is no longer in the manifest' },
    });
    const hiding = layer('deps', { shippedTwiceBytes: 1_500_000 });
    const many = plan({
      platforms: [
        platformPlan({ base: moved, layers: [hiding, gone] }),
        platformPlan({ platform: 'linux/arm64', digest: fakeDigest('3') }),
      ],
      summary: { layersReused: 2, layersRemoved: 1, baseChanged: true },
    });
    expect(lines(many)).toBe(`example.com/app  linux/amd64   sha256:333333333333 → sha256:999999999999
  ~ base  oci:base:1  sha256:555555555555 → sha256:666666666666  1 layer, 999 B
  = deps  812 files  45.2 MB  cached, hides 1.5 MB of lower layers
  - old   layer old is no longer in the manifest

example.com/app  linux/arm64   sha256:333333333333 unchanged
  = base  oci:base:1  sha256:555555555555  2 layers, 1.2 MB
  = deps  812 files  45.2 MB  cached

Plan: 2 reused, 1 removed, base changed.
Image: ${fakeDigest('9')}
       was sha256:333333333333, the last apply`);
  });

  it('shows ten changes of a layer, and all of them where they are asked for', () => {
    const changes = Array.from({ length: 12 }, (_, i) => ({ ...motdAdded, path: `/file-${i}` }));
    const big = plan({ platforms: [platformPlan({ layers: [{ ...appChanged, changes }] })] });
    expect(lines(big)).toContain('/file-9 ');
    expect(lines(big)).not.toContain('/file-10');
    expect(lines(big)).toContain('      … and 2 more (--verbose or --json shows all)\n');
    expect(lines(big, true)).toContain('/file-11');
    expect(lines(big, true)).not.toContain('more (--verbose');
  });

  it('names every aspect in which an entry differs', () => {
    const change = {
      ...serverChanged,
      before: { kind: 'symlink', mode: '0777', owner: '0:0', target: 'a' },
      after: { kind: 'symlink', mode: '0777', owner: '1:0', target: 'b' },
      differs: ['owner', 'target', 'xattrs'],
    };
    const odd = plan({ platforms: [platformPlan({ layers: [{ ...appChanged, changes: [change] }] })] });
    expect(lines(odd)).toContain('~ /usr/bin/server  owner 0:0 → 1:0, target a → b, xattrs  artifact server');
  });

  it('says that the platforms have another order where nothing else changed', () => {
    const platforms = ['linux/arm64', 'linux/amd64'].map((platform) =>
      platformPlan({ platform, previousDigest: fakeDigest('9') }),
    );
    expect(lines(plan({ platforms, summary: { layersReused: 2 } }))).toContain(
      '\nPlan: 2 reused, order of platforms changed.\n',
    );
  });

  it('shares one block among platforms that differ in nothing that is shown', () => {
    const platforms = ['linux/amd64', 'linux/arm64'].map((platform) =>
      platformPlan({ platform, layers: [appChanged] }),
    );
    const other = platformPlan({ platform: 'linux/riscv64', layers: [layer('app')] });
    const shown = lines(plan({ platforms: [...platforms, other], removedPlatforms: [gonePlatform] })).split('\n\n');
    expect(shown.map((block) => block.split('\n').filter((line) => !line.startsWith('  ')))).toEqual([
      [
        'example.com/app  linux/amd64   sha256:333333333333 → sha256:999999999999',
        'example.com/app  linux/arm64   sha256:333333333333 → sha256:999999999999',
      ],
      ['example.com/app  linux/riscv64   sha256:333333333333 → sha256:999999999999'],
      ['example.com/app  linux/s390x   sha256:444444444444 → removed'],
      ['Plan: manifest changed.', expect.stringMatching(/^Image: /)],
    ]);
  });

  it('puts below a path what does not fit beside it on a terminal', () => {
    const path = `/usr/lib/${'directory/'.repeat(6)}libcrypto.so`;
    const changes = [
      { ...serverChanged, path },
      { ...motdAdded, path: '/etc/motd' },
    ];
    const value = plan({ platforms: [platformPlan({ layers: [{ ...appChanged, changes }] })] });
    const wide = renderPlan(value, { verbose: false, columns: 80 }).map((line) => line.toString().trimEnd());
    expect(wide.slice(3, 8)).toEqual([
      `      ~ ${path}`,
      '        sha256:aaaaaaaaaaaa → sha256:bbbbbbbbbbbb',
      '        artifact server: cmd/server/main.go changed',
      '      + /etc/motd  6 B  text  image.yaml:41',
      '',
    ]);
    expect(lines(value)).toContain(`${path}  sha256:aaaaaaaaaaaa → sha256:bbbbbbbbbbbb  artifact server`);
  });

  it('cannot be used to send escape codes to the terminal', () => {
    const evil = '\x1b]0;owned\x07\u202egnp.exe\r\n';
    const change = { ...motdAdded, path: `/${evil}`, cause: { text: evil } };
    const value = plan({
      name: evil,
      platforms: [
        platformPlan({
          layers: [layer(evil, { status: 'changed', changes: [change] })],
          config: [{ change: 'added', field: evil, before: null, after: evil, cause: { text: evil } }],
        }),
      ],
    });
    expect(lines(value).replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(lines(value)).toContain(String.raw`/\x1b]0;owned\x07\u202egnp.exe\r\n`);
  });
});
