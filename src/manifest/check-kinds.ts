import { didYouMean } from '../util/index.js';
import type { ManifestPath } from './build-manifest.js';
import { contentKinds } from './image-schema.js';
import type { Problems } from './problems.js';
import { isMap, type Plain, renderPath, type SourceNode } from './source-node.js';

/** Every content with its path, of whatever type it is. */
function contentsOf(top: SourceNode): (readonly [ManifestPath, SourceNode])[] {
  const layers = [...(top.children.get('layers')?.children ?? [])];
  return layers.flatMap(([index, layer]) =>
    [...(layer.children.get('contents')?.children ?? [])].map(
      ([position, content]) => [['layers', index, 'contents', position], content] as const,
    ),
  );
}

function reportNone(top: SourceNode, path: ManifestPath, problems: Problems): void {
  const { value } = contentAt(top, path);
  const keys = Object.keys(value as { readonly [key: string]: Plain });
  const near = keys.map((key) => [key, didYouMean(key, contentKinds)] as const).find(([, hint]) => hint !== undefined);
  const subject = near === undefined ? path : [...path, near[0]];
  const facts = {
    code: 'manifest-missing-key' as const,
    message: `${renderPath(path)} has no key that says what it is`,
    hint: near?.[1] ?? `It needs one of ${contentKinds.join(', ')}.`,
  };
  if (near === undefined) problems.report(top, subject, facts);
  else problems.reportKey(top, subject, facts);
  problems.settle(path);
}

function contentAt(top: SourceNode, path: ManifestPath): SourceNode {
  return path.reduce((node, step) => node.children.get(step)!, top);
}

/** Reports contents that are of no kind or of several. Nothing else is to be said about such a content. */
export function checkKinds(top: SourceNode, problems: Problems): void {
  for (const [path, content] of contentsOf(top)) {
    if (!isMap(content.value) || problems.isSettled(path)) continue;
    const kinds = [...content.children.keys()].map(String).filter((key) => contentKinds.includes(key));
    const [kind, second] = kinds;
    if (kind === undefined) {
      reportNone(top, path, problems);
    } else if (second !== undefined) {
      problems.reportKey(top, [...path, second], {
        code: 'manifest-wrong-value',
        message: `${renderPath(path)} is both ${JSON.stringify(kind)} and ${JSON.stringify(second)}`,
        hint: 'Make it two items of the list.',
      });
      problems.settle(path);
    }
  }
}
