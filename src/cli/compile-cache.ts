import module from 'node:module';
import { isAbsolute, join } from 'node:path';

/** Since Node 22.1; the types are those of Node 20. */
interface CompileCache {
  readonly enableCompileCache?: (directory: string) => unknown;
}

function privateCacheDirectory(): string | undefined {
  const { XDG_CACHE_HOME: declared, HOME: home } = process.env;
  if (declared !== undefined && isAbsolute(declared)) return declared;
  return home !== undefined && isAbsolute(home) ? join(home, '.cache') : undefined;
}

/**
 * Lets Node keep its compiled form of the program, so that it starts faster the next time. Never in Node's own default place:
 * that is below the shared temporary directory, where another user could lay out code for us to run.
 */
export function enableCompileCache(): void {
  const directory = privateCacheDirectory();
  if (directory === undefined) return;
  (module as CompileCache).enableCompileCache?.(join(directory, 'tbuild-node'));
}
