import fc from 'fast-check';
import type { TarKind, TarMember } from '../../src/tar/index.js';
import { compareUtf8 } from '../../src/util/index.js';
import { type Content, member } from './support.js';

const isName = (name: string): boolean => name !== '.' && name !== '..' && !/[/\0]/.test(name);

/** Names of any characters that Linux allows. */
export const anyName = fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }).filter(isName);

/** Names that every program prints as they are. */
export const printableName = fc
  .oneof(
    fc.string({ unit: fc.constantFrom(...'abcXYZ019.-_+=%\'" é中𝄞'), minLength: 1, maxLength: 12 }),
    fc.string({ unit: fc.constantFrom('n', 'é'), minLength: 95, maxLength: 105 }),
  )
  .filter(isName);

const id = fc.oneof(fc.nat(2_097_151), fc.constantFrom(2_097_151, 2_097_152, 3_000_000, 2 ** 32 - 2));
const time = fc.oneof(fc.nat(), fc.constantFrom(0, 2 ** 31, 2 ** 33 - 1, 2 ** 33, 2 ** 34));
const kind = fc.constantFrom<TarKind>(
  ...(['file', 'file', 'file', 'directory', 'directory', 'symlink', 'hardlink'] as const),
  ...(['character-device', 'block-device', 'fifo'] as const),
);
const attributeName = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 20 })
  .filter((name) => !/[=\0]/.test(name))
  .map((name) => `user.${name}`);
const xattrs = fc.uniqueArray(fc.tuple(attributeName, fc.uint8Array({ maxLength: 40 })), {
  minLength: 1,
  maxLength: 3,
  selector: ([name]) => name,
});

/** True where the members so far leave room for this one. */
function fits({ path, kind, linkTarget }: TarMember, taken: ReadonlyMap<string, TarKind>): boolean {
  const kindAt = (at: string) => taken.get(at);
  const isAbove = (at: string) => [...taken.keys()].some((other) => other.startsWith(`${at}/`));
  const parents = path.split('/').map((_, i, names) => names.slice(0, i).join('/'));
  if (kindAt(path) !== undefined || parents.some((parent) => (kindAt(parent) ?? 'directory') !== 'directory'))
    return false;
  if (kind !== 'directory' && isAbove(path)) return false;
  if (kind !== 'hardlink') return true;
  const target = linkTarget!;
  return target !== path && kindAt(target) !== 'directory' && !isAbove(target) && !path.startsWith(`${target}/`);
}

/** The members of an archive, in the order of format 1. */
export function contents(name: fc.Arbitrary<string>): fc.Arbitrary<Content[]> {
  const path = fc.array(name, { minLength: 1, maxLength: 5 }).map((names) => names.join('/'));
  const facts = fc.record({
    path,
    kind,
    mode: fc.nat(0o7777),
    uid: id,
    gid: id,
    mtime: time,
    target: path,
    isAbsolute: fc.boolean(),
    xattrs: fc.option(xattrs, { freq: 5 }),
    device: fc.tuple(fc.nat(4095), fc.nat(1_048_575)),
    body: fc.string({ unit: fc.nat(255).map((code) => String.fromCharCode(code)), maxLength: 1500 }),
  });
  return fc.array(facts, { maxLength: 12 }).map((items) => {
    const taken = new Map<string, TarKind>();
    const kept: Content[] = [];
    for (const item of items) {
      const { target, isAbsolute, xattrs: attributes, device, body: anyBody, ...plain } = item;
      const body = item.kind === 'file' ? anyBody : '';
      const isLink = item.kind === 'symlink' || item.kind === 'hardlink';
      const isDevice = item.kind === 'character-device' || item.kind === 'block-device';
      const full = member(item.path, {
        ...plain,
        size: body.length,
        ...(isLink ? { linkTarget: item.kind === 'symlink' && isAbsolute ? `/${target}` : target } : {}),
        ...(attributes === null ? {} : { xattrs: new Map(attributes) }),
        ...(isDevice ? { deviceMajor: device[0], deviceMinor: device[1] } : {}),
      });
      if (!fits(full, taken)) continue;
      taken.set(full.path, full.kind);
      kept.push({ member: full, body });
    }
    // A hard link may have become the parent of its target's path, or the like, only by what came after it.
    const directories = new Set([...taken].flatMap(([at, as]) => (as === 'directory' ? [at] : [])));
    const isFine = ({ member: { kind: as, linkTarget } }: Content) =>
      as !== 'hardlink' ||
      !(directories.has(linkTarget!) || [...taken.keys()].some((at) => at.startsWith(`${linkTarget}/`)));
    return kept.filter(isFine).sort((a, b) => compareUtf8(a.member.path, b.member.path));
  });
}
