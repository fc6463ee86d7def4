import type { Laboratory } from './laboratory.js';

/** What comes of a request: the status and the body so far as it came, or `failed`. */
export async function outcomeOf(
  url: string,
  init: RequestInit = {},
  waitMs = 400,
): Promise<readonly [number, string] | string> {
  try {
    const response = await fetch(url, { redirect: 'manual', ...init, signal: AbortSignal.timeout(waitMs) });
    const pieces: Buffer[] = [];
    try {
      for await (const piece of response.body ?? []) {
        pieces.push(Buffer.from(piece));
        if (pieces.length > 4) break;
      }
    } catch (error) {
      pieces.push(Buffer.from(error instanceof DOMException ? ' stalled' : ' cut'));
    }
    return [response.status, Buffer.concat(pieces).toString()];
  } catch (error) {
    return error instanceof DOMException ? 'stalled' : 'cut';
  }
}

/** A value of Authorization for {@link labUser}. */
export async function tokenFor({ tokens }: Laboratory, ...scopes: readonly string[]): Promise<string> {
  const query = scopes.map((scope) => `scope=${scope}`).join('&');
  const answer = await fetch(`${tokens.realm}?${query}`, {
    headers: { authorization: `Basic ${btoa('alice:s3cret')}` },
  });
  return `Bearer ${((await answer.json()) as { token: string }).token}`;
}
