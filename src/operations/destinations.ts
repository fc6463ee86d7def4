import { resolve } from 'node:path';
import { fail, TbuildError } from '../errors/index.js';
import type { Host } from '../host/index.js';
import type { BuildManifest } from '../manifest/index.js';
import {
  DOCKER_HUB,
  parseRegistryReference,
  type Reference,
  type RegistryReference,
  renderReference,
} from '../oci/index.js';
import type { ApplyRequest } from './requests.js';
import type { Destination } from './write-image.js';

const FULL_NAME_HINT = 'Write the registry, perhaps its port, and the repository: name: ghcr.io/team/app.';

/**
 * The repository that image.yaml names.
 * @throws TbuildError `manifest-missing-key`, `manifest-wrong-value`, at their place
 */
function publishedRepository({ name, spanOf }: BuildManifest): RegistryReference {
  const at = spanOf(['name']);
  if (name === undefined) {
    throw fail('manifest-missing-key', {
      message: 'To push the image, its repository must be known, and "name" is missing',
      hint: FULL_NAME_HINT,
      at,
    });
  }
  // What docker would take for an official image of Docker Hub: nobody means that.
  if (!name.includes('/')) {
    throw fail('manifest-wrong-value', {
      message: `name is ${JSON.stringify(name)}, which names no repository that an image can be pushed to`,
      hint: `${FULL_NAME_HINT} One of Docker Hub begins with ${JSON.stringify(`${DOCKER_HUB}/`)}.`,
      at,
    });
  }
  try {
    return parseRegistryReference(name);
  } catch (error) {
    if (!(error instanceof TbuildError)) throw error;
    const message = `name cannot be pushed to: ${error.message}`;
    throw fail('manifest-wrong-value', { message, hint: FULL_NAME_HINT, at, cause: error });
  }
}

/** Tags of image.yaml where the destination names none; what holds one image only has none. */
function tagsAt(reference: Reference, declared: readonly string[]): readonly string[] {
  if (reference.transport === 'dir') return [];
  if (reference.transport === 'docker' && reference.digest !== undefined)
    return reference.tag === undefined ? [] : [reference.tag];
  return reference.tag === undefined ? declared : [reference.tag];
}

/** Where apply writes to: what was asked for, and with `push` what image.yaml publishes. */
export function destinationsOf(
  { destinations, push = false }: Pick<ApplyRequest, 'destinations' | 'push'>,
  manifest: BuildManifest,
): readonly Destination[] {
  const references = push ? [...destinations, publishedRepository(manifest)] : destinations;
  const { name, tags } = manifest;
  return references.map((reference) => ({ reference, tags: tagsAt(reference, tags), name }));
}

/** Something that two destinations must not both be. */
interface Place {
  readonly key: string;
  readonly why: string;
  readonly hint: string;
}

const TAGS_HINT = 'For several tags, list them under "tags".';

function placesOf(host: Host, { reference, tags }: Destination): readonly Place[] {
  switch (reference.transport) {
    case 'oci':
      return [];
    case 'docker': {
      const repository = `${reference.registry}/${reference.repository}`;
      const names = (tags.length === 0 ? [undefined] : tags).map((tag) => `docker ${repository}:${tag}`);
      return names.map((key) => ({ key, why: 'the same image of a registry', hint: 'Leave one out.' }));
    }
    case 'docker-daemon':
      return [{ key: renderReference(reference), why: 'the same image of the docker daemon', hint: 'Leave one out.' }];
    default: {
      const isDirectory = reference.transport === 'dir';
      const why = `one ${isDirectory ? 'directory' : 'file'}, and the second would replace the first`;
      const alike = isDirectory ? '' : ': an archive serves OCI tools and docker alike';
      const key = resolve(host.env.workingDirectory, reference.path);
      return [{ key, why, hint: `Leave one out${alike}. ${TAGS_HINT}` }];
    }
  }
}

/**
 * Refuses destinations of which only one would be there in the end: an archive is written as a whole.
 * @throws TbuildError `usage`
 */
export function checkDestinations(host: Host, destinations: readonly Destination[]): void {
  const taken = new Map<string, Reference>();
  for (const destination of destinations) {
    for (const { key, why, hint } of placesOf(host, destination)) {
      const earlier = taken.get(key);
      if (earlier !== undefined) {
        const [first, second] = [earlier, destination.reference].map((item) => JSON.stringify(renderReference(item)));
        throw fail('usage', { message: `The destinations ${first} and ${second} are ${why}`, hint });
      }
      taken.set(key, destination.reference);
    }
  }
}
