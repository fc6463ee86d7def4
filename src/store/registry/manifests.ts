import { fail, TbuildError } from '../../errors/index.js';
import type { NetworkResponse } from '../../network/index.js';
import {
  type Descriptor,
  type Digest,
  DOCUMENT_LIMIT_BYTES,
  digestOf,
  isDigest,
  isDocumentType,
  isTag,
  MediaTypes,
  renderRegistryReference,
} from '../../oci/index.js';
import { collect } from '../../util/index.js';
import { shownReference } from '../image-errors.js';
import { digestMismatch, sizeMismatch } from '../verified-chunks.js';
import { verifiedStream } from '../verified-stream.js';
import { claimedDigest, isCutOff, lengthOf, mediaTypeOf } from './answers.js';
import type { Endpoint } from './endpoint.js';
import { agreedType, expectDocumentType } from './manifest-type.js';
import type { PulledDocument } from './registries.js';
import { errorEntries, refusalOf, serverInvalid } from './registry-errors.js';
import { serverText } from './server-text.js';

/** Documents that can be read. */
const ACCEPT: readonly string[] = [
  MediaTypes.index,
  MediaTypes.manifest,
  MediaTypes.dockerList,
  MediaTypes.dockerManifest,
];

/** Manifests and indexes of a repository, by tag or digest. OCI distribution-spec, "Pulling manifests". */
export interface Manifests {
  resolve(name: string): Promise<Descriptor>;
  find(name: string): Promise<Descriptor | undefined>;
  read(target: Descriptor): Promise<PulledDocument>;
}

const shownName = ({ reference: { registry, repository } }: Endpoint, name: string): string =>
  shownReference({ transport: 'docker', registry, repository, ...(isDigest(name) ? { digest: name } : { tag: name }) });

/** @throws TbuildError `reference-invalid` for what is neither a tag nor a digest */
export function manifestPath(name: string): string {
  if (isTag(name) || isDigest(name)) return `manifests/${name}`;
  throw fail('reference-invalid', { message: `${JSON.stringify(name)} is neither a tag nor a digest` });
}

function tooLarge(shown: string): TbuildError {
  return fail('image-invalid', {
    message: `${shown} is a manifest of more than ${DOCUMENT_LIMIT_BYTES} bytes, which is the limit`,
    details: { limit: DOCUMENT_LIMIT_BYTES },
  });
}

/** What the head of an answer tells of a document; undefined where that is not enough. */
function describedBy(answer: NetworkResponse, name: string, shown: string): Descriptor | undefined {
  const task = `Cannot read ${shown}`;
  const claimed = claimedDigest(answer, task);
  if (isDigest(name) && claimed !== undefined && claimed !== name) {
    throw serverInvalid(task, `the registry answered with ${claimed}`);
  }
  const digest = isDigest(name) ? name : claimed;
  const mediaType = mediaTypeOf(answer);
  const size = lengthOf(answer);
  if (size !== undefined && size > DOCUMENT_LIMIT_BYTES) throw tooLarge(shown);
  if (digest === undefined || mediaType === undefined || !size || !isDocumentType(mediaType)) return undefined;
  return { mediaType, digest, size };
}

async function missing({ reference }: Endpoint, answer: NetworkResponse, shown: string): Promise<TbuildError> {
  const [entry] = await errorEntries(answer);
  if (entry?.code === 'NAME_UNKNOWN') {
    const { registry, repository } = reference;
    const name = JSON.stringify(renderRegistryReference({ transport: 'docker', registry, repository }));
    return fail('image-missing', { message: `There is no ${shown}: the registry has no repository ${name}` });
  }
  const words = entry === undefined || entry.message === '' ? '' : `: ${serverText(entry.message)}`;
  return fail('image-missing', { message: `There is no ${shown}${words}` });
}

/** For a digest that the registry itself named. The user, who wrote a tag, did nothing wrong. */
async function contradiction(answer: NetworkResponse, shown: string, tag: string): Promise<TbuildError> {
  await answer.discard();
  const problem = `the registry answered that the tag ${JSON.stringify(tag)} names it, and then that it is not there`;
  return serverInvalid(`Cannot read ${shown}`, problem);
}

/** Statuses of servers that do not answer HEAD as they should; what they think of it, GET tells. */
const isOddity = (status: number): boolean => status >= 400 && status !== 429 && (status < 500 || status === 501);

/** @returns `unclear` where GET has to tell */
async function head(endpoint: Endpoint, name: string): Promise<Descriptor | 'missing' | 'unclear'> {
  const shown = shownName(endpoint, name);
  const task = `Cannot read ${shown}`;
  const headers = { accept: ACCEPT.join(', ') };
  const path = manifestPath(name);
  const answer = await endpoint.send({ method: 'HEAD', path, headers, access: 'pull', repeat: 'safely', task });
  if (answer.status === 200) {
    await answer.discard();
    return describedBy(answer, name, shown) ?? 'unclear';
  }
  if (!isOddity(answer.status)) throw await refusalOf(answer, task);
  await answer.discard();
  return answer.status === 404 ? 'missing' : 'unclear';
}

