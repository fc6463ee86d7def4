import { randomBytes } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** A text that nobody can guess, with characters that every way of writing it down changes. */
export function makeSecret(): string {
  return `${randomBytes(9).toString('hex')}+/ ~${randomBytes(9).toString('hex')}`;
}

/** A part of it that is there wherever in a longer text that is written in Base64 it begins. */
function inBase64(secret: string): readonly string[] {
  return [0, 1, 2].map((before) => {
    const text = Buffer.from('x'.repeat(before) + secret)
      .toString('base64')
      .replace(/=+$/, '');
    return text.slice(before === 0 ? 0 : before + 1, -2);
  });
}

/** How a secret may be written down, by the name of the way. */
function formsOf(secret: string): Readonly<Record<string, readonly string[]>> {
  const base64 = inBase64(secret);
  const hex = Buffer.from(secret).toString('hex');
  return {
    plain: [secret],
    base64,
    base64url: base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
    url: [encodeURIComponent(secret), new URLSearchParams({ s: secret }).toString().slice('s='.length)],
    hex: [hex, hex.toUpperCase()],
    json: [JSON.stringify(secret).slice(1, -1), secret.replaceAll('/', '\\/')],
    // Each half on its own: what one way of writing changes stands between them.
    half: [secret.slice(0, 16), secret.slice(-16)],
  };
}

/** Which of the secrets, by name, a text tells, and how it is written there. */
export function secretsIn(text: string | Uint8Array, secrets: Readonly<Record<string, string>>): readonly string[] {
  const bytes = Buffer.from(text as Uint8Array);
  return Object.entries(secrets).flatMap(([name, secret]) =>
    Object.entries(formsOf(secret)).flatMap(([form, texts]) =>
      texts.some((item) => bytes.includes(item)) ? [`${name} (${form})`] : [],
    ),
  );
}

/** Every file below a directory, with its name, and what it holds where it is packed. */
function filesBelow(directory: string): readonly { readonly path: string; readonly bytes: Buffer }[] {
  if (!existsSync(directory)) return [];
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((item) => item.isFile())
    .flatMap((item) => {
      const path = join(item.parentPath, item.name);
      const bytes = readFileSync(path);
      const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
      const whole = [{ path, bytes: Buffer.concat([Buffer.from(path), bytes]) }];
      return isPacked ? [...whole, { path: `${path} (unpacked)`, bytes: gunzipSync(bytes) }] : whole;
    });
}

/** The files below a directory that tell a secret. */
export function filesWithSecrets(directory: string, secrets: Readonly<Record<string, string>>): readonly string[] {
  return filesBelow(directory).flatMap(({ path, bytes }) =>
    secretsIn(bytes, secrets).map((found) => `${path}: ${found}`),
  );
}
