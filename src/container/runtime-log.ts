import type { Files } from '../host/index.js';
import { decodeUtf8 } from '../util/index.js';

/** What a runtime writes about one container is a few lines. */
const LIMIT_BYTES = 1024 * 1024;

/** The message of a line that tells an error; both runc and crun write JSON with `level` and `msg`. */
function errorOf(line: string): readonly string[] {
  try {
    const { level, msg } = JSON.parse(line) as { readonly level?: unknown; readonly msg?: unknown };
    return (level === 'error' || level === 'fatal') && typeof msg === 'string' ? [msg] : [];
  } catch {
    return [];
  }
}

/** What went wrong, as a runtime wrote it into its log; undefined where nothing did. */
export function errorsInLog(files: Files, path: string): string | undefined {
  if ((files.stat(path)?.size ?? 0) === 0) return undefined;
  const text = decodeUtf8(files.readFile(path, LIMIT_BYTES)) ?? '';
  const errors = text.split('\n').flatMap(errorOf);
  return errors.length === 0 ? undefined : errors.join('\n');
}
