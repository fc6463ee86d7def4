import type { LayerPlan, Plan } from '../../plan/index.js';
import { counted } from './numbers.js';
import { renderRows } from './table.js';
import { bold, dim, joinText, Text, text } from './text.js';

const INDENT = '  ';
const ROW_INDENT = '    ';

const isPackage = (what: string): boolean => what.startsWith('package ');
const isLibrary = (what: string): boolean => /\.so(?:\.[^/]*)?$/.test(what);

function reasonsOf({ platforms }: Plan): LayerPlan['reasons'] {
  return platforms.flatMap(({ layers }) => layers.flatMap(({ reasons }) => reasons));
}

/** `12 packages, 8 libraries (tbuild plan --explain says why)`; undefined where everything was asked for by name. */
export function renderReasonCount(plan: Plan): Text | undefined {
  // What several platforms have is counted once.
  const all = [...new Set(reasonsOf(plan).map(({ what }) => what))];
  if (all.length === 0) return undefined;
  const packages = all.filter(isPackage).length;
  const libraries = all.filter((what) => !isPackage(what) && isLibrary(what)).length;
  const files = all.length - packages - libraries;
  const parts = [
    packages > 0 ? counted(packages, 'package') : '',
    libraries > 0 ? counted(libraries, 'library', 'libraries') : '',
    files > 0 ? counted(files, 'file') : '',
  ];
  const what = parts.filter((part) => part !== '').join(', ');
  return text`${bold('Brings along:')} ${what} ${dim('(tbuild plan --explain says why)')}`;
}

/** Platforms that have a layer for the same reasons share one table. */
function tablesOf({ platforms }: Plan) {
  const tables = new Map<string, { readonly layer: LayerPlan; readonly platforms: string[] }>();
  for (const { platform, layers } of platforms) {
    for (const layer of layers) {
      const key = JSON.stringify([layer.name, layer.reasons]);
      const table = tables.get(key) ?? { layer, platforms: [] };
      table.platforms.push(platform);
      if (layer.reasons.length > 0) tables.set(key, table);
    }
  }
  return [...tables.values()];
}

/** Why everything that nobody named is in the image: for each layer a line for each package, library and file. */
export function renderReasons(plan: Plan, columns = Number.POSITIVE_INFINITY): Text[] {
  const tables = tablesOf(plan);
  if (tables.length === 0) return [text`Nothing is in the image that is not named in ${plan.file}.`];
  return [
    bold('Brought along:'),
    ...tables.flatMap(({ layer, platforms }) => [
      text`${INDENT}${bold(layer.name)}  ${dim(joinText(platforms, ', '))}`,
      ...renderRows(
        layer.reasons.map(({ what, why }) => [Text.of(what), Text.of(why)]),
        columns - ROW_INDENT.length,
      ).map((line) => text`${ROW_INDENT}${line}`),
    ]),
  ];
}
