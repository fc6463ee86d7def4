import { type Reference, renderReference } from '../../oci/index.js';

/** Quotes what a POSIX shell would not take as one plain word. */
function quoted(word: string): string {
  return /^[\w./:@%+,=-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** A command to try next, ready to paste. */
export function nextStep(
  destination: { readonly reference: Reference; readonly tags: readonly string[] } | undefined,
): string {
  if (destination === undefined) return 'tbuild apply -o oci:DIR:TAG';
  const { reference, tags } = destination;
  const [tag] = tags;
  const tagged = tag === undefined ? reference : { ...reference, tag };
  const name = quoted(renderReference(tagged));
  if (reference.transport === 'docker-archive') return `docker load -i ${quoted(reference.path)}`;
  return tag === undefined ? `skopeo inspect ${name}` : `podman run --rm ${name}`;
}
