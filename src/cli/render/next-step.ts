import { renderReference } from '../../oci/index.js';
import type { ApplyResult } from '../../operations/index.js';

/** Quotes what a POSIX shell would not take as one plain word. */
function quoted(word: string): string {
  return /^[\w./:@%+,=-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** A command to try next, ready to paste. */
export function nextStep({ destinations, isRunnable }: Pick<ApplyResult, 'destinations' | 'isRunnable'>): string {
  const [destination] = destinations;
  if (destination === undefined) return 'tbuild apply -o oci:DIR:TAG';
  const { reference, tags } = destination;
  const [tag] = tags;
  const tagged = tag === undefined ? reference : { ...reference, tag };
  const name = quoted(renderReference(tagged));
  if (reference.transport === 'docker-archive') return `docker load -i ${quoted(reference.path)}`;
  return isRunnable && tag !== undefined ? `podman run --rm ${name}` : `tbuild files ${name}`;
}
