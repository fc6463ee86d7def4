import { createHash } from 'node:crypto';
import type { LayerSplit } from '../manifest/index.js';
import type { Entry } from '../tree/index.js';

const DIGITS_MIN = 2;
/** As many bytes of a hash as a number holds exactly. */
const HASH_BYTES = 6;

/**
 * One of `count` buckets, `01` and up, by the sha256 of the name: it stays where it is, whatever else comes or goes.
 */
function bucketOf(name: string, count: number): string {
  const hash = createHash('sha256').update(name).digest().readUIntBE(0, HASH_BYTES);
  const digits = Math.max(DIGITS_MIN, String(count).length);
  return String(1 + (hash % count)).padStart(digits, '0');
}

/**
 * In which layer an entry goes, for `splitLayer`: the name of its package or source package, or with a budget the
 * number of a bucket, `01` and up; undefined for what no package brought.
 */
export function packageGroup({ by, budget }: LayerSplit): (entry: Entry) => string | undefined {
  return ({ origin }) => {
    if (origin.package === undefined) return undefined;
    const name = by === 'source' ? origin.package.source : origin.package.name;
    return budget === undefined ? name : bucketOf(name, budget);
  };
}
