import { fail } from '../errors/index.js';
import { isLoopback } from './local-address.js';

/**
 * Checks that nobody on the way can read what is sent there, nor change what is answered.
 * @throws TbuildError `registry-unauthorised`
 */
export function checkPrivate(url: URL, task: string): void {
  if (url.protocol === 'https:' || isLoopback(url.hostname)) return;
  throw fail('registry-unauthorised', {
    message: `${task}: ${url.origin} asks for credentials over plain HTTP, where anybody can read them`,
    hint: 'Let the server speak TLS, or use it without credentials.',
    details: { url: url.origin },
  });
}
