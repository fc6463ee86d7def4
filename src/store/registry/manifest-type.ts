import { fail } from '../../errors/index.js';
import { isDocumentType, MediaTypes } from '../../oci/index.js';
import { decodeUtf8 } from '../../util/index.js';

/** Docker image manifest version 2, schema 1: layers without descriptors, digests without bytes. */
const SCHEMA_1 = /^application\/vnd\.docker\.distribution\.manifest\.v1\+(?:json|prettyjws)$/;

interface Outline {
  readonly mediaType: string | undefined;
  readonly isSchema1: boolean;
  readonly hasManifests: boolean;
}

/** What a document says of itself, without judging it. */
function outlineOf(bytes: Uint8Array): Outline {
  let value: unknown;
  try {
    value = JSON.parse(decodeUtf8(bytes) ?? '');
  } catch {
    value = null; // the parser of the document says what is wrong with it
  }
  const { mediaType, schemaVersion, manifests } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return {
    mediaType: typeof mediaType === 'string' ? mediaType : undefined,
    isSchema1: schemaVersion === 1,
    hasManifests: manifests !== undefined,
  };
}

/**
 * The one media type that server and document agree on (CVE-2021-41190: two types would be two meanings).
 * @param sent Content-Type, where it says something
 * @throws TbuildError `image-invalid`
 */
export function agreedType(bytes: Uint8Array, sent: string | undefined, shown: string): string {
  const { mediaType, isSchema1, hasManifests } = outlineOf(bytes);
  if (sent !== undefined && mediaType !== undefined && sent !== mediaType.toLowerCase()) {
    throw fail('image-invalid', {
      message: `${shown} can be read in two ways: the registry calls it ${JSON.stringify(sent)}, itself it says ${JSON.stringify(mediaType.slice(0, 200))}`,
    });
  }
  const agreed = sent ?? mediaType ?? (hasManifests ? MediaTypes.index : MediaTypes.manifest);
  if (isSchema1 || SCHEMA_1.test(agreed)) {
    throw fail('image-invalid', {
      message: `${shown} is a Docker schema 1 manifest, which is not supported`,
      hint: 'Copy the image with a current tool, for example skopeo copy --format oci.',
    });
  }
  return agreed;
}

/** @throws TbuildError `image-invalid` */
export function expectDocumentType(mediaType: string, shown: string): void {
  if (isDocumentType(mediaType)) return;
  const type = JSON.stringify(mediaType.slice(0, 200));
  throw fail('image-invalid', { message: `${shown} is not an image: its media type is ${type}` });
}
