import type { Json } from '../../oci/index.js';
import { checkNumbers } from '../check-numbers.js';
import { checkSchema } from '../check-schema.js';
import type { Complaint } from '../complaint.js';
import { decodeManifest } from '../decode-manifest.js';
import { schema } from '../generated/sync-schema.js';
import validate from '../generated/sync-validate.js';
import type { ManifestFormat } from '../manifest-text.js';
import { parseTree } from '../parse-tree.js';
import { Problems } from '../problems.js';
import type { DocumentSchema } from '../schema-facts.js';
import { membersOf, quote, type SourceNode, valueAt } from '../source-node.js';
import { readEntry } from './read-entry.js';
import type { SyncList } from './sync-list.js';
import { parseSyncTarget, type SyncTarget } from './sync-target.js';

const SYNC_YAML: ManifestFormat = { name: 'sync.yaml', hasVariables: false };

/** schema/sync.schema.json: JSON Schema draft 2020-12 of sync.yaml, version 1. */
export const syncSchema = schema as Json;
const documentSchema: DocumentSchema = { definitions: schema.$defs as DocumentSchema['definitions'], validate };

export interface SyncParseOptions {
  /** The file as the user named it. */
  readonly file: string;
  /** Where the images go, instead of what the file says. */
  readonly target: SyncTarget | undefined;
  /** True for a range of versions as npm writes it. */
  readonly isRange: (text: string) => boolean;
}

const isComplaint = (value: SyncTarget | Complaint): value is Complaint => 'reason' in value;

/** What `to` says; undefined where that is nothing, which is reported. */
function readTarget(top: SourceNode, problems: Problems): SyncTarget | undefined {
  const text = valueAt(top.value, ['to']);
  if (text === undefined) {
    const hint = 'Write where the images go, or say it with --to: registry.example.com/mirror, oci:DIR or dir:DIR.';
    problems.report(top, ['to'], { code: 'manifest-missing-key', message: 'The manifest lacks "to"', hint });
  }
  if (typeof text !== 'string' || problems.isSettled(['to'])) return undefined;
  const target = parseSyncTarget(text);
  if (!isComplaint(target)) return target;
  const message = `to is ${quote(text)}, ${target.reason}`;
  problems.report(top, ['to'], { code: 'manifest-wrong-value', message, hint: target.hint });
  return undefined;
}

/**
 * Bytes of sync.yaml → the checked list.
 *
 * @throws TbuildError the only problem of the file, or `manifest-invalid` with all of them in `problems`, sorted by
 *   position; as with `parseManifest`, some make that nothing else is looked at
 */
export function parseSyncList(bytes: Uint8Array, { file, target: instead, isRange }: SyncParseOptions): SyncList {
  const source = decodeManifest(bytes, { file, format: SYNC_YAML });
  const problems = new Problems(source);
  const top = parseTree(source, problems);
  checkSchema({ schema: documentSchema, value: top.value, top }, problems);
  const written =
    instead === undefined || valueAt(top.value, ['to']) !== undefined ? readTarget(top, problems) : undefined;
  const target = instead ?? written;
  const reading = { source, top, problems, target, isRange };
  const entries = membersOf(valueAt(top.value, ['images'])).map(([index, image]) =>
    readEntry(image, ['images', index], reading),
  );
  checkNumbers(top, problems);
  problems.throwIfAny();
  const read = entries.filter((entry) => entry !== undefined);
  if (target === undefined || read.length < entries.length) throw new Error('what is not valid was not refused');
  return { file, target, entries: read };
}
