import { decodeUtf8 } from '../util/index.js';
import { isObject, type JsonObject } from './auth-file.js';
import type { Credentials } from './credentials.js';
import { CredentialProblem } from './problem.js';

/** Credentials without the place where they were found. */
export type Secret = Credentials extends infer Each ? (Each extends Credentials ? Omit<Each, 'from'> : never) : never;

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const CONTROL = /[\u0000-\u001f\u007f]/;
/** What can stand in a header (RFC 9110, "field-vchar"). */
const VISIBLE = /^[\u0021-\u007e]+$/;

function memberOf(entry: JsonObject, name: string): string {
  const value = entry[name] ?? '';
  if (typeof value !== 'string') throw new CredentialProblem(`its "${name}" is not a text`);
  return value;
}

/**
 * Why a request cannot carry the user name and password (RFC 7617, "Basic": no control characters, no colon in the name), in
 * words; undefined where it can.
 */
export function passwordProblem(username: string, password: string): string | undefined {
  if (username === '') return 'the user name is empty';
  if (username.includes(':')) return 'the user name has a colon in it';
  if (CONTROL.test(username)) return 'the user name has a control character in it';
  return CONTROL.test(password) ? 'the password has a control character in it' : undefined;
}

/** @throws CredentialProblem */
export function passwordOf(username: string, password: string): Secret {
  const problem = passwordProblem(username, password);
  if (problem !== undefined) throw new CredentialProblem(problem);
  return { kind: 'password', username, password };
}

export function identityTokenOf(token: string): Secret {
  if (!VISIBLE.test(token)) throw new CredentialProblem('its identity token has characters that no token has');
  return { kind: 'identity-token', token };
}

function registryTokenOf(token: string): Secret {
  if (!VISIBLE.test(token)) throw new CredentialProblem('its registry token has characters that no token has');
  return { kind: 'registry-token', token };
}

/** `auth`: base64 of `user:password`. Go programs pass over line ends in it, and docker over NULs after the password. */
function decodeAuth(auth: string): Secret {
  const packed = auth.replace(/[\r\n]/g, '');
  if (!BASE64.test(packed)) throw new CredentialProblem('its "auth" is not base64');
  const text = decodeUtf8(Buffer.from(packed, 'base64'));
  if (text === undefined) throw new CredentialProblem('its "auth" is not UTF-8 text in base64');
  const colon = text.indexOf(':');
  if (colon < 0) throw new CredentialProblem('its "auth" has no colon between user name and password');
  return passwordOf(text.slice(0, colon), text.slice(colon + 1).replace(/\u0000+$/, ''));
}

/**
 * An entry of `auths`; undefined where it says nothing, which docker writes where a helper has the credentials. Of
 * several forms the strongest counts, as in docker: a token of the registry, an identity token, `auth`, and last the
 * user name and password in plain text.
 * @throws CredentialProblem
 */
export function parseAuthEntry(value: unknown): Secret | undefined {
  const entry = value ?? {};
  if (!isObject(entry)) throw new CredentialProblem('it is not an object');
  const [registryToken, identityToken, auth] = ['registrytoken', 'identitytoken', 'auth'].map((name) =>
    memberOf(entry, name),
  ) as [string, string, string];
  if (registryToken !== '') return registryTokenOf(registryToken);
  if (identityToken !== '') return identityTokenOf(identityToken);
  if (auth !== '') return decodeAuth(auth);
  const [username, password] = [memberOf(entry, 'username'), memberOf(entry, 'password')];
  return username === '' && password === '' ? undefined : passwordOf(username, password);
}

/** The `auth` of an entry. */
export function encodeAuth(username: string, password: string): string {
  return Buffer.from(`${username}:${password}`).toString('base64');
}
