import { createHash } from 'node:crypto';
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../command.mjs';
import { CORPORA } from './catalogue.mjs';
import { prepareDebian } from './debian.mjs';
import { generatedFiles } from './generated.mjs';
import { filesManifest } from './manifests.mjs';
import { writeFiles } from './write-files.mjs';

const here = dirname(fileURLToPath(import.meta.url));

/** What a kind of corpus is made by: where one of these files changed, the corpus is made anew. */
const MADE_BY = {
  generated: ['generated.mjs', 'text.mjs', 'random.mjs', 'manifests.mjs'],
  N: ['node-modules/package-lock.json', 'manifests.mjs'],
  D: ['debian/packages.txt', 'manifests.mjs', 'debian.mjs'],
};

function originOf(kind) {
  const hash = createHash('sha256');
  for (const name of MADE_BY[kind] ?? MADE_BY.generated) hash.update(readFileSync(join(here, name)));
  return hash.digest('hex');
}

const npmInstall = ['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund', '--silent'];

function makeNodeModules(directory) {
  const root = join(directory, 'root');
  mkdirSync(root, { recursive: true });
  for (const name of ['package.json', 'package-lock.json'])
    copyFileSync(join(here, 'node-modules', name), join(root, name));
  run(npmInstall, { cwd: root });
}

function make({ kind, scale }, directory, program) {
  if (kind === 'D') return prepareDebian(directory, join(here, 'debian', 'packages.txt'), program);
  if (kind === 'N') makeNodeModules(directory);
  else writeFiles(join(directory, 'root'), generatedFiles(kind, scale));
  writeFileSync(join(directory, 'image.yaml'), filesManifest());
  writeFileSync(join(directory, 'zstd.yaml'), filesManifest('{ type: zstd, level: 3 }'));
}

/**
 * Makes a corpus below `corpora`, or finds it there: image.yaml, and beside it root/ or, for D, debs/. It is complete where
 * it has its name, so a run that was interrupted leaves nothing that a later one takes for a corpus.
 * @param program the arguments that start tbuild: it is what fetches the packages of D
 * @returns the directory
 */
export function prepareCorpus(name, corpora, program, tell) {
  const directory = join(corpora, name);
  const mark = join(directory, 'made-by');
  const origin = originOf(CORPORA[name].kind);
  if (existsSync(mark) && readFileSync(mark, 'utf8') === origin) return directory;
  tell(`corpus ${name} is made …`);
  const pending = `${directory}.part`;
  for (const path of [pending, directory]) rmSync(path, { recursive: true, force: true });
  mkdirSync(pending, { recursive: true });
  make(CORPORA[name], pending, program);
  writeFileSync(join(pending, 'made-by'), origin);
  renameSync(pending, directory);
  return directory;
}
