import { join } from 'node:path';
import { parse, TomlError } from 'smol-toml';
import { fail, type SourceSpan, type TbuildError } from '../../errors/index.js';
import { errnoOf, type Host, reasonOf } from '../../host/index.js';
import { compareUtf8, decodeUtf8 } from '../../util/index.js';
import { type ConfTable, type RegistryRule, rulesOf } from './registry-rules.js';

const LIMIT_BYTES = 1024 * 1024;
const SYSTEM_FILE = '/etc/containers/registries.conf';
const USER_FILE = '.config/containers/registries.conf';

function invalid(file: string, problem: string, at?: SourceSpan): TbuildError {
  const where = at === undefined ? JSON.stringify(file) : `${JSON.stringify(file)}, line ${at.line}`;
  return fail('network-settings-invalid', { message: `${where}: ${problem}`, at });
}

function spanAt(file: string, text: string, line: number, column = 1): SourceSpan {
  const shown = text.split('\n')[line - 1]?.replace(/\r$/, '') ?? '';
  return { file, line, column, length: Math.max(1, shown.length - column + 1), text: shown };
}

/** Where the n-th entry begins, from 0; the first line where it is written in another way. */
function lineOfEntry(text: string, entry: number): number {
  const heads = text.split('\n').flatMap((line, index) => (/^\s*\[\[\s*registry\s*\]\]/.test(line) ? [index + 1] : []));
  return heads[entry] ?? 1;
}

function parseConf(bytes: Uint8Array, file: string): readonly RegistryRule[] {
  const text = decodeUtf8(bytes);
  if (text === undefined) throw invalid(file, 'it is not UTF-8 text');
  let table: ConfTable;
  try {
    table = parse(text, { unsafeKeyBehaviour: 'throw' });
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const reason = error.message.split('\n', 1)[0]!.replace(/^Invalid TOML document: /, '');
    throw invalid(file, `it is not TOML: ${reason}`, spanAt(file, text, error.line, error.column));
  }
  return rulesOf(table, (entry, problem) => invalid(file, problem, spanAt(file, text, lineOfEntry(text, entry))));
}

/** What the call gives; failures to read are explained. */
function reading<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw invalid(path, `it has more than ${LIMIT_BYTES} bytes`);
    if (errnoOf(error) === undefined) throw error;
    throw invalid(path, `it cannot be read: ${reasonOf(error)}`);
  }
}

/** Undefined where there is none. */
function readConf({ files }: Host, file: string): readonly RegistryRule[] | undefined {
  const isThere = reading(file, () => files.stat(file) !== undefined);
  return isThere
    ? parseConf(
        reading(file, () => files.readFile(file, LIMIT_BYTES)),
        file,
      )
    : undefined;
}

/** The `*.conf` of a directory, by name. */
function readDropIns(host: Host, directory: string): readonly RegistryRule[] {
  const { files } = host;
  const names = reading(directory, () => (files.stat(directory) === undefined ? [] : files.readDirectory(directory)));
  return names
    .map(({ bytes }) => Buffer.from(bytes).toString())
    .filter((name) => name.endsWith('.conf'))
    .sort(compareUtf8)
    .flatMap((name) => readConf(host, join(directory, name)) ?? []);
}

/**
 * What the user or the machine says about registries: containers-registries.conf(5), version 2. A file that is named by
 * CONTAINERS_REGISTRIES_CONF counts alone; else that of the user counts instead of that of the machine. What stands in
 * the directories next to them counts more. The last entry with a prefix counts.
 *
 * Registries for short names (`unqualified-search-registries`, aliases) are passed over: what a short name means must
 * not depend on the machine.
 *
 * @throws TbuildError `network-settings-invalid`
 */
export function readRegistriesConf(host: Host): readonly RegistryRule[] {
  const named = host.env.variable('CONTAINERS_REGISTRIES_CONF');
  const ofUser = join(host.env.homeDirectory, USER_FILE);
  const dropIns = (file: string): readonly RegistryRule[] => readDropIns(host, `${file}.d`);
  const read = (): readonly (readonly RegistryRule[])[] => {
    if (named !== undefined) {
      const rules = readConf(host, named);
      if (rules === undefined) throw invalid(named, 'there is no such file; CONTAINERS_REGISTRIES_CONF names it');
      return [rules, dropIns(named)];
    }
    const rules = readConf(host, ofUser);
    if (rules !== undefined) return [rules, dropIns(ofUser)];
    return [readConf(host, SYSTEM_FILE) ?? [], dropIns(SYSTEM_FILE), dropIns(ofUser)];
  };
  return [...new Map(read().flatMap((rules) => rules.map((rule) => [rule.prefix, rule] as const))).values()];
}
