import { existsSync, readFileSync, rmSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { TbuildError } from '../../src/errors/index.js';
import { createNodeHost } from '../../src/host/index.js';
import { type BuildRequest, planImage } from '../../src/operations/index.js';
import { type TarMember, writeTar } from '../../src/tar/index.js';
import { makeImage, putImage } from '../support/registry/images.js';
import { openRegistry, strangerWorkspace } from './registry-support.js';

const host = createNodeHost();

type BaseItem = Pick<TarMember, 'kind' | 'mode' | 'uid' | 'linkTarget'>;

const path = fc
  .array(fc.constantFrom('a', 'b', 'etc', 'passwd'), { minLength: 1, maxLength: 3 })
  .map((names) => names.join('/'));
const directory = fc.record({
  kind: fc.constant('directory'),
  mode: fc.constantFrom(0o755, 0o700),
  uid: fc.constantFrom(0, 5),
});
const file = fc.record({ kind: fc.constant('file'), mode: fc.constantFrom(0o644, 0o600), uid: fc.constantFrom(0, 5) });
const target = fc.constantFrom('a', '/etc', '../b', 'etc/passwd', '..');
const symlink = fc.record({
  kind: fc.constant('symlink'),
  mode: fc.constant(0o777),
  uid: fc.constant(0),
  linkTarget: target,
});
const items = fc.dictionary(path, fc.oneof(directory, directory, file, symlink), { minKeys: 1, maxKeys: 8 });

/** What lies below something that is no directory is left out, and so is what only a whiteout could be told from. */
async function layerWith(layer: Readonly<Record<string, BaseItem>>, removed: readonly string[]): Promise<Buffer> {
  const members = new Map<string, TarMember>();
  for (const at of Object.keys(layer).sort()) {
    const names = at.split('/');
    const parents = names.slice(1).map((_, i) => names.slice(0, i + 1).join('/'));
    if (parents.some((parent) => (members.get(parent)?.kind ?? 'directory') !== 'directory')) continue;
    members.set(at, { path: at, gid: 0, mtime: 0, size: 0, ...layer[at]! });
  }
  for (const at of removed) {
    const whiteout = at.replace(/[^/]+$/, '.wh.$&');
    const isFree = ![...members.keys()].some(
      (other) => other === at || other.startsWith(`${at}/`) || at.startsWith(`${other}/`),
    );
    if (isFree) members.set(whiteout, { path: whiteout, kind: 'file', mode: 0o644, uid: 0, gid: 0, mtime: 0, size: 0 });
  }
  const pieces: Uint8Array[] = [];
  for await (const piece of writeTar([...members.values()].map((member) => ({ member }))))
    pieces.push(Buffer.from(piece));
  return Buffer.concat(pieces);
}

const content = fc.oneof(
  path.map((to) => `{ text: hi, to: /${to}, replace: true }`),
  path.map((to) => `{ text: hi, to: /${to}/new }`),
  fc.tuple(target, path).map(([to, at]) => `{ symlink: ${to}, to: /${at}, replace: true }`),
  path.map((at) => `{ directory: /${at}/made, mode: "0711" }`),
  path.map((at) => `{ remove: [/${at}] }`),
  path.map((home) => `{ accounts: { users: [{ name: app, uid: 1000, gid: 1000, home: /${home} }] } }`),
);
const layers = fc.array(fc.array(content, { minLength: 1, maxLength: 2 }), { minLength: 1, maxLength: 2 });

const yamlOf = (base: string, contents: readonly (readonly string[])[]): string =>
  `version: 1\nplatforms: [linux/amd64]\nbase: ${base}\nlayers:\n${contents
    .map((each, i) => `  - name: l${i}\n    contents:\n${each.map((one) => `      - ${one}\n`).join('')}`)
    .join('')}`;

it('gives one digest, one lock and one failure, whether the whole base is at hand or what a lock tells of it', async () => {
  const registry = await openRegistry();
  const { request, write, path: pathOf } = strangerWorkspace({ 'image.yaml': '' });
  const lock = pathOf('image.lock.json');
  const [base, cache] = [`${registry.authority}/base:1`, request.cacheDirectory];
  let [count, built] = [0, 0];
  const outcome = async (more: Partial<BuildRequest>) => {
    try {
      const { digest } = await planImage(host, { ...request, ...more });
      return { digest, lock: readFileSync(lock, 'utf8') };
    } catch (error) {
      if (!(error instanceof TbuildError)) throw error;
      return { code: error.code, message: error.message, hint: error.hint };
    }
  };
  const elsewhere = () => ({ cacheDirectory: `${cache}-${++count}` });
  await fc.assert(
    fc.asyncProperty(
      items,
      items,
      fc.array(path, { maxLength: 2 }),
      layers,
      layers,
      async (low, high, gone, old, now) => {
        rmSync(lock, { force: true });
        const image = await makeImage({ layers: [await layerWith(low, []), await layerWith(high, gone)], gzip: true });
        putImage(registry.repository('base'), image, '1');
        write('image.yaml', yamlOf(base, old));
        await outcome({});
        // The lock, if there is one, tells what others asked.
        write('image.yaml', yamlOf(base, now));
        const byFacts = await outcome(elsewhere());
        rmSync(lock, { force: true });
        const byWhole = await outcome({});
        expect(byFacts).toEqual(byWhole);
        if (!existsSync(lock)) return;
        built++;
        expect(await outcome({ ...elsewhere(), frozen: true })).toEqual(byWhole);
        expect(await outcome(elsewhere())).toEqual(byWhole);
      },
    ),
    { numRuns: 25 },
  );
  expect(built).toBeGreaterThan(5);
}, 180_000);
