import { gzipSync } from 'node:zlib';
import { archive, block, content } from '../../tar/support.js';

/** A member of an ar archive; `header` replaces fields of its header by position. */
export interface RawMember {
  readonly name: string;
  readonly bytes: Uint8Array | string;
  /** What stands in the field instead of the size. */
  readonly size?: string;
  readonly mode?: string;
  readonly end?: string;
  /** After the content, instead of a newline where it is odd. */
  readonly padding?: string;
}

function arMember({ name, bytes, size, mode, end, padding }: RawMember): Buffer {
  const body = Buffer.from(bytes as string);
  const numbers = `${'0'.padEnd(12)}${'0'.padEnd(6)}${'0'.padEnd(6)}${(mode ?? '100644').padEnd(8)}`;
  const header = `${name.padEnd(16)}${numbers}${(size ?? `${body.length}`).padEnd(10)}${end ?? '`\n'}`;
  return Buffer.concat([Buffer.from(header), body, Buffer.from(padding ?? (body.length % 2 === 1 ? '\n' : ''))]);
}

/** An ar archive written by hand, with no check at all. */
export function ar(members: readonly RawMember[], magic = '!<arch>\n'): Buffer {
  return Buffer.concat([Buffer.from(magic), ...members.map(arMember)]);
}

/** A tar of files by name. */
export function filesTar(files: Readonly<Record<string, string>>): Buffer {
  return archive(
    ...Object.entries(files).flatMap(([name, text]) => [
      block({ name: `./${name}`, size: Buffer.byteLength(text) }),
      content(Buffer.from(text)),
    ]),
  );
}

export const CONTROL =
  'Package: tool\nVersion: 1.0-1\nArchitecture: amd64\nMaintainer: A <a@b.c>\nDescription: a tool\n';

export interface RawDeb {
  /** Files of the control archive; `control` is there by default. */
  readonly control?: Readonly<Record<string, string>>;
  readonly controlTar?: Uint8Array;
  readonly dataTar?: Uint8Array;
}

/** The members of a package of which every part is right, or what the test makes of it. */
export function debMembers({ control, controlTar, dataTar }: RawDeb = {}): RawMember[] {
  const controls = controlTar ?? filesTar({ control: CONTROL, ...control });
  return [
    { name: 'debian-binary', bytes: '2.0\n' },
    { name: 'control.tar.gz', bytes: gzipSync(controls) },
    { name: 'data.tar.gz', bytes: gzipSync(dataTar ?? filesTar({ 'usr/bin/tool': 'a tool' })) },
  ];
}

export function rawDeb(parts: RawDeb = {}): Buffer {
  return ar(debMembers(parts));
}
