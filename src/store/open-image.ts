import { resolve } from 'node:path';
import type { Host } from '../host/index.js';
import type { FileReference, Reference } from '../oci/index.js';
import { openArchiveContents } from './archive/contents.js';
import { openArchiveSink } from './archive/sink.js';
import { openArchiveSource } from './archive/source.js';
import { openDaemonSink } from './daemon/sink.js';
import { openDaemonSource } from './daemon/source.js';
import { openDirectorySink } from './directory/sink.js';
import { openDirectorySource } from './directory/source.js';
import type { ImageSink, ImageSource } from './image-transport.js';
import { openLayoutSink } from './layout/sink.js';
import { openLayoutSource } from './layout/source.js';
import type { Registries } from './registry/registries.js';
import { openRegistrySource } from './registry/source.js';
import { SeenFiles } from './seen-files.js';

/** What a reference means depends on. */
export interface Surroundings {
  /** Absolute directory that a relative path starts from. */
  readonly directory: string;
  readonly registries: Registries;
  /** Files that this run has found right; by default what is opened has its own. */
  readonly seen?: SeenFiles | undefined;
}

export interface SinkOptions extends Surroundings {
  /** Repository the image is published under, without tag; becomes part of the names in an archive. */
  readonly name: string | undefined;
}

function openFileSource(host: Host, reference: FileReference, path: string): ImageSource {
  switch (reference.transport) {
    case 'oci':
      return openLayoutSource(host, reference, path);
    case 'dir':
      return openDirectorySource(host, reference, path);
    default:
      return openArchiveSource(host, reference, path);
  }
}

function openFileSink(host: Host, reference: FileReference, options: SinkOptions): ImageSink {
  const path = resolve(options.directory, reference.path);
  const { seen = new SeenFiles() } = options;
  switch (reference.transport) {
    case 'oci':
      return openLayoutSink(host, reference, { path, seen });
    case 'dir':
      return openDirectorySink(host, reference, { path, seen });
    default:
      return openArchiveSink(host, reference, { path, name: options.name });
  }
}

/**
 * Opens the images at a reference to read them. Servers are asked only when it is first used.
 * @throws TbuildError `image-missing`, `image-invalid`, `input-unreadable`
 */
export function openImageSource(host: Host, reference: Reference, surroundings: Surroundings): ImageSource {
  const { directory, registries } = surroundings;
  switch (reference.transport) {
    case 'docker':
      return openRegistrySource(registries.repository(reference));
    case 'docker-daemon':
      return openDaemonSource(host, reference, (path) => openArchiveSource(host, reference, path));
    default:
      return openFileSource(host, reference, resolve(directory, reference.path));
  }
}

/**
 * Opens a reference to write images there.
 * @throws TbuildError `destination-failed`
 */
export function openImageSink(host: Host, reference: Reference, options: SinkOptions): ImageSink {
  switch (reference.transport) {
    case 'docker':
      return options.registries.sink(reference);
    case 'docker-daemon':
      return openDaemonSink(host, reference, openArchiveContents(undefined));
    default:
      return openFileSink(host, reference, options);
  }
}
