import { fail } from '../errors/index.js';
import type { ManifestText } from './manifest-text.js';
import { parseYaml } from './parse-yaml.js';
import type { Problems } from './problems.js';
import { readTree } from './read-tree.js';
import { isMap, placeOf, type SourceNode } from './source-node.js';
import { wrongType } from './wrong-type.js';

/** A manifest of another version has other keys: then nothing else is said. */
function checkVersion(top: SourceNode, source: ManifestText): void {
  const version = top.children.get('version');
  if (source.format.isVersioned === false || typeof version?.value !== 'number' || version.value === 1) return;
  const message = `The manifest is of version ${version.written}, and this tbuild knows version 1`;
  const at = source.spanOf(placeOf(version));
  throw fail('manifest-version', { message, hint: 'Write version: 1, or take a newer tbuild.', at });
}

/**
 * The text as a map, of version 1 where its format has versions, which may still hold anything.
 * @throws TbuildError `yaml-too-deep`, `yaml-syntax`, `manifest-empty`, `manifest-version`, `manifest-wrong-type`
 */
export function parseTree(source: ManifestText, problems: Problems): SourceNode {
  const contents = parseYaml(source, problems);
  const top = contents === undefined ? undefined : readTree(contents, source, problems);
  if (top === undefined || (top.value === null && !problems.isSettled([]) && top.written === '')) {
    problems.throwIfAny();
    throw fail('manifest-empty', {
      message: `${JSON.stringify(source.file)} holds no manifest`,
      hint: source.format.isVersioned === false ? undefined : 'It begins with "version: 1".',
      at: source.spanOf([0, 1]),
    });
  }
  if (isMap(top.value)) {
    checkVersion(top, source);
    return top;
  }
  if (!problems.isSettled([])) {
    problems.addAt(top.range, { code: 'manifest-wrong-type', ...wrongType([], top, { description: 'Write a map.' }) });
  }
  problems.throwIfAny();
  return top;
}
