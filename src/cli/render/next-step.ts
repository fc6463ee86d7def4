import {
  type Reference,
  renderDaemonName,
  renderReference,
  renderRegistryReference,
  withTag,
} from '../../oci/index.js';
import type { ApplyResult } from '../../operations/index.js';

/** Quotes what a POSIX shell would not take as one plain word. */
function quoted(word: string): string {
  return /^[\w./:@%+,=-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

type Applied = Pick<ApplyResult, 'digest' | 'destinations' | 'isRunnable'>;

/** The image at its first destination, under its first tag; in a registry without any, by its digest. */
function firstOf({ digest, destinations }: Applied): Reference | undefined {
  const [destination] = destinations;
  if (destination === undefined) return undefined;
  const { reference, tags } = destination;
  const [tag] = tags;
  if (reference.transport === 'docker') {
    const { registry, repository } = reference;
    return { transport: 'docker', registry, repository, ...(tag === undefined ? { digest } : { tag }) };
  }
  return tag === undefined ? reference : withTag(reference, tag);
}

/** How the image is started from there; undefined where it must have a tag and has none. */
function runCommand(reference: Reference, isInsecure: boolean): string | undefined {
  switch (reference.transport) {
    case 'docker':
      return `podman run --rm${isInsecure ? ' --tls-verify=false' : ''} ${renderRegistryReference(reference)}`;
    case 'docker-daemon':
      return `docker run --rm ${renderDaemonName(reference)}`;
    case 'dir':
      return `podman run --rm ${quoted(renderReference(reference))}`;
    default:
      return reference.tag === undefined ? undefined : `podman run --rm ${quoted(renderReference(reference))}`;
  }
}

/** A command to try next, ready to paste. */
export function nextStep(applied: Applied): string {
  const reference = firstOf(applied);
  if (reference === undefined) return 'tbuild apply -o oci:DIR:TAG';
  if (reference.transport === 'docker-archive') return `docker load -i ${quoted(reference.path)}`;
  const run = applied.isRunnable ? runCommand(reference, applied.destinations[0]?.isInsecure === true) : undefined;
  return run ?? `tbuild files ${quoted(renderReference(reference))}`;
}
