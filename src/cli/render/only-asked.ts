import type { PlannedImage } from '../../operations/index.js';
import { Text, text } from './text.js';

type Asked = Pick<PlannedImage, 'file' | 'role'>;

/** The image that was asked for, where it is the only one: what is said of it is then not said as of one among many. */
export function onlyAsked<T extends Asked>(images: readonly T[]): T | undefined {
  const [first, ...others] = images.filter(({ role }) => role === 'asked');
  return others.length === 0 ? first : undefined;
}

/** With `--quiet`: the digest, or for several images a line each with digest and file. What is not known yet is left out. */
export function renderDigestsOf(images: readonly (Asked & { readonly digest: string | null })[]): Text[] {
  const isOne = onlyAsked(images) !== undefined;
  return images
    .filter(({ role }) => role === 'asked')
    .flatMap(({ file, digest }) => (digest === null ? [] : [isOne ? Text.of(digest) : text`${digest}  ${file}`]));
}
