import { TbuildError } from '../errors/index.js';
import type { Descriptor, Reference } from '../oci/index.js';
import type { PublishedRecord } from '../plan/index.js';
import { type RecordReading, readRecord } from './read-record.js';

/**
 * The record of an image where it is in a registry and has one, to explain more than the image itself does. What is wrong with
 * records, which anybody may have attached, is told, and no reason to stop; nor is a registry that lists no referrers.
 */
export async function usableRecord(
  root: Descriptor,
  reference: Reference,
  reading: RecordReading,
): Promise<PublishedRecord | undefined> {
  if (reference.transport !== 'docker') return undefined;
  try {
    return await readRecord(root, reference, reading);
  } catch (error) {
    if (!(error instanceof TbuildError) || error.code === 'interrupted') throw error;
    if (error.code === 'record-invalid') reading.steps.report({ kind: 'warning', message: error.message });
    return undefined;
  }
}
