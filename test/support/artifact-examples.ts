import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { artifactExampleNames } from './examples.js';
import type { NpmRegistry } from './npm/npm-registry.js';
import { root } from './root.js';
import { tbuild } from './tbuild.js';

/** What stands for the images of a registry that some of the examples are built on. */
const BASE = `version: 1
tags: [latest]
platforms: [linux/amd64]
base: scratch
layers: [{ name: base, contents: [{ text: "a base\\n", to: /etc/base }] }]
`;

/** The packages that examples/node-app installs on this machine. */
export const npmPackages: readonly string[] = ['picocolors', 'esbuild', `@esbuild/linux-${process.arch}`];

function change(file: string, replace: (text: string) => string): void {
  const text = readFileSync(file, 'utf8');
  const changed = replace(text);
  if (changed === text) throw new Error(`${file} is not what it was`);
  writeFileSync(file, changed);
}

/** package-lock.json with the archives of the registry, which hold the same files as those that npm has. */
function withPublished(text: string, { published }: NpmRegistry): string {
  const lock = JSON.parse(text);
  for (const { name, version, integrity } of published.values()) {
    const locked = lock.packages[`node_modules/${name}`];
    if (locked?.version !== version)
      throw new Error(`examples/node-app has another ${name} than this project: ${version}`);
    locked.integrity = integrity;
  }
  return JSON.stringify(lock, null, 2);
}

/** Copies the examples of artifacts to a directory, each as it is but for the network: base images and npm are of this machine. */
export async function copyArtifactExamples(directory: string, registry: NpmRegistry): Promise<void> {
  for (const name of artifactExampleNames) {
    cpSync(join(root, 'examples', name), join(directory, name), { recursive: true });
  }
  for (const name of ['node-app', 'python-wheel']) {
    const place = join(directory, name);
    writeFileSync(join(place, 'base.yaml'), BASE);
    const args = ['apply', join(place, 'base.yaml'), '-o', `oci:${join(place, 'base')}`, '--quiet'];
    await tbuild([...args, '--cache', join(directory, 'cache-of-bases')]);
    change(join(place, 'image.yaml'), (text) => text.replace(/^base: gcr\.io\/.*$/m, 'base: oci:base:latest'));
  }
  change(join(directory, 'node-app/image.yaml'), (text) =>
    text.replace(/^( +)network: true$/m, `$&\n$1env: { npm_config_registry: "${registry.url}" }`),
  );
  change(join(directory, 'node-app/package-lock.json'), (text) => withPublished(text, registry));
}
