import { fail } from '../../errors/index.js';
import type { Host, ReadHandle } from '../../host/index.js';
import {
  type Descriptor,
  type Digest,
  DOCUMENT_LIMIT_BYTES,
  parseDockerArchive,
  parseLayoutIndex,
  type Reference,
} from '../../oci/index.js';
import { bytesOf, lazy } from '../../util/index.js';
import { explained, explanationOf } from '../explained.js';
import { imageInvalid, imageMissing, readFailed, shownReference } from '../image-errors.js';
import type { ImageSource } from '../image-transport.js';
import { LayoutFiles, layoutBlob } from '../layout-files.js';
import { pickImage } from '../pick-image.js';
import { type Extent, unhurried, verifiedChunks } from '../verified-chunks.js';
import { composeDockerImage, type DockerImage, pickDockerImage } from './docker-image.js';
import { indexTar, type TarIndex } from './tar-index.js';

/** Name of docker's list of images in an archive. */
const DOCKER_LIST = 'manifest.json';

function openFile(host: Host, reference: Reference, path: string): ReadHandle {
  return explained(() => {
    const stat = host.files.stat(path);
    if (stat === undefined) throw imageMissing(reference, path);
    if (stat.kind !== 'file') throw imageInvalid(reference, 'is not a file', 'Read a directory with oci:DIR.');
    return host.files.openRead(path);
  }, readFailed(reference));
}

function readWhole(extent: Extent): Uint8Array {
  if (extent.size > DOCUMENT_LIMIT_BYTES) {
    throw fail('image-invalid', { message: `${extent.shown} has ${extent.size} bytes, which is too many` });
  }
  const bytes = new Uint8Array(extent.size);
  extent.handle.read(bytes, extent.position);
  return bytes;
}

/** Images by name in an archive that has been read once. Throws errno errors of it. */
class ArchiveImages {
  readonly #docker = new Map<Digest, DockerImage>();

  constructor(
    readonly reference: Reference,
    readonly files: TarIndex,
  ) {}

  resolve(wanted: Reference): Descriptor {
    const index = this.files.find(LayoutFiles.index);
    if (index !== undefined) return pickImage(parseLayoutIndex(readWhole(index), index.shown), wanted);
    const list = this.files.find(DOCKER_LIST);
    if (list === undefined) throw imageInvalid(this.reference, 'is neither an OCI archive nor one of docker save');
    const image = pickDockerImage(parseDockerArchive(readWhole(list), list.shown), wanted);
    const composed = composeDockerImage(image, this.files, this.reference);
    this.#docker.set(composed.target.digest, composed);
    return composed.target;
  }

  /** A manifest that was made up here. */
  manifest(digest: Digest): Uint8Array | undefined {
    return this.#docker.get(digest)?.manifest;
  }

  find(digest: Digest): Extent | undefined {
    const found = this.files.find(layoutBlob(digest));
    if (found !== undefined) return found;
    return [...this.#docker.values()].map(({ blobs }) => blobs.get(digest)).find((extent) => extent !== undefined);
  }
}

/**
 * Images in an archive file: an OCI layout (of tbuild, skopeo, podman, docker 25 and later), or what `docker save` of
 * earlier versions, skopeo and podman write for docker. For the latter an OCI manifest is made up; config and layers are
 * the bytes of the archive.
 *
 * @param path absolute
 * @throws TbuildError `image-missing`, `image-invalid`, `input-unreadable`; `archive-ambiguous` and `archive-limit` when it is first used
 */
export function openArchiveSource(host: Host, reference: Reference, path: string): ImageSource {
  const handle = openFile(host, reference, path);
  const explain = readFailed(reference);
  const readImages = async (): Promise<ArchiveImages> => {
    try {
      return new ArchiveImages(reference, await indexTar(host, { handle, path }));
    } catch (error) {
      throw explanationOf(error, explain);
    }
  };
  const images = lazy(readImages);
  const close = lazy(() => handle.close());
  function* readBlob(extent: Extent, target: Descriptor): Generator<Uint8Array> {
    try {
      yield* verifiedChunks(extent, target);
    } catch (error) {
      throw explanationOf(error, explain);
    }
  }
  return {
    async resolve(wanted) {
      const archive = await images();
      return explained(() => archive.resolve(wanted), explain);
    },
    async open(target) {
      const archive = await images();
      const manifest = archive.manifest(target.digest);
      if (manifest !== undefined) return bytesOf(manifest);
      const extent = archive.find(target.digest);
      if (extent !== undefined) return unhurried(readBlob(extent, target), host);
      throw fail('blob-missing', {
        message: `${shownReference(reference)} does not hold ${target.digest}`,
        details: { digest: target.digest },
      });
    },
    close,
  };
}
