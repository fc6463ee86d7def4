import type { LayerState, Plan, PlatformState } from '../plan/index.js';

type Warning = Plan['warnings'][number];

function emptyLayer({ name, at, tree }: LayerState): readonly Warning[] {
  if (tree === undefined || tree.entries.length > 0) return [];
  return [{ message: `layer ${name} is empty: it adds nothing to what lies below`, at }];
}

/** A `.git` in an image is nearly always an oversight: it is large, may hold secrets, and is never twice the same. */
function repositories({ tree }: LayerState): readonly Warning[] {
  const found = tree?.entries.filter(
    ({ kind, path, origin }) => kind === 'directory' && origin.kind === 'files' && /(^|\/)\.git$/.test(path),
  );
  return (found ?? []).map(({ path, origin }) => ({
    message: `${origin.label} puts a git repository at /${path}: leave it out with exclude, for example [".git"]`,
    ...(origin.at === undefined ? {} : { at: origin.at }),
  }));
}

/** What is allowed but hardly meant. Each is said once, though several platforms have it. */
export function warningsOf(platforms: readonly PlatformState[]): Plan['warnings'] {
  const all = platforms.flatMap(({ layers }) =>
    layers.flatMap((layer) => [...emptyLayer(layer), ...repositories(layer)]),
  );
  return [...new Map(all.map((warning) => [`${warning.message} ${warning.at?.line}`, warning])).values()];
}
