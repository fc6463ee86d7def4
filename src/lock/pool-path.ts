/** `..`, also as a URL may write it (WHATWG URL, "double-dot URL path segment"). */
const UP = /^(?:\.|%2e){2}$/i;

/**
 * True for a path that a URL of an archive can be followed by and that stays below it: relative, no `..`, nothing that
 * ends the path of a URL or begins another one.
 */
export function isPoolPath(path: string): boolean {
  if (/[\0-\x20\x7f\\?#]/.test(path)) return false;
  const parts = path.split('/');
  return !parts.some((part) => part === '' || UP.test(part)) && !parts[0]!.includes(':');
}
