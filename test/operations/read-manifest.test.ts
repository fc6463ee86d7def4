import { expect, it } from 'vitest';
import { createNodeHost } from '../../src/host/index.js';
import { readManifest } from '../../src/operations/read-manifest.js';
import { workspace } from './support.js';

it.each([
  ['image.yaml', 'image.yml', 'Did you mean "image.yml"?'],
  ['app/image.yml', 'app/image.yaml', 'Did you mean "app/image.yaml"?'],
  ['app', 'app/iamge.yaml', 'Did you mean "app/iamge.yaml"?'],
  ['image.yaml', 'image.json', 'Name the file or its directory: tbuild plan path/to/image.yaml.'],
  ['missing/image.yaml', 'image.yaml', 'Name the file or its directory: tbuild plan path/to/image.yaml.'],
])('says what was meant with %s where %s is there', (named, there, hint) => {
  const { path } = workspace({ [there]: 'version: 1\n' });
  const host = createNodeHost();
  const here = { ...host, env: { ...host.env, workingDirectory: path('.') } };
  expect(() => readManifest(here, named)).toThrow(expect.objectContaining({ code: 'manifest-missing', hint }));
});