async function readExpected(answer: NetworkResponse, expected: Descriptor): Promise<Uint8Array> {
  const length = lengthOf(answer);
  if (length !== undefined && length !== expected.size) {
    throw sizeMismatch(`Content for ${expected.digest}`, expected, length);
  }
  return collect(verifiedStream(answer.body, expected), DOCUMENT_LIMIT_BYTES);
}

async function readUnknown(answer: NetworkResponse, shown: string): Promise<Uint8Array> {
  const length = lengthOf(answer);
  if (length !== undefined && length > DOCUMENT_LIMIT_BYTES) throw tooLarge(shown);
  try {
    return await collect(answer.body, DOCUMENT_LIMIT_BYTES);
  } catch (error) {
    if (error instanceof RangeError) throw tooLarge(shown);
    throw error;
  }
}

function checkDigest(digest: Digest, claimed: Digest | undefined, name: string, bytes: Uint8Array): void {
  const wanted = isDigest(name) ? name : (claimed ?? digest);
  if (digest !== wanted) {
    throw digestMismatch(`Content for ${wanted}`, { digest: wanted, size: bytes.length }, digest);
  }
}

interface Wanted {
  readonly name: string;
  readonly expected?: Descriptor;
  /** The tag for which the registry gave this digest. */
  readonly tag?: string | undefined;
}

async function readAnswer(answer: NetworkResponse, shown: string, wanted: Wanted): Promise<PulledDocument> {
  const { name, expected } = wanted;
  const task = `Cannot read ${shown}`;
  const claimed = claimedDigest(answer, task);
  const sent = mediaTypeOf(answer);
  const bytes = await (expected === undefined ? readUnknown(answer, shown) : readExpected(answer, expected));
  const digest = digestOf(bytes);
  checkDigest(digest, claimed, name, bytes);
  if (claimed !== undefined && claimed !== digest) {
    throw serverInvalid(task, `the registry answered with the digest ${claimed}, but the bytes have ${digest}`);
  }
  const mediaType = agreedType(bytes, sent, shown);
  if (expected === undefined) expectDocumentType(mediaType, shown);
  else if (sent !== undefined && sent !== expected.mediaType.toLowerCase()) {
    throw fail('image-invalid', {
      message: `${shown} can be read in two ways: the registry calls it ${JSON.stringify(sent)}, its descriptor ${JSON.stringify(expected.mediaType)}`,
    });
  }
  return { descriptor: { mediaType: expected?.mediaType ?? mediaType, digest, size: bytes.length }, bytes };
}

async function get(endpoint: Endpoint, wanted: Wanted): Promise<PulledDocument> {
  const { name, expected, tag } = wanted;
  const shown = shownName(endpoint, name);
  const task = `Cannot read ${shown}`;
  const types = expected === undefined || ACCEPT.includes(expected.mediaType) ? ACCEPT : [expected.mediaType];
  const headers = { accept: types.join(', ') };
  const patience = endpoint.patience();
  for (;;) {
    const path = manifestPath(name);
    const answer = await endpoint.send({ method: 'GET', path, headers, access: 'pull', repeat: 'safely', task });
    if (answer.status === 404) {
      throw await (tag === undefined ? missing(endpoint, answer, shown) : contradiction(answer, shown, tag));
    }
    if (answer.status !== 200) throw await refusalOf(answer, task);
    try {
      return await readAnswer(answer, shown, wanted);
    } catch (error) {
      await answer.discard();
      if (!isCutOff(error) || !(await patience.wait())) throw error;
    }
  }
}

export function openManifests(endpoint: Endpoint): Manifests {
  // What only reading could describe is not read again at once.
  let last: PulledDocument | undefined;
  const tags = new Map<Digest, string>();
  const describe = async (name: string): Promise<Descriptor> => {
    last = await get(endpoint, { name });
    return last.descriptor;
  };
  return {
    async resolve(name) {
      const found = await head(endpoint, name);
      if (typeof found === 'string') return describe(name);
      if (isTag(name)) tags.set(found.digest, name);
      return found;
    },
    async find(name) {
      const found = await head(endpoint, name);
      if (found === 'missing') return undefined;
      if (found !== 'unclear') return found;
      try {
        return await describe(name);
      } catch (error) {
        if (error instanceof TbuildError && error.code === 'image-missing') return undefined;
        throw error;
      }
    },
    async read(target) {
      const { digest, mediaType, size } = target;
      if (size > DOCUMENT_LIMIT_BYTES) throw tooLarge(shownName(endpoint, digest));
      const known = last?.descriptor;
      const isKnown = known?.digest === digest && known.mediaType === mediaType && known.size === size;
      if (isKnown) return last!;
      return get(endpoint, { name: digest, expected: { mediaType, digest, size }, tag: tags.get(digest) });
    },
  };
}
