import type { SourceSpan } from '../errors/index.js';
import type { EntryChange, EntrySide } from '../plan/index.js';
import type { Difference } from './difference.js';

/** A clause as a sentence. */
export function sentence(clause: string): string {
  return `${clause.charAt(0).toUpperCase()}${clause.slice(1)}.`;
}

export function placed(at: SourceSpan | undefined): Pick<Difference, 'at'> {
  return at === undefined ? {} : { at };
}

function renderSide(side: EntrySide | undefined): string {
  if (side === undefined) return 'absent';
  const { kind, mode, owner, digest, target, device, xattrs } = side;
  const more = [digest, target === undefined ? undefined : `-> ${target}`, device];
  const attributes = Object.entries(xattrs ?? {}).map(([name, value]) => `${name}=0x${value}`);
  return [kind, mode, owner, ...more, ...attributes].filter((part) => part !== undefined && part !== '').join(' ');
}

/** A changed entry of a layer. @param isUnexplained no input that is known accounts for it */
export function differenceOf(change: EntryChange, where: string, isUnexplained: boolean): Difference {
  const { path, before, after, cause, findings } = change;
  return {
    where,
    path,
    expected: renderSide(before),
    found: renderSide(after),
    cause: `${cause.text}.`,
    ...(isUnexplained ? { isUnexplained } : {}),
    ...(findings === undefined ? {} : { findings }),
    ...placed(cause.at),
  };
}
