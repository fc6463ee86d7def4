import { TbuildError } from '../errors/index.js';
import type { PlatformManifest } from '../manifest/index.js';
import {
  type Digest,
  type Reference,
  type RegistryReference,
  renderReference,
  renderRegistryReference,
} from '../oci/index.js';
import { openImageSource } from '../store/index.js';
import { inParallel } from '../util/index.js';
import type { BuildContext } from './build-context.js';
import { unlessSilent } from './unless-silent.js';

type Fact = readonly [name: string, value: string];

const PARALLEL = 4;

function referencesOf({ base, layers }: PlatformManifest): readonly Reference[] {
  const images = layers.flatMap(({ contents }) =>
    contents.flatMap((content) => (content.kind === 'image' ? [content] : [])),
  );
  return [...(base.kind === 'image' ? [base] : []), ...images].map(({ reference }) => reference);
}

/** The tag that a name stands for; undefined where it has a digest, which nobody moves. */
function tagOf(reference: RegistryReference): (RegistryReference & { readonly tag: string }) | undefined {
  return reference.digest === undefined ? { ...reference, tag: reference.tag ?? 'latest' } : undefined;
}

/** Where the name can be looked up at little cost, and how the fact is called. */
function questionOf(reference: Reference, context: BuildContext) {
  const { host, file, registries, isFrozen } = context;
  const { transport } = reference;
  // The daemon would have to pack the whole image.
  if (transport === 'docker-daemon') return undefined;
  if (transport !== 'docker') {
    const open = () => openImageSource(host, reference, { directory: file.directory, registries });
    return { what: `image ${renderReference(reference)}`, reference, open };
  }
  const tagged = isFrozen ? undefined : tagOf(reference);
  if (tagged === undefined) return undefined;
  const open = () => openImageSource(host, tagged, { directory: file.directory, registries: registries.hurried() });
  return { what: `tag ${renderRegistryReference(tagged)}`, reference: tagged, open };
}

type Question = NonNullable<ReturnType<typeof questionOf>>;

async function resolve({ reference, open }: Question): Promise<Digest> {
  const source = open();
  try {
    return (await source.resolve(reference)).digest;
  } finally {
    source.close();
  }
}

/** Nothing where it cannot be found out. */
async function answer(question: Question, { registries }: BuildContext): Promise<readonly Fact[]> {
  const { what, reference } = question;
  try {
    const ask = () => resolve(question);
    const isFar = reference.transport === 'docker';
    return [[what, await (isFar ? unlessSilent(registries, reference.registry, ask) : ask())]];
  } catch (error) {
    if (!(error instanceof TbuildError) || error.code === 'interrupted') throw error;
    return [];
  }
}

/**
 * What the names of images mean now, whatever the lock says: of registries one request for each tag, none where the lock is
 * frozen. What cannot be found out is left out.
 */
export async function readReferenceFacts(context: BuildContext): Promise<readonly Fact[]> {
  const { manifest } = context.file;
  const references = manifest.platforms.flatMap((platform) => referencesOf(manifest.forPlatform(platform)));
  const questions = new Map<string, Question>();
  for (const reference of references) {
    const question = questionOf(reference, context);
    if (question !== undefined) questions.set(question.what, question);
  }
  const facts: Fact[] = [];
  await inParallel(questions.values(), PARALLEL, async (question) => {
    facts.push(...(await answer(question, context)));
  });
  return facts;
}
