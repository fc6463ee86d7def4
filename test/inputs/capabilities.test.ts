import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { capabilityAttribute } from '../../src/inputs/capabilities.js';

interface Schema {
  readonly $defs: {
    readonly capabilities: { readonly items: { readonly anyOf: readonly [{ readonly enum: readonly string[] }] } };
  };
}

const schema = JSON.parse(readFileSync(new URL('../../schema/image.schema.json', import.meta.url), 'utf8')) as Schema;

const hex = (names: readonly string[]): string => Buffer.from(capabilityAttribute(names)).toString('hex');

describe('the capability attribute', () => {
  // As `setcap NAME=ep FILE; getfattr -e hex -n security.capability FILE` shows it.
  it.each([
    [[], '0100000200000000000000000000000000000000'],
    [['chown'], '0100000201000000000000000000000000000000'],
    [['net_bind_service'], '0100000200040000000000000000000000000000'],
    [['net_raw', 'net_admin'], '0100000200300000000000000000000000000000'],
    [['setfcap'], '0100000200000080000000000000000000000000'],
    [['mac_override'], '0100000200000000000000000100000000000000'],
    [['checkpoint_restore'], '0100000200000000000000000001000000000000'],
  ])('of %j is what the kernel reads', (names, expected) => {
    expect(hex(names)).toBe(expected);
  });

  it('exists for every capability of the manifest, each with a bit of its own', () => {
    const names = schema.$defs.capabilities.items.anyOf[0].enum;
    expect(new Set(names.map((name) => hex([name]))).size).toBe(names.length);
    expect(names.length).toBe(41);
    expect(hex(names)).toBe('01000002ffffffff00000000ff01000000000000');
  });
});
