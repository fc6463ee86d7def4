import type { LayerState, Plan } from '../plan/index.js';
import type { Entry } from '../tree/index.js';

type Warning = Plan['warnings'][number];

/** What is to be said of a layer. Of one that is known without its tree it is nothing: it is not remembered otherwise. */
export function warningsOfLayer(layer: LayerState): readonly Warning[] {
  return layer.summary === undefined ? [...emptyLayer(layer), ...oversights(layer)] : [];
}

function emptyLayer({ name, at, tree }: LayerState): readonly Warning[] {
  if (tree === undefined || tree.entries.length > 0) return [];
  return [{ message: `layer ${name} is empty: it adds nothing to what lies below`, at }];
}

/** What is taken along with a directory and nearly always by oversight, by a path that gives it away. */
const OVERSIGHTS: readonly { readonly sign: RegExp; readonly kind: Entry['kind']; readonly what: string }[] = [
  // Large, perhaps with secrets, and never twice the same.
  { sign: /(^|\/)\.git$/, kind: 'directory', what: 'a git repository' },
  // An image that was written there: then every apply changes the input of the next one.
  { sign: /(^|\/)oci-layout$/, kind: 'file', what: 'an OCI layout' },
];

function oversights({ tree }: LayerState): readonly Warning[] {
  const entries = tree?.entries ?? [];
  return OVERSIGHTS.flatMap(({ sign, kind, what }) =>
    entries
      .filter((entry) => entry.kind === kind && sign.test(entry.path) && entry.origin.kind === 'files')
      .map(({ path, origin }) => ({
        message: `${origin.label} takes along ${what}, to /${path}: leave it out with "exclude" if it is not meant`,
        ...(origin.at === undefined ? {} : { at: origin.at }),
      })),
  );
}
