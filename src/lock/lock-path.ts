/** Where the lock of a manifest is: `image.yaml` has `image.lock.json`, `NAME.yml` has `NAME.lock.json` (manifest.md). */
export function lockPathOf(manifestPath: string): string {
  return `${manifestPath.replace(/\.ya?ml$/, '')}.lock.json`;
}
