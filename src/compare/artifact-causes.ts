import {
  artifactChanges,
  type InputChange,
  NOT_REPRODUCIBLE,
  type PlatformRecord,
  renderInputChanges,
} from '../plan/index.js';

/** Artifacts whose key is as before and whose output is not, in the order in which they are built. */
export function irreproducible(before: PlatformRecord, after: PlatformRecord): readonly string[] {
  return after.artifacts
    .filter(({ name, key, output }) =>
      before.artifacts.some((old) => old.name === name && old.key === key && old.output !== output),
    )
    .map(({ name }) => name);
}

/**
 * The artifact whose command accounts for all of the changes, over others that need it too; undefined where anything else does.
 * @param seen artifacts that are passed already: a record may say that they need each other
 */
function culpritOf(
  [before, after]: readonly [PlatformRecord, PlatformRecord],
  changes: readonly InputChange[],
  seen: ReadonlySet<string> = new Set(),
): string | undefined {
  const culprits = irreproducible(before, after);
  const found = changes.map(({ what, after: output }): string | undefined => {
    const now = after.artifacts.find((artifact) => what.startsWith('artifact ') && artifact.output === output);
    const old = before.artifacts.find(({ name }) => name === now?.name);
    if (now === undefined || old === undefined || seen.has(now.name)) return undefined;
    if (culprits.includes(now.name)) return now.name;
    return culpritOf([before, after], artifactChanges(old.facts, now.facts), new Set([...seen, now.name]));
  });
  return found.includes(undefined) ? undefined : found[0];
}

/** A new key says what changed; an old key with a new output says that the command does not reproduce itself. */
export function artifactCause(before: PlatformRecord, after: PlatformRecord, name: string): string {
  const old = before.artifacts.find((artifact) => artifact.name === name);
  const now = after.artifacts.find((artifact) => artifact.name === name);
  if (old === undefined || now === undefined) return 'how it was built is not recorded';
  const changes = artifactChanges(old.facts, now.facts);
  const culprit = culpritOf([before, after], changes);
  if (culprit !== undefined) return `it needs the output of artifact ${culprit}, whose command is not reproducible`;
  return renderInputChanges(changes) ?? NOT_REPRODUCIBLE;
}
