/** A piece of a text with variables. */
export type TemplatePart =
  | { readonly kind: 'text'; readonly text: string }
  /** `occurrence` counts every `${` of the text from 0, escaped ones too. */
  | { readonly kind: 'variable'; readonly name: string; readonly occurrence: number }
  | { readonly kind: 'unterminated'; readonly occurrence: number };

/**
 * `a${b}c` → its pieces. `$${` stands for `${`. A variable ends at the next `}` on the line; where there is none, the rest
 * is one unterminated piece.
 */
export function parseTemplate(text: string): readonly TemplatePart[] {
  const parts: TemplatePart[] = [];
  let from = 0;
  let occurrence = 0;
  for (let open = text.indexOf('${'); open >= 0; open = text.indexOf('${', from), occurrence++) {
    const isEscaped = open > from && text[open - 1] === '$';
    const before = text.slice(from, isEscaped ? open - 1 : open);
    if (before !== '') parts.push({ kind: 'text', text: before });
    if (isEscaped) {
      parts.push({ kind: 'text', text: '${' });
      from = open + 2;
      continue;
    }
    const name = /^[^}\n]*(?=\})/.exec(text.slice(open + 2, open + 2 + LONGEST_NAME))?.[0];
    if (name === undefined) return [...parts, { kind: 'unterminated', occurrence }];
    parts.push({ kind: 'variable', name, occurrence });
    from = open + 2 + name.length + 1;
  }
  if (from < text.length) parts.push({ kind: 'text', text: text.slice(from) });
  return parts;
}

/** No variable has a longer name; a `}` farther away belongs to something else. */
const LONGEST_NAME = 200;

/** Offset of each `${` in the text. */
export function variableOffsets(text: string): readonly number[] {
  const offsets: number[] = [];
  for (let at = text.indexOf('${'); at >= 0; at = text.indexOf('${', at + 2)) offsets.push(at);
  return offsets;
}
