import { fail } from '../errors/index.js';
import {
  type Digest,
  isDigest,
  isRegistryHost,
  isTag,
  type Platform,
  parsePlatform,
  parseReference,
  type Reference,
  type RegistryReference,
  TAG_FORM,
} from '../oci/index.js';
import type { VerifyRequest } from '../operations/index.js';
import { hideUserInformation } from '../util/index.js';

const MAX_JOBS = 1024;
const MAX_TIMEOUT_SECONDS = 3600;
const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const UNIT_BYTES: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  kB: 1000,
  MB: 1000 ** 2,
  GB: 1000 ** 3,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
};
const MIN_CHUNK_BYTES = 1024;
const MAX_CHUNK_BYTES = 5 * 1024 ** 3;

/**
 * `30d`, `12h`, `90m`, `45s` → milliseconds.
 * @throws TbuildError `usage`
 */
export function parseAge(text: string): number {
  const [, count, unit] = /^([0-9]{1,6})([smhd])$/.exec(text) ?? [];
  if (count !== undefined && unit !== undefined) return Number(count) * UNIT_MS[unit]!;
  throw fail('usage', {
    message: `${JSON.stringify(text)} is not an age`,
    hint: 'Write a number and s, m, h or d: 30d, 12h, 0s.',
  });
}

function parseCount(text: string, name: string, min: number, max: number): number {
  const value = /^[0-9]{1,7}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw fail('usage', { message: `${name} is ${JSON.stringify(text)}, which is not a number from ${min} to ${max}` });
}

export function parseJobs(text: string): number {
  return parseCount(text, '--jobs', 1, MAX_JOBS);
}

/** A directory is named: an empty one, as an unset variable of a shell leaves it, would silently be the current one. */
export function parseDirectory(option: string): (text: string) => string {
  return (text) => {
    if (text !== '') return text;
    throw fail('usage', { message: `${option} names no directory`, hint: 'Leave the option out for the default.' });
  };
}

/** Seconds → milliseconds. */
export function parseTimeout(text: string): number {
  return parseCount(text, '--timeout', 1, MAX_TIMEOUT_SECONDS) * 1000;
}

/**
 * `16MiB`, `5MB`, `1048576` → bytes.
 * @throws TbuildError `usage`
 */
export function parseChunkSize(text: string): number {
  const [, count, unit = ''] = /^([0-9]{1,12})([A-Za-z]*)$/.exec(text) ?? [];
  const factor = Object.hasOwn(UNIT_BYTES, unit) ? UNIT_BYTES[unit]! : Number.NaN;
  const bytes = Number(count) * factor;
  if (bytes >= MIN_CHUNK_BYTES && bytes <= MAX_CHUNK_BYTES) return bytes;
  throw fail('usage', {
    message: `--chunk-size is ${JSON.stringify(text)}, which is not a size from 1KiB to 5GiB`,
    hint: 'Write a number and KiB, MiB, GiB, kB, MB or GB: 16MiB.',
  });
}

/** Gathers the hosts of a repeatable option. */
export function collectHost(text: string, previous: readonly string[] = []): readonly string[] {
  const host = text.toLowerCase();
  if (isRegistryHost(host)) return [...previous, host];
  throw fail('usage', {
    message: `${JSON.stringify(hideUserInformation(text))} is not a registry`,
    hint: 'Write HOST or HOST:PORT, without "https://" and without a repository: registry.example.com:5000.',
  });
}

/** Gathers the tags of a repeatable option. */
export function collectTag(text: string, previous: readonly string[] = []): readonly string[] {
  if (isTag(text)) return [...previous, text];
  throw fail('usage', { message: `${JSON.stringify(text)} is not a tag`, hint: TAG_FORM });
}

/** An image or a repository of a registry. */
export function parseRepository(text: string): RegistryReference {
  const reference = parseReference(text);
  if (reference.transport === 'docker') return reference;
  throw fail('usage', {
    message: `${JSON.stringify(text)} is not in a registry`,
    hint: 'Only registries have tags to list and images to delete: docker://HOST/REPOSITORY.',
  });
}

/** As `parseDirectory`, for a file. */
export function parseFileName(option: string): (text: string) => string {
  return (text) => {
    if (text !== '') return text;
    throw fail('usage', { message: `${option} names no file`, hint: 'Leave the option out for the default.' });
  };
}

/** An image has at most 127 layers, from 0 at the bottom. */
export function parseLayer(text: string): number {
  return parseCount(text, '--layer', 0, 126);
}

/** @throws TbuildError `usage` */
export function parsePlatformOption(text: string): Platform {
  const platform = parsePlatform(text);
  if (platform !== undefined) return platform;
  throw fail('usage', {
    message: `${JSON.stringify(text)} is not a platform`,
    hint: 'Write OS/ARCHITECTURE[/VARIANT]: linux/amd64, linux/arm64/v8.',
  });
}

/** Gathers a repeatable option. */
export function collectReference(text: string, previous: readonly Reference[] = []): readonly Reference[] {
  return [...previous, parseReference(text)];
}

/** Gathers the variables of a repeatable option; of one name the last counts, as in a shell. */
export function collectVariable(
  text: string,
  previous: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [, name, value] = /^([^=\0]+)=([^\0]*)$/s.exec(text) ?? [];
  if (name !== undefined && value !== undefined) return { ...previous, [name]: value };
  throw fail('usage', {
    message: `${JSON.stringify(text)} sets no variable`,
    hint: 'Write NAME=VALUE; the value may be empty.',
  });
}

function parseExpectedDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw fail('usage', {
    message: `${JSON.stringify(text)} is not a sha256 digest`,
    hint: 'A digest is "sha256:" and 64 lower-case hexadecimal digits, and is written in full.',
  });
}

/** What `verify` is to compare with: a digest or an image. */
export function parseExpected(text: string): NonNullable<VerifyRequest['expected']> {
  if (/^(?:sha\d+:|[0-9a-f]{8,}$)/.test(text)) return { kind: 'digest', digest: parseExpectedDigest(text) };
  if (/\.ya?ml$/.test(text) && !text.includes(':')) {
    throw fail('usage', {
      message: `${JSON.stringify(text)} is a manifest, not an image`,
      hint: `Name the manifest with --file: tbuild verify --file ${text}.`,
    });
  }
  return { kind: 'image', reference: parseReference(text) };
}
