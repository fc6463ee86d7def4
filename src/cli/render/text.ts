import { neutralise } from './neutralise.js';
import { fitting, widthOf } from './width.js';

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan' | 'blue' | 'magenta';

/** How styles become escape codes; the identity where there is no colour. */
export type Paint = (style: Style, text: string) => string;

interface Segment {
  readonly text: string;
  readonly styles: readonly Style[];
}

export type Part = string | number | Text;

const ELLIPSIS = '…';

/**
 * One line for people. Nothing else can be written to a terminal, and nothing becomes a Text without being neutralised:
 * so what comes from a file, a registry or a command cannot reach the terminal as anything but characters.
 */
export class Text {
  readonly #segments: readonly Segment[];
  /** Columns of a terminal. */
  readonly width: number;

  private constructor(segments: readonly Segment[]) {
    this.#segments = segments;
    this.width = segments.reduce((sum, segment) => sum + widthOf(segment.text), 0);
  }

  static of(...parts: readonly Part[]): Text {
    return new Text(
      parts.flatMap((part) =>
        part instanceof Text ? part.#segments : [{ text: neutralise(String(part)), styles: [] }],
      ),
    );
  }

  styled(style: Style): Text {
    return new Text(this.#segments.map(({ text, styles }) => ({ text, styles: [...styles, style] })));
  }

  /** With spaces up to `columns`. */
  padEnd(columns: number): Text {
    return Text.of(this, ' '.repeat(Math.max(0, columns - this.width)));
  }

  padStart(columns: number): Text {
    return Text.of(' '.repeat(Math.max(0, columns - this.width)), this);
  }

  /** Cut to `columns`, the last of them `…` where something is missing. */
  truncate(columns: number): Text {
    if (this.width <= columns) return this;
    let left = Math.max(0, columns - 1);
    const kept: Segment[] = [];
    for (const segment of this.#segments) {
      const text = fitting(segment.text, left);
      kept.push({ ...segment, text });
      left -= widthOf(text);
      if (text.length < segment.text.length) break;
    }
    return new Text([...kept, { text: ELLIPSIS.slice(0, columns), styles: [] }]);
  }

  render(paint: Paint): string {
    return this.#segments
      .map(({ text, styles }) => (text === '' ? '' : styles.reduce((painted, style) => paint(style, painted), text)))
      .join('');
  }

  /** Without colour. */
  toString(): string {
    return this.render((_, text) => text);
  }
}

/** Tagged template: everything in it that is not a Text is neutralised. */
export function text(strings: TemplateStringsArray, ...parts: readonly Part[]): Text {
  return Text.of(...strings.flatMap((string, i): Part[] => (i < parts.length ? [string, parts[i]!] : [string])));
}

export function joinText(parts: readonly Part[], separator: string): Text {
  return Text.of(...parts.flatMap((part, i): Part[] => (i === 0 ? [part] : [separator, part])));
}

const styler =
  (style: Style) =>
  (part: Part): Text =>
    Text.of(part).styled(style);

export const bold = styler('bold');
export const dim = styler('dim');
export const red = styler('red');
export const green = styler('green');
export const yellow = styler('yellow');
export const cyan = styler('cyan');
