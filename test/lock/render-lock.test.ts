import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type ImageLock, lockPathOf, parseLock, renderLock } from '../../src/lock/index.js';
import { need } from '../support/programs.js';
import { run } from '../support/run.js';
import { temporaryDirectory } from '../support/temporary-directory.js';
import { artifactPin, emptyLock, FILE, filePin, fullLock, locks, packagesPin } from './support.js';

const textOf = (lock: ImageLock): string => Buffer.from(renderLock(lock)).toString();

describe('the file', () => {
  it('has two spaces for each level, and one line for each pin', () => {
    const lock: ImageLock = {
      ...emptyLock,
      fetches: { 'https://example.com/a': filePin('a') },
      platforms: {
        'linux/amd64': {
          images: {},
          debian: { web: packagesPin('r', { zlib1g: '1', libc6: '2.36-9' }) },
          artifacts: { deps: artifactPin('r', 'o') },
        },
      },
    };
    const hex = (part: string): string => part.replace(/sha256:([0-9a-f]{4})[0-9a-f]{60}/g, 'sha256:$1…');
    expect(hex(textOf(lock))).toBe(`{
  "fetches": {
    "https://example.com/a": { "digest": "sha256:ca97…", "size": 1 }
  },
  "format": 1,
  "platforms": {
    "linux/amd64": {
      "artifacts": {
        "deps": { "output": "sha256:65c7…", "request": "sha256:4543…" }
      },
      "debian": {
        "web": {
          "packages": [
            { "architecture": "amd64", "digest": "sha256:849c…", "name": "libc6", "path": "pool/main/l/libc6/libc6_2.36-9_amd64.deb", "size": 12, "suite": "bookworm", "version": "2.36-9" },
            { "architecture": "amd64", "digest": "sha256:d592…", "name": "zlib1g", "path": "pool/main/z/zlib1g/zlib1g_1_amd64.deb", "size": 8, "suite": "bookworm", "version": "1" }
          ],
          "request": "sha256:4543…"
        }
      },
      "images": {}
    }
  },
  "version": 1
}
`);
  });

  it('ends with one line end, and is JSON', () => {
    expect(textOf(emptyLock)).toBe('{\n  "fetches": {},\n  "format": 1,\n  "platforms": {},\n  "version": 1\n}\n');
    expect(JSON.parse(textOf(fullLock))).toEqual(fullLock);
  });

  it('has names in the order of their UTF-8 bytes, and not in that of JavaScript', () => {
    const names = ['\u{1f600}', '\ufffd', 'é', 'b', '10', '9', '__proto__', 'B'];
    const tree = Object.fromEntries(names.map((name) => [name, null]));
    const platforms = structuredClone(fullLock.platforms) as { [name: string]: object };
    Object.assign(platforms['linux/amd64']!, { base: { ...fullLock.platforms['linux/amd64']!.base, tree } });
    const text = textOf({ ...fullLock, platforms: platforms as ImageLock['platforms'] });
    const found = [...text.matchAll(/^ +"(.*)": null,?$/gm)].map(([, name]) => name!);
    const byBytes = [...names].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(found).toEqual(byBytes);
  });

  it('is the same however the lock was put together', () => {
    const reversed = (value: unknown): unknown => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
      const entries = Object.entries(value).reverse();
      return Object.fromEntries(entries.map(([key, item]) => [key, reversed(item)]));
    };
    fc.assert(
      fc.property(locks, (lock) => {
        expect(textOf(reversed(lock) as ImageLock)).toBe(textOf(lock));
      }),
      { numRuns: 30 },
    );
  });

  it('leaves out what is undefined', () => {
    const [platform, pins] = ['linux/amd64', fullLock.platforms['linux/amd64']!];
    const base = { ...pins.base!, tree: undefined };
    const lock = { ...fullLock, platforms: { [platform]: { ...pins, base } } } as unknown as ImageLock;
    expect(parseLock(renderLock(lock), { file: FILE }).platforms[platform]!.base).not.toHaveProperty('tree');
  });
});

describe.skipIf(!need('git'))('git', () => {
  const temporary = temporaryDirectory();

  const merged = async (versions: Readonly<Record<'base' | 'ours' | 'theirs', Readonly<Record<string, string>>>>) => {
    const file = (name: string): string => join(temporary.path, name);
    for (const [name, packages] of Object.entries(versions)) {
      const debian = { web: packagesPin('r', packages) };
      writeFileSync(file(name), renderLock({ ...emptyLock, platforms: { 'linux/amd64': { images: {}, debian } } }));
    }
    const { status, stdout } = await run('git', ['merge-file', '-p', file('ours'), file('base'), file('theirs')]);
    return { status, bytes: Buffer.from(stdout) };
  };

  it('merges what two sides did to packages that are not neighbours', async () => {
    const base = { a: '1', b: '1', c: '1', d: '1' };
    const { status, bytes } = await merged({ base, ours: { ...base, a: '2' }, theirs: { ...base, d: '2' } });
    expect(status).toBe(0);
    const { packages } = parseLock(bytes, { file: FILE }).platforms['linux/amd64']!.debian.web!;
    expect(packages.map(({ name, version }) => name + version)).toEqual(['a2', 'b1', 'c1', 'd2']);
  });

  it('leaves marks that are found where two sides did something to one package', async () => {
    const { status, bytes } = await merged({ base: { a: '1' }, ours: { a: '2' }, theirs: { a: '3' } });
    expect(status).toBe(1);
    expect(() => parseLock(bytes, { file: FILE })).toThrow('"image.lock.json" holds a merge that is not resolved');
  });
});

describe('the lock of a manifest', () => {
  it.each([
    ['image.yaml', 'image.lock.json'],
    ['web.yml', 'web.lock.json'],
    ['a.b/c/image.yaml', 'a.b/c/image.lock.json'],
    ['image.yaml.yaml', 'image.yaml.lock.json'],
    ['image', 'image.lock.json'],
    ['yaml', 'yaml.lock.json'],
  ])('%s is %s', (manifest, lock) => {
    expect(lockPathOf(manifest)).toBe(lock);
  });
});
