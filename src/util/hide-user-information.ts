const SCHEME = /^[a-z][a-z0-9+.-]*:\/\//i;
/** A digest follows an `@` too; a port is no digest. */
const DIGEST = /@[a-z]+[0-9]*:(?!\d{1,5}$)[^/.@]*$/;

/**
 * A text that should name a registry or something in it, for messages: without the user name and password before the
 * host, which some people write there as in other URLs.
 */
export function hideUserInformation(text: string): string {
  const scheme = SCHEME.exec(text)?.[0] ?? '';
  const digest = DIGEST.exec(text)?.[0] ?? '';
  const name = text.slice(0, text.length - digest.length);
  const at = name.lastIndexOf('@');
  const isUser = at > 0 && at < name.length - 1 && (scheme !== '' || name.slice(0, at).includes(':'));
  return isUser ? `${scheme}…${text.slice(at)}` : text;
}
