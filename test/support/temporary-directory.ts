import { chmodSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from 'vitest';

/** A directory for the tests of the calling file or `describe`: there from before the first until after the last. */
export function temporaryDirectory(): { readonly path: string } {
  let path: string | undefined;
  beforeAll(() => {
    path = mkdtempSync(join(realpathSync(tmpdir()), 'tbuild-test-'));
    // Other users take part in some tests.
    chmodSync(path, 0o755);
  });
  afterAll(() => rmSync(path!, { recursive: true, force: true, maxRetries: 3 }));
  return {
    get path() {
      if (path === undefined) throw new Error('the directory is there only while the tests run');
      return path;
    },
  };
}
