import { fail } from '../errors/index.js';
import { type Digest, isDigest, type Platform, parsePlatform, parseReference, type Reference } from '../oci/index.js';
import type { VerifyRequest } from '../operations/index.js';

const MAX_JOBS = 1024;
const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

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
