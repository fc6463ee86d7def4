import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { need } from '../../support/programs.js';
import { Probe } from '../../support/registry/probe.js';
import { distributionQuirks } from '../../support/registry/quirks.js';
import { type RealRegistry, realPrograms, startRealRegistry } from '../../support/registry/real.js';
import { startRegistry, type TestRegistry } from '../../support/registry/registry.js';
import { scenarios } from '../../support/registry/scenarios.js';

describe.skipIf(!need(...realPrograms))('the registry of the tests answers as docker-registry', () => {
  let real: RealRegistry;
  let ours: TestRegistry;
  beforeAll(async () => {
    real = await startRealRegistry('plain');
    ours = await startRegistry({ quirks: distributionQuirks });
  });
  afterAll(async () => {
    await real.close();
    await ours.close();
  });

  it.each(scenarios)('$name', async ({ play }) => {
    const expected = await play(new Probe(real.origin));
    expect(await play(new Probe(ours.origin))).toEqual(expected);
  });
});
