import { fail, type SourceSpan, type TbuildError } from '../../errors/index.js';
import type { FileTree } from '../../tree/index.js';
import { findHeldFile, type HeldFile, readHeldFile } from '../held-file.js';
import { AccountFile, type AccountLine } from './account-file.js';

/** A file of accounts while it is added to. */
export interface AccountTable {
  /** `etc/passwd` */
  readonly name: string;
  readonly file: HeldFile;
  readonly lines: AccountFile;
  /** Where in image.yaml the accounts stand that were added. */
  readonly declared: Map<string, SourceSpan>;
}

/** @throws TbuildError `path-conflict`, `input-limit` */
export async function openAccountTable(name: string, below: FileTree, at: SourceSpan): Promise<AccountTable> {
  const file = findHeldFile(name, below, at);
  const bytes = file.before === undefined ? undefined : await readHeldFile(file.before, at);
  return { name, file, lines: new AccountFile(bytes), declared: new Map() };
}

/** What is asked for, and what is there instead. */
export interface Contradiction {
  /** `User "app"` */
  readonly what: string;
  readonly wanted: string;
  readonly found: string;
  readonly at: SourceSpan;
}

/** The error for an account that is there otherwise, with both places. */
export function contradiction(
  { name, file, declared }: AccountTable,
  { fields, number }: AccountLine,
  { what, wanted, found, at }: Contradiction,
): TbuildError {
  const earlier = declared.get(fields[0]!);
  const from = file.before === undefined ? '' : ` from ${file.before.origin.label}`;
  const place = earlier === undefined ? `line ${number} of /${name}${from}` : 'an earlier declaration';
  const earlierAt = earlier ?? file.before?.origin.at;
  return fail('account-conflict', {
    message: `${what} is to have ${wanted}, but has ${found} in ${place}`,
    hint: 'Give it another name, or declare what is there.',
    at,
    related: earlierAt === undefined ? [] : [{ message: `${what} comes from here`, at: earlierAt }],
    details: { path: `/${name}`, name: fields[0]!, wanted, found },
  });
}
