import { artifactChanges, NOT_REPRODUCIBLE, type PlatformRecord, renderInputChanges } from '../plan/index.js';

/** Artifacts whose key is as before and whose output is not, in the order in which they are built. */
export function irreproducible(before: PlatformRecord, after: PlatformRecord): readonly string[] {
  return after.artifacts
    .filter(({ name, key, output }) =>
      before.artifacts.some((old) => old.name === name && old.key === key && old.output !== output),
    )
    .map(({ name }) => name);
}

/** A new key says what changed; an old key with a new output says that the command does not reproduce itself. */
export function artifactCause(before: PlatformRecord, after: PlatformRecord, name: string): string {
  const old = before.artifacts.find((artifact) => artifact.name === name);
  const now = after.artifacts.find((artifact) => artifact.name === name);
  if (old === undefined || now === undefined) return 'how it was built is not recorded';
  const changes = artifactChanges(old.facts, now.facts);
  const [culprit] = changes.every(({ what }) => what.startsWith('artifact ')) ? irreproducible(before, after) : [];
  if (changes.length > 0 && culprit !== undefined)
    return `it needs the output of artifact ${culprit}, whose command is not reproducible`;
  return renderInputChanges(changes) ?? NOT_REPRODUCIBLE;
}
