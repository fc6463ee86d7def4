import type { ManifestPath } from '../build-manifest.js';
import { isMap, membersOf, type Plain, quote, valueAt } from '../source-node.js';
import { locationOf, type SourceLocation } from './debian.js';
import type { Fault } from './fault.js';

function locationFaults(source: Plain, first: Plain, path: ManifestPath): readonly Fault[] {
  if (!isMap(source)) return [];
  if (source.mirror !== undefined && source.snapshot !== undefined) {
    const hint = 'Leave one of them out.';
    return [{ key: [...path, 'snapshot'], isKey: true, reason: 'has both "mirror" and "snapshot"', hint }];
  }
  const { snapshot } = locationOf(source as SourceLocation, first as SourceLocation);
  if (source.archive === undefined || snapshot !== undefined) return [];
  const hint = 'Of a mirror, the address says which archive it is.';
  const code = 'manifest-missing-key';
  return [{ key: [...path, 'archive'], isKey: true, code, reason: 'has "archive" without "snapshot"', hint }];
}

/** Packages that are asked for and left out at once. */
function excludeFaults(debian: Plain): readonly Fault[] {
  const asked = membersOf(valueAt(debian, ['packages'])).map(([, text]) => String(text).replace(/=.*$/s, ''));
  const names = new Set(asked);
  return membersOf(valueAt(debian, ['exclude'])).flatMap(([index, name]) =>
    typeof name === 'string' && names.has(name)
      ? [{ key: ['exclude', index], reason: `is ${quote(name)}, which packages asks for` }]
      : [],
  );
}

/** Rules between the values of what `debian` holds. */
export function debianFaults(debian: Plain): readonly Fault[] {
  const more = membersOf(valueAt(debian, ['sources']));
  return [
    ...locationFaults(debian, debian, []),
    ...more.flatMap(([index, source]) => locationFaults(source, debian, ['sources', index])),
    ...excludeFaults(debian),
  ];
}
