import { resolve } from 'node:path';
import type { Host } from '../host/index.js';
import type { Reference } from '../oci/index.js';
import { openArchiveSink } from './archive/sink.js';
import { openArchiveSource } from './archive/source.js';
import type { ImageSink, ImageSource, SinkOptions } from './image-transport.js';
import { openLayoutSink } from './layout/sink.js';
import { openLayoutSource } from './layout/source.js';

/**
 * Opens the images at a reference to read them.
 * @param directory absolute; what a relative path starts from
 * @throws TbuildError `image-missing`, `image-invalid`, `input-unreadable`
 */
export function openImageSource(host: Host, reference: Reference, directory: string): ImageSource {
  const path = resolve(directory, reference.path);
  return reference.transport === 'oci'
    ? openLayoutSource(host, reference, path)
    : openArchiveSource(host, reference, path);
}

/**
 * Opens a reference to write images there.
 * @throws TbuildError `destination-failed`
 */
export function openImageSink(host: Host, reference: Reference, options: SinkOptions): ImageSink {
  const path = resolve(options.directory, reference.path);
  return reference.transport === 'oci'
    ? openLayoutSink(host, reference, path)
    : openArchiveSink(host, reference, { path, name: options.name });
}
