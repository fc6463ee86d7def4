import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../support/root.js';
import { run } from '../support/run.js';
import { neutralEnv, program } from '../support/tbuild.js';
import { temporaryDirectory } from '../support/temporary-directory.js';

const workspace = temporaryDirectory();
const readme = readFileSync(join(root, 'README.md'), 'utf8');

/** The text of the first code block that begins so. */
function block(language: string, beginning: string): string {
  const fence = `\`\`\`${language}\n`;
  const start = readme.indexOf(fence + beginning) + fence.length;
  if (start < fence.length) throw new Error(`README.md has no block that begins with ${JSON.stringify(beginning)}`);
  return readme.slice(start, readme.indexOf('```', start));
}

it('the image of README.md is made by its commands, which all succeed, and the plan is the one shown there', async () => {
  writeFileSync(join(workspace.path, 'image.yaml'), block('yaml', '# image.yaml'));
  const tbuild = `tbuild() { "${process.execPath}" "${program}" --cache cache "$@"; }`;
  const script = ['set -eu', tbuild, block('console', 'mkdir public'), block('console', 'tbuild plan  ')].join('\n');
  const env = { ...neutralEnv, LC_ALL: 'C.UTF-8' };
  const { status, stdout, stderr } = await run('sh', ['-c', script], { cwd: workspace.path, env });
  expect({ status, stderr }).toEqual({ status: 0, stderr: 'Next: tbuild files oci:out/site:v1\n' });
  expect(stdout).toContain('\nNo changes. image.yaml is up to date: sha256:');
  expect(stdout).toContain('\nreproducible: sha256:');
  expect(stdout).toContain(`\n${block('', 'image.yaml  linux/amd64')}\nPlan: 2 layers to build.\n`);
});
