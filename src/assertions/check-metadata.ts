import type { SourceSpan } from '../errors/index.js';
import type { AssertedValue, MetadataAssertion } from '../manifest/index.js';
import type { ImageConfig, RuntimeConfig } from '../oci/index.js';

/** One line of metadata: its name in image.yaml, and what is not as asserted of it. */
export interface CheckedMetadata {
  readonly name: string;
  readonly problems: readonly string[];
  readonly at: SourceSpan;
}

const show = (value: unknown): string => (value === undefined ? 'none' : JSON.stringify(value));

/** `NAME=value` → value by name; where one is there twice the last counts, as for a runtime. */
function environmentOf({ Env }: RuntimeConfig): ReadonlyMap<string, string> {
  const pairs = (Env ?? []).map((pair): [string, string] => {
    const end = pair.includes('=') ? pair.indexOf('=') : pair.length;
    return [pair.slice(0, end), pair.slice(end + 1)];
  });
  return new Map(pairs);
}

function checkValue({ value }: AssertedValue, found: string | undefined): readonly string[] {
  if (typeof value === 'string') {
    return found === value ? [] : [`expected ${show(value)}, found ${show(found)}`];
  }
  if (found !== undefined && value.matches(found)) return [];
  return [`expected a match of ${show(value.text)}, found ${show(found)}`];
}

function checkValues(
  prefix: string,
  asserted: readonly AssertedValue[],
  found: ReadonlyMap<string, string>,
): readonly CheckedMetadata[] {
  return asserted.map((one) => ({
    name: `${prefix}.${one.key}`,
    problems: checkValue(one, found.get(one.key)),
    at: one.at,
  }));
}

function checkExact(name: string, expected: unknown, found: unknown, at: SourceSpan): readonly CheckedMetadata[] {
  if (expected === undefined) return [];
  const isSame = JSON.stringify(expected) === JSON.stringify(found);
  return [{ name, problems: isSame ? [] : [`expected ${show(expected)}, found ${show(found)}`], at }];
}

interface AssertedNames {
  readonly name: string;
  readonly expected: readonly string[];
  readonly excluded: readonly string[];
  readonly found: readonly string[];
}

function checkNames({ name, expected, excluded, found }: AssertedNames, at: SourceSpan): readonly CheckedMetadata[] {
  const list = found.length === 0 ? 'none' : found.join(', ');
  const there = expected.map((one) => ({
    name: `${name} ${one}`,
    problems: found.includes(one) ? [] : [`expected ${one}, found ${list}`],
    at,
  }));
  const absent = excluded.map((one) => ({
    name: `no-${name} ${one}`,
    problems: found.includes(one) ? [`expected no ${one}, found ${list}`] : [],
    at,
  }));
  return [...there, ...absent];
}

/** A port without protocol is one of TCP (OCI image-spec, "ExposedPorts"). */
const withProtocol = (port: string): string => (port.includes('/') ? port : `${port}/tcp`);

/** An image without a working directory begins in the root; both are written. */
const directoryOf = (written: string | undefined): string | undefined => (written === '' ? '/' : written);

/** What an image's config says, line by line as asserted. */
export function checkMetadata(asserted: MetadataAssertion, { config }: ImageConfig): readonly CheckedMetadata[] {
  const found = config ?? {};
  const { at } = asserted;
  const ports = {
    name: 'ports',
    expected: asserted.ports.map(withProtocol),
    excluded: asserted.noPorts.map(withProtocol),
    found: Object.keys(found.ExposedPorts ?? {}).map(withProtocol),
  };
  const volumes = {
    name: 'volumes',
    expected: asserted.volumes,
    excluded: asserted.noVolumes,
    found: Object.keys(found.Volumes ?? {}),
  };
  return [
    ...checkValues('env', asserted.env, environmentOf(found)),
    ...checkValues('labels', asserted.labels, new Map(Object.entries(found.Labels ?? {}))),
    ...checkExact('entrypoint', asserted.entrypoint, found.Entrypoint ?? [], at),
    ...checkExact('cmd', asserted.cmd, found.Cmd ?? [], at),
    ...checkExact('user', asserted.user, found.User ?? '', at),
    ...checkExact('workdir', directoryOf(asserted.workdir), found.WorkingDir || '/', at),
    ...checkNames(ports, at),
    ...checkNames(volumes, at),
  ];
}
