import { isDigest, type Json } from '../oci/index.js';
import type { TreeFact } from './image-lock.js';

type Check = (value: Json | undefined) => boolean;

const isMode: Check = (value) => typeof value === 'string' && /^[0-7]{4}$/.test(value);
/** `1000:1000`; also of a device. */
const isPair: Check = (value) => typeof value === 'string' && /^[0-9]{1,10}:[0-9]{1,10}$/.test(value);
const isText: Check = (value) => typeof value === 'string' && value !== '';
const isSize: Check = (value) => typeof value === 'number' && value >= 0;

/** What follows kind, mode and owner. */
const MORE: Readonly<Record<string, readonly Check[]>> = {
  directory: [],
  symlink: [isText],
  file: [isDigest, isSize],
  'character-device': [isPair],
  'block-device': [isPair],
  fifo: [isPair],
};

function isBase64(value: Json | undefined): boolean {
  return typeof value === 'string' && Buffer.from(value, 'base64').toString('base64') === value;
}

function isAttributes(value: Json): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.values(value).every(isBase64);
}

/** True for what `TreeFacts` can say of a path that something is at. */
export function isTreeFact(value: Json): value is readonly (TreeFact & Json)[] {
  if (!Array.isArray(value)) return false;
  const [kind, ...rest] = value as readonly Json[];
  if (typeof kind !== 'string' || !Object.hasOwn(MORE, kind)) return false;
  const checks = [isMode, isPair, ...MORE[kind]!];
  const attributes = rest.slice(checks.length);
  return checks.every((check, i) => check(rest[i])) && attributes.length <= 1 && attributes.every(isAttributes);
}

/** True for the path of a tree: names that are parted by slashes; empty for its root. */
export function isTreePath(path: string): boolean {
  if (path === '') return true;
  return !path.includes('\0') && !path.split('/').some((name) => name === '' || name === '.' || name === '..');
}
