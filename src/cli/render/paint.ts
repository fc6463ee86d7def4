import pc from 'picocolors';
import type { Io, OutputStream } from '../io.js';
import type { Paint } from './text.js';

export interface ColourChoice {
  /** False for `--no-color`. */
  readonly color: boolean;
}

/** Whether a stream gets colour: no-color.org and force-color.org; the command line wins over the environment. */
export function hasColour(stream: OutputStream, io: Pick<Io, 'variable'>, choice: ColourChoice): boolean {
  if (!choice.color || io.variable('NO_COLOR') !== undefined) return false;
  const forced = io.variable('FORCE_COLOR');
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return stream.isTerminal && io.variable('TERM') !== 'dumb';
}

/** Escape codes for styles, or none. */
export function paintWith(colour: boolean): Paint {
  const colours = pc.createColors(colour);
  return (style, text) => colours[style](text);
}
