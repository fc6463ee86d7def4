import type { LoginResult, LogoutResult } from '../../operations/index.js';
import { renderTable } from './table.js';
import { bold, dim, Text, text, yellow } from './text.js';

/** Where the credentials are now. */
export function renderLogin({ registry, username, where, isPlainText }: LoginResult): Text[] {
  const care = isPlainText ? text`  ${yellow('not encrypted')} ${dim('(only you can read it)')}` : Text.of();
  return renderTable([
    [bold('logged in'), text`${registry} as ${username}`],
    [bold('kept in'), text`${where}${care}`],
  ]);
}

/** Where the credentials were. */
export function renderLogout({ registry, where }: LogoutResult): Text[] {
  if (where.length === 0) return [text`There were no credentials for ${registry}`];
  return renderTable([
    [bold('logged out'), Text.of(registry)],
    ...where.map((place) => [bold('removed from'), Text.of(place)]),
  ]);
}
