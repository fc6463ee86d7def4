import { resolve } from 'node:path';
import { factsBeforeNeeds } from '../artifact/index.js';
import { fail } from '../errors/index.js';
import { errnoOf, type Host, reasonOf } from '../host/index.js';
import {
  artifactFacts,
  lockFact,
  manifestFact,
  platformFacts,
  renderSavedPlan,
  type SavedInputs,
  type SavedPlan,
} from '../plan/index.js';
import { replaceFile } from '../store/index.js';
import { compareUtf8 } from '../util/index.js';
import { artifactContext } from './build-artifacts.js';
import type { BuildContext } from './build-context.js';
import type { BuiltImage } from './build-image.js';
import type { BuiltPlatform } from './build-platform.js';
import { lockAfter } from './record-source.js';
import { readReferenceFacts } from './reference-facts.js';
import { readSourceFacts } from './source-facts.js';

/** Of artifacts that wait for others, of which a plan does not say more than that. */
async function waitingFacts({ manifest, state }: BuiltPlatform, context: BuildContext) {
  const artifacts = artifactContext(context, manifest.platform);
  const waiting = new Set(state.artifacts.flatMap(({ name, facts }) => (facts === null ? [name] : [])));
  const facts: (readonly [string, string])[] = [];
  for (const declaration of manifest.artifacts.filter(({ name }) => waiting.has(name))) {
    const known = await factsBeforeNeeds(declaration, manifest.platform, artifacts);
    facts.push(...artifactFacts(declaration.name, state.platform, known));
  }
  return facts;
}

/**
 * Everything that the plan of a built image rests on. `file` is as the user named it.
 * @throws TbuildError what reading the files that image.yaml names reports
 */
export async function inputsOf(built: BuiltImage, context: BuildContext): Promise<SavedInputs> {
  const { manifest } = context.file;
  const lock = lockAfter(context);
  const facts: (readonly [string, string])[] = [
    ['manifest', manifestFact(manifest)],
    ['created', String(context.created)],
    ...(lock === undefined ? [] : [['lock', lockFact(lock)] as const]),
    ...(await readReferenceFacts(context)),
    ...(await readSourceFacts(context)),
    ...built.platforms.flatMap(({ state }) => platformFacts(state)),
  ];
  for (const platform of built.platforms) facts.push(...(await waitingFacts(platform, context)));
  return { file: manifest.file, facts: Object.fromEntries(facts.sort(([a], [b]) => compareUtf8(a, b))) };
}

/**
 * Writes a plan, whole or not at all.
 * @param path as the user named it
 * @throws TbuildError `output-failed`
 */
export function savePlan(host: Host, path: string, saved: SavedPlan): void {
  const target = resolve(host.env.workingDirectory, path);
  const refuse = (reason: string, cause?: unknown) =>
    fail('output-failed', { message: `Cannot write ${JSON.stringify(path)}: ${reason}`, cause });
  try {
    const kind = host.files.stat(target)?.kind;
    if (kind !== undefined && kind !== 'file') throw refuse('it is not a regular file');
    replaceFile(host, target, renderSavedPlan(saved), (error) => refuse(reasonOf(error), error));
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    throw refuse(reasonOf(error), error);
  }
}
