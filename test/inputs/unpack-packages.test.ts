import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createNodeHost, type Workers } from '../../src/host/index.js';
import { readPackage } from '../../src/inputs/debian/read-package.js';
import { unpackPackages } from '../../src/inputs/debian/unpack-packages.js';
import type { PackagePin } from '../../src/lock/index.js';
import { digestOf } from '../../src/oci/index.js';
import { makeDeb } from '../support/debian/make-deb.js';
import { need } from '../support/programs.js';
import { root } from '../support/root.js';
import { contentContexts, type TestContent } from './debian-support.js';
import { at, failureOf, inDirectory, textOf } from './support.js';

const NAMES = ['small', 'large', 'middle'];
const LENGTHS: Readonly<Record<string, number>> = { small: 10, large: 300_000, middle: 20_000 };

function contentOf(name: string): string {
  return Array.from({ length: LENGTHS[name]! }, (_, i) => `${name} ${i}\n`).join('');
}

describe.skipIf(!need('dpkg-deb', 'xz'))('packages in the cache', () => {
  const contextIn = contentContexts();

  async function packages(context: TestContent): Promise<readonly PackagePin[]> {
    const pins = [];
    for (const name of NAMES) {
      const files = { 'usr/share/text': contentOf(name), 'usr/bin/tool': { content: name, mode: 0o755 } };
      const stored = await context.store.ingest([await makeDeb({ fields: { Package: name }, files })]);
      pins.push({ name, version: '1', architecture: 'amd64', suite: 'stable', path: `pool/${name}.deb`, ...stored });
    }
    return pins;
  }
  const namesIn = ({ store }: TestContent, place: string): readonly string[] =>
    readdirSync(join(store.directory, place)).sort();
  const withWorkers = (context: TestContent, workers: Workers): TestContent => ({
    ...context,
    host: { ...context.host, workers },
  });

  /** Threads that answer as this one would, and tell what they were asked. */
  function toldWorkers(real: Workers, told: { label: string; running: number }[]): Workers {
    let running = 0;
    return {
      ...real,
      open(task) {
        const pool = real.open(task);
        return {
          ...pool,
          size: 2,
          async run(input, transfer) {
            running++;
            told.push({ label: (input as { label: string }).label, running });
            try {
              return await pool.run(input, transfer);
            } finally {
              running--;
            }
          },
        };
      },
    };
  }

  it('are unpacked once, one file each, the largest first and no more at a time than there are threads', () =>
    inDirectory(async (directory) => {
      const context = contextIn(directory);
      const pins = await packages(context);
      const blobs = namesIn(context, 'blobs/sha256');
      const told: { label: string; running: number }[] = [];
      const watched = withWorkers(context, toldWorkers(context.host.workers, told));
      await unpackPackages([...pins, pins[0]!], watched, at);
      expect(told.map(({ label }) => label)).toEqual(['large', 'middle', 'small'].map((name) => `package ${name} 1`));
      expect(Math.max(...told.map(({ running }) => running))).toBe(2);
      await unpackPackages(pins, watched, at);
      for (const pin of pins) {
        const { tree, controlText } = await readPackage(pin, context, at);
        expect([await textOf(tree.get('usr/bin/tool')), controlText.split('\n')[0]]).toEqual([
          pin.name,
          `Package: ${pin.name}`,
        ]);
      }
      expect([told.length, namesIn(context, 'unpacked').length, namesIn(context, 'tmp')]).toEqual([3, 3, []]);
      expect(namesIn(context, 'blobs/sha256')).toEqual(blobs);
    }));

  it('give the same files from threads of their own', () =>
    inDirectory(async (directory) => {
      const workerDirectory = join(root, 'dist');
      expect(existsSync(join(workerDirectory, 'unpack-worker.js'))).toBe(true);
      const [here, there] = [contextIn(join(directory, 'here')), contextIn(join(directory, 'there'))];
      await unpackPackages(await packages(here), here, at);
      const { workers } = createNodeHost({ workerDirectory, jobs: 2 });
      await unpackPackages(await packages(there), withWorkers(there, workers), at);
      const contents = (context: TestContent) =>
        ['unpacked', 'records/contents'].flatMap((place) =>
          namesIn(context, place).map((name) => [
            name,
            digestOf(readFileSync(join(context.store.directory, place, name))),
          ]),
        );
      expect(contents(there)).toEqual(contents(here));
    }));

  it('that are damaged are an error, are removed, and leave nothing', () =>
    inDirectory(async (directory) => {
      const context = contextIn(directory);
      const pins = await packages(context);
      const path = context.store.pathOf(pins[1]!.digest);
      const bytes = readFileSync(path);
      bytes[bytes.length - 1]! ^= 1;
      context.host.files.removeTree(path);
      writeFileSync(path, bytes);
      expect(await failureOf(unpackPackages([pins[1]!], context, at))).toMatchObject({ code: 'blob-mismatch' });
      expect(existsSync(path)).toBe(false);
      expect([namesIn(context, 'unpacked'), namesIn(context, 'tmp')]).toEqual([[], []]);
    }));

  it('wait for no thread where the run is interrupted, and leave nothing', () =>
    inDirectory(async (directory) => {
      const context = contextIn(directory);
      const pins = await packages(context);
      const controller = new AbortController();
      let closed = 0;
      const workers: Workers = {
        count: 2,
        open: () => ({
          size: 2,
          run(input) {
            writeFileSync((input as { into: string }).into, 'not finished');
            setImmediate(() => controller.abort(new Error('enough')));
            return new Promise(() => undefined);
          },
          async close() {
            closed++;
          },
        }),
      };
      const host = { ...context.host, workers, interruption: controller.signal };
      await expect(unpackPackages(pins, { ...context, host }, at)).rejects.toThrow('enough');
      expect([closed, namesIn(context, 'unpacked'), namesIn(context, 'tmp')]).toEqual([1, [], []]);
    }));
});
